import { counted } from "../quoted-text.ts";
import { type MemoryTool, READS } from "../tool.ts";
import { importanceOf } from "./importance.ts";

export const memoryPrune: MemoryTool<"memory_prune"> = {
  title: "Suggest what may be archived",
  description:
    "List old, unimportant conversations that could be put away, each with the reason; pinned ones never. It changes nothing: show the suggestions to the user, then archive what they agree to with memory_update (status: archived), which can be undone.",
  hints: READS,
  quotesStoredText: true,
  run: async ({ threshold_days, importance_threshold, folder, limit }, { client, signal }) => {
    const criteria = {
      ...{ threshold_days, folder, limit },
      importance_threshold: importanceOf(importance_threshold),
    };
    const found = await client.prune.suggest(criteria, { signal });
    return {
      threshold_days,
      importance_threshold,
      total_suggestions: found.total,
      estimated_token_savings: found.estimated_token_savings,
      suggestions: found.suggestions,
    };
  },
  text: ({ total_suggestions, estimated_token_savings, suggestions, threshold_days }) => {
    if (suggestions.length === 0) {
      return `Nothing to put away: no unimportant conversation is older than ${counted(threshold_days, "day")}.`;
    }
    const lines = suggestions.map(
      (one, index) =>
        `${index + 1}. ${one.label} · ${one.folder} · ${one.age_days} days old · importance ${one.importance_score}/10 · ${one.recommendation}\n   ${one.reason}\n   ID: ${one.conversation_id}`,
    );
    const listed =
      total_suggestions > suggestions.length ? `; the ${suggestions.length} oldest are listed` : "";
    return [
      `${counted(total_suggestions, "conversation")} could be archived${listed}, about ${estimated_token_savings} tokens. Nothing was changed.`,
      ...lines,
    ].join("\n\n");
  },
};
