import type { ControllerRoutes, EmbeddingsStatus } from "@sekha/sdk/contract";
import type { EmbeddingsReport } from "../../core/embedding/embedding-types.ts";
import type { RouteHandlers } from "../../http/route-binding.ts";
import { jobToWire } from "./job-mapping.ts";
import type { ControllerServices } from "./services.ts";

type EmbeddingRoutes = Pick<
  ControllerRoutes,
  "embeddingsStatus" | "retryEmbeddings" | "rebuildEmbeddings"
>;

export function embeddingHandlers({
  embeddings,
}: ControllerServices): RouteHandlers<EmbeddingRoutes> {
  return {
    embeddingsStatus: async (_input, { owner }) => reportToWire(await embeddings.report(owner)),

    retryEmbeddings: async (_input, { owner }) => {
      const retried = await embeddings.retryParked(owner);
      embeddings.wake();
      return { success: true, retried };
    },

    rebuildEmbeddings: async ({ body }, { owner }) => {
      const job = await embeddings.rebuild(owner, {
        force: body?.force ?? false,
        ...(body?.model == null ? {} : { model: body.model }),
      });
      return jobToWire(job);
    },
  };
}

function reportToWire(report: EmbeddingsReport): EmbeddingsStatus {
  const { queue } = report;
  return {
    model: {
      name: report.model.name,
      id: report.model.id,
      dimension: report.model.dimension,
    },
    collection: report.collection,
    queue: {
      pending: queue.pending,
      processing: queue.processing,
      parked: queue.parked,
      oldest_pending_seconds:
        queue.oldestPendingMs === null ? null : Math.round(queue.oldestPendingMs / 1000),
    },
    embedded: queue.embedded,
    failures: queue.failures.map((failure) => ({
      message_id: failure.messageId,
      reason: failure.reason,
      attempts: failure.attempts,
    })),
    collections: report.collections.map((collection) => ({
      name: collection.name,
      model: collection.modelId,
      dimension: collection.dimension,
      vectors: collection.vectors,
      messages: collection.messages,
    })),
  };
}
