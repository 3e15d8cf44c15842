import type { CreateConversationRequest } from "@sekha/sdk";
import type { MemoryToolInput } from "@sekha/sdk/contract";
import { counted } from "../quoted-text.ts";
import { ADDS, type MemoryTool } from "../tool.ts";
import { importanceOf } from "./importance.ts";

type Messages = CreateConversationRequest["messages"];

export const memoryStore: MemoryTool<"memory_store"> = {
  title: "Remember a conversation",
  description:
    "Store a conversation, decision, preference or fact in long-term memory, so that it can be found in later sessions. Use it when the user asks to remember something, or when something worth keeping was settled. Store what was said, not a hint of it. To add turns to what is stored already, use memory_append.",
  hints: ADDS,
  quotesStoredText: false,
  run: async ({ label, folder, tags, importance_score, messages }, { client, signal }) => {
    const stored = await client.conversations.create(
      {
        ...(label === undefined ? {} : { label }),
        ...(folder === undefined ? {} : { folder }),
        ...(tags === undefined ? {} : { tags }),
        ...(importance_score === undefined
          ? {}
          : { importance_score: importanceOf(importance_score) }),
        messages: messagesToWire(messages),
      },
      { signal },
    );
    const { id, message_count, created_at } = stored;
    return {
      conversation_id: id,
      id,
      label: stored.label,
      folder: stored.folder,
      message_count,
      importance_score: stored.importance_score,
      created_at,
    };
  },
  text: ({ id, label, folder, message_count }) =>
    `Stored ${counted(message_count, "message")} as "${label}" in ${folder}.\nID: ${id}`,
};

export const memoryAppend: MemoryTool<"memory_append"> = {
  title: "Add turns to a conversation",
  description:
    "Add new turns at the end of a stored conversation, in order. Use it to go on with something that memory_store or memory_search gave an id for; it never changes earlier turns. Calling it twice stores the turns twice.",
  hints: ADDS,
  quotesStoredText: false,
  run: async ({ conversation_id, messages }, { client, signal }) => {
    const turns = messagesToWire(messages);
    const answer = await client.conversations.append(conversation_id, turns, { signal });
    return {
      conversation_id: answer.id,
      label: answer.label,
      appended: answer.messages.length,
      message_count: answer.message_count,
    };
  },
  text: ({ conversation_id, label, appended, message_count }) =>
    `Added ${counted(appended, "message")} to "${label}"; it has ${message_count} now.\nID: ${conversation_id}`,
};

/** Over HTTP the route has read the times already, into milliseconds. */
function messagesToWire(messages: MemoryToolInput<"memory_store">["messages"]): Messages {
  return messages.map((message) => ({
    ...message,
    timestamp:
      typeof message.timestamp === "number"
        ? new Date(message.timestamp).toISOString()
        : message.timestamp,
  }));
}
