import { z } from "zod";
import { defineRoutes } from "./route.ts";
import { folder, importance, isoTime, limitParameter, uuid, wholeNumberValue } from "./values.ts";

const DAYS = 36_500;

const suggestBody = z
  .object({
    threshold_days: wholeNumberValue(0, DAYS).nullish().meta({
      description: "Days without a change; 30 when absent.",
    }),
    importance_threshold: importance.nullish().meta({
      description: "Highest importance that may go; 5 when absent.",
    }),
    folder: folder.nullish().meta({ description: "Only this folder and what is below it." }),
    limit: wholeNumberValue(1, 200).nullish().meta({ description: "Most suggestions; 50." }),
  })
  .meta({ id: "PruneCriteria" });

const suggestQuery = z.object({
  threshold_days: z.coerce.number().int().min(0).max(DAYS).optional(),
  importance_threshold: z.coerce.number().min(1).max(10).optional(),
  folder: folder.optional(),
  limit: limitParameter.pipe(z.number().max(200, "at most 200")).optional(),
});

const suggestion = z
  .object({
    conversation_id: uuid,
    conversation_label: z.string(),
    label: z.string(),
    folder: z.string(),
    last_accessed: isoTime.meta({ description: "When it was changed last." }),
    age_days: z.number(),
    message_count: z.number(),
    token_estimate: z.number().meta({ description: "Counted over all its messages." }),
    importance_score: z.number(),
    preview: z.string(),
    recommendation: z.enum(["archive", "keep"]),
    reason: z.string(),
  })
  .meta({ id: "PruneSuggestion" });

const suggestions = z
  .object({
    suggestions: z.array(suggestion).meta({ description: "Longest untouched first." }),
    total: z.number().meta({ description: "All that meet the criteria, listed or not." }),
    estimated_token_savings: z.number().meta({ description: "Of those listed." }),
    threshold_days: z.number(),
    importance_threshold: z.number(),
  })
  .meta({ id: "PruneSuggestions" });

const action = z.enum(["archive", "delete"]).meta({
  description: "`archive` can be undone and is meant when absent; `delete` erases for good.",
});

const executeBody = z
  .object({
    conversation_ids: z.array(uuid).min(1, "must not be empty").max(1000, "at most 1000"),
    action: action.nullish(),
  })
  .meta({ id: "ExecutePruning" });

const skipped = z.array(z.object({ conversation_id: uuid, reason: z.string() }));

const executed = z
  .object({
    success: z.literal(true),
    run_id: uuid.nullable().meta({ description: "For undoing; null when nothing was done." }),
    action,
    archived: z.array(uuid),
    deleted: z.array(uuid),
    skipped,
  })
  .meta({ id: "PruneOutcome" });

const undoBody = z
  .object({
    run_id: uuid.nullish().meta({ description: "The newest that can be undone when absent." }),
  })
  .nullish()
  .meta({ id: "UndoPruning" });

const undone = z
  .object({ success: z.literal(true), run_id: uuid, restored: z.array(uuid), skipped })
  .meta({ id: "UndoneOutcome" });

const runs = z.object({
  runs: z.array(
    z.object({
      run_id: uuid,
      action,
      conversation_ids: z.array(z.string()),
      at: isoTime,
      undone_at: isoTime.nullable(),
    }),
  ),
});

export const pruneRoutes = defineRoutes({
  suggestPruning: {
    method: "POST",
    path: "/api/v1/prune/dry-run",
    tag: "Pruning",
    summary: "What may be put away: old, unimportant, not pinned; changes nothing",
    access: "read",
    body: suggestBody,
    status: 200,
    response: suggestions,
  },
  listPruneSuggestions: {
    method: "GET",
    path: "/api/v1/prune/suggestions",
    tag: "Pruning",
    summary: "Same as the dry run, with the criteria in the query",
    access: "read",
    query: suggestQuery,
    status: 200,
    response: suggestions,
  },
  executePruning: {
    method: "POST",
    path: "/api/v1/prune/execute",
    tag: "Pruning",
    summary: "Archive conversations, or delete them when that is asked for by name",
    access: "write",
    body: executeBody,
    status: 200,
    response: executed,
  },
  undoPruning: {
    method: "POST",
    path: "/api/v1/prune/undo",
    tag: "Pruning",
    summary: "Make what a run archived active again",
    access: "write",
    body: undoBody,
    status: 200,
    response: undone,
  },
  listPruneRuns: {
    method: "GET",
    path: "/api/v1/prune/runs",
    tag: "Pruning",
    summary: "Earlier prunings, newest first",
    access: "read",
    query: z.object({ limit: limitParameter.optional() }),
    status: 200,
    response: runs,
  },
});
