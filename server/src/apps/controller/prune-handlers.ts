import type { ControllerRoutes } from "@sekha/sdk/contract";
import type { PruneRun } from "../../core/pruning/prune-run.ts";
import type {
  PruneCriteria,
  PruneOutcome,
  PruneSuggestion,
  PruneSuggestions,
} from "../../core/pruning/pruning.ts";
import type { RouteHandlers } from "../../http/route-binding.ts";
import { isoTimeOf } from "./conversation-mapping.ts";
import type { ControllerServices } from "./services.ts";

type PruneRoutes = Pick<
  ControllerRoutes,
  "suggestPruning" | "listPruneSuggestions" | "executePruning" | "undoPruning" | "listPruneRuns"
>;

const DEFAULTS = { days: 30, importance: 5, limit: 50, runs: 100 };

export function pruneHandlers({
  pruning,
}: Pick<ControllerServices, "pruning">): RouteHandlers<PruneRoutes> {
  const suggest = async (owner: string, asked: WireCriteria) => {
    const criteria = criteriaFromWire(asked);
    return suggestionsToWire(await pruning.suggest(owner, criteria), criteria);
  };
  return {
    suggestPruning: ({ body }, { owner }) => suggest(owner, body),
    listPruneSuggestions: ({ query }, { owner }) => suggest(owner, query),
    executePruning: async ({ body }, { owner }) => {
      const action = body.action ?? "archive";
      return outcomeToWire(await pruning.execute(owner, body.conversation_ids, action));
    },
    undoPruning: async ({ body }, { owner }) => {
      const { run, skipped } = await pruning.undo(owner, body?.run_id ?? null);
      return {
        success: true,
        run_id: run.id,
        restored: [...run.conversationIds],
        skipped: skippedToWire(skipped),
      };
    },
    listPruneRuns: async ({ query }, { owner }) => ({
      runs: (await pruning.runs(owner, query.limit ?? DEFAULTS.runs)).map(runToWire),
    }),
  };
}

interface WireCriteria {
  threshold_days?: number | null | undefined;
  importance_threshold?: number | null | undefined;
  folder?: string | null | undefined;
  limit?: number | null | undefined;
}

function criteriaFromWire(asked: WireCriteria): PruneCriteria {
  return {
    thresholdDays: asked.threshold_days ?? DEFAULTS.days,
    importanceThreshold: asked.importance_threshold ?? DEFAULTS.importance,
    limit: asked.limit ?? DEFAULTS.limit,
    ...(asked.folder == null ? {} : { folder: asked.folder }),
  };
}

function suggestionsToWire(
  { suggestions, total, tokens }: PruneSuggestions,
  criteria: PruneCriteria,
) {
  return {
    suggestions: suggestions.map(suggestionToWire),
    total,
    estimated_token_savings: tokens,
    threshold_days: criteria.thresholdDays,
    importance_threshold: criteria.importanceThreshold,
  };
}

function suggestionToWire({ conversation, ageDays, tokens, preview, reason }: PruneSuggestion) {
  return {
    conversation_id: conversation.id,
    conversation_label: conversation.label,
    label: conversation.label,
    folder: conversation.folder,
    last_accessed: isoTimeOf(conversation.updatedAt),
    age_days: ageDays,
    message_count: conversation.messageCount,
    token_estimate: tokens,
    importance_score: conversation.importanceScore,
    preview,
    recommendation: "archive" as const,
    reason,
  };
}

function outcomeToWire({ run, skipped }: PruneOutcome) {
  const ids = [...run.conversationIds];
  return {
    success: true as const,
    run_id: ids.length === 0 ? null : run.id,
    action: run.action,
    archived: run.action === "archive" ? ids : [],
    deleted: run.action === "delete" ? ids : [],
    skipped: skippedToWire(skipped),
  };
}

function skippedToWire(skipped: PruneOutcome["skipped"]) {
  return skipped.map(({ conversationId, reason }) => ({ conversation_id: conversationId, reason }));
}

function runToWire({ id, action, conversationIds, at, undoneAt }: PruneRun) {
  return {
    run_id: id,
    action,
    conversation_ids: [...conversationIds],
    at: isoTimeOf(at),
    undone_at: undoneAt === null ? null : isoTimeOf(undoneAt),
  };
}
