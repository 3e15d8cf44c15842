import { type MemoryTool, READS } from "../tool.ts";

export const memoryAssemble: MemoryTool<"memory_assemble"> = {
  title: "Gather context for a question",
  description:
    "Everything the memory holds that helps with one question or task, as quoted passages within a budget of tokens, newest statements marked where they contradict older ones. Use it before answering when the user's history may matter; use memory_search to look for one particular thing.",
  hints: READS,
  quotesStoredText: true,
  run: async (input, { client, signal }) => {
    const { query, context_budget, preferred_labels, excluded_folders, conversation_id } = input;
    const assembled = await client.context.assemble(
      { query, context_budget, preferred_labels, excluded_folders, conversation_id },
      { signal },
    );
    return {
      context: assembled.assembled_context,
      tokens_used: assembled.tokens_used,
      conversations_used: assembled.conversations_used,
      citations: assembled.citations,
      degraded: assembled.degraded,
    };
  },
  text: ({ context, degraded }) =>
    [
      context === "" ? "The memory holds nothing about this." : context,
      ...(degraded === null ? [] : [degraded]),
    ].join("\n\n"),
};
