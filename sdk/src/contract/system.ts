import { z } from "zod";
import { countOutput, namedCounts } from "./conversations.ts";
import { isoTime, metadata, uuid } from "./values.ts";

const check = z.object({
  status: z.enum(["ok", "degraded", "error"]),
  error: z.string().optional(),
});

export const healthOutput = z
  .object({
    status: z.enum(["healthy", "degraded", "unhealthy"]),
    version: z.string(),
    uptime_seconds: z.number(),
    timestamp: isoTime,
    checks: z.record(z.string(), check),
  })
  .meta({ id: "Health" });

export const versionOutput = z.object({ name: z.string(), version: z.string(), node: z.string() });

export const embeddingsStatusOutput = z
  .object({
    model: z.object({ name: z.string(), id: z.string(), dimension: z.number() }),
    collection: z.string(),
    queue: z.object({
      pending: z.number(),
      processing: z.number(),
      parked: z.number(),
      oldest_pending_seconds: z.number().nullable(),
    }),
    embedded: z.number(),
    failures: z.array(z.object({ message_id: uuid, reason: z.string(), attempts: z.number() })),
    collections: z.array(
      z.object({
        name: z.string(),
        model: z.string(),
        dimension: z.number(),
        vectors: z.number(),
        messages: z.number(),
      }),
    ),
  })
  .meta({ id: "EmbeddingsStatus" });

export const rebuildBody = z
  .object({
    force: z
      .boolean()
      .nullish()
      .meta({ description: "Embed also what already has vectors of the current model." }),
    model: z
      .string()
      .max(200)
      .nullish()
      .meta({ description: "Name or id of the embedding model; the configured one when absent." }),
  })
  .nullish()
  .meta({ id: "RebuildEmbeddings" });

export const jobOutput = z
  .object({
    job_id: uuid,
    kind: z.string(),
    state: z.enum(["queued", "running", "done", "failed"]),
    progress: z.object({ done: z.number(), total: z.number(), percent: z.number() }),
    detail: metadata,
    error: z.string().nullable(),
    created_at: isoTime,
    updated_at: isoTime,
  })
  .meta({ id: "Job" });

export const jobsOutput = z.object({ jobs: z.array(jobOutput) });
export const retriedOutput = z.object({ success: z.literal(true), retried: z.number() });

export const statsOutput = z
  .object({
    success: z.literal(true),
    total_conversations: z.number(),
    total_messages: z.number(),
    total_words: z.number(),
    average_importance: z.number(),
    by_status: countOutput.shape.by_status,
    oldest_message: isoTime.nullable(),
    newest_message: isoTime.nullable(),
    folders: z.array(z.string()),
    labels: z.array(z.string()),
    folder_counts: z.array(namedCounts),
    label_counts: z.array(namedCounts),
    tag_counts: z.array(namedCounts),
    data: metadata.meta({ description: "The same figures for clients of v1." }),
  })
  .meta({ id: "Stats" });

export const configProblem = z.object({
  message: z.string(),
  key: z.string().optional(),
  line: z.number().optional(),
  column: z.number().optional(),
  variable: z.string().optional(),
  hint: z.string().optional(),
});

export const configReport = z
  .object({
    valid: z.boolean(),
    errors: z.array(configProblem),
    warnings: z.array(z.string()),
    summary: metadata.optional(),
  })
  .meta({ id: "ConfigReport" });

export type Health = z.infer<typeof healthOutput>;
export type JobResponse = z.infer<typeof jobOutput>;
export type EmbeddingsStatus = z.infer<typeof embeddingsStatusOutput>;
export type Stats = z.infer<typeof statsOutput>;
export type ConfigReport = z.infer<typeof configReport>;
