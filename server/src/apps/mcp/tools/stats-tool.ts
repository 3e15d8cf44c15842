import type { MemoryToolInput } from "@sekha/sdk/contract";
import { counted } from "../quoted-text.ts";
import { type MemoryTool, READS, type ToolContext } from "../tool.ts";

/** Names listed of each kind. */
const MOST_NAMES = 100;

export const memoryStats: MemoryTool<"memory_stats"> = {
  title: "What is stored",
  description:
    "Figures of the memory: conversations, messages, average importance, and the folders and labels in use. Use it to learn how things are filed before storing or searching by folder or label.",
  hints: READS,
  quotesStoredText: true,
  run: async (input, context) => {
    const stats = await statsOf(input, context);
    const folders = stats.folders.slice(0, MOST_NAMES);
    const labels = stats.labels.slice(0, MOST_NAMES);
    const more = stats.folders.length + stats.labels.length - folders.length - labels.length;
    return { ...figures(stats), folders, labels, more };
  },
  runInFull: async (input, context) => {
    const stats = await statsOf(input, context);
    return { ...figures(stats), folders: stats.folders, labels: stats.labels, more: 0 };
  },
  text: (data) => {
    const { active, archived, pinned } = data.by_status;
    return [
      `${counted(data.total_conversations, "conversation")} (${active} active, ${pinned} pinned, ${archived} archived), ${counted(data.total_messages, "message")}, average importance ${data.average_importance.toFixed(1)}.`,
      ...(data.oldest_message === null
        ? []
        : [`From ${data.oldest_message} to ${data.newest_message}.`]),
      `Folders: ${data.folders.join(", ") || "none"}`,
      `Labels: ${data.labels.join(", ") || "none"}`,
      ...(data.more === 0 ? [] : [`${data.more} more names are not listed; ask for one folder.`]),
    ].join("\n");
  },
};

type Stats = Awaited<ReturnType<typeof statsOf>>;

function statsOf({ folder, label }: MemoryToolInput<"memory_stats">, context: ToolContext) {
  return context.client.stats({ folder, label, status: "all" }, { signal: context.signal });
}

function figures(stats: Stats) {
  const { total_conversations, total_messages, total_words, average_importance } = stats;
  const { by_status, oldest_message, newest_message } = stats;
  return {
    ...{ total_conversations, total_messages, total_words, average_importance },
    ...{ by_status, oldest_message, newest_message },
  };
}
