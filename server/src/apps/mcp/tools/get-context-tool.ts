import type { MessageOutput, SekhaClient } from "@sekha/sdk";
import type { MemoryToolData, MemoryToolInput } from "@sekha/sdk/contract";
import { ANSWER_CHARACTERS, cutText, NOTICE, quote, shownTime } from "../quoted-text.ts";
import { type MemoryTool, READS } from "../tool.ts";
import { figuresOf, messageInFull, readAll } from "./read-messages.ts";

type Data = MemoryToolData<"memory_get_context">;

const MOST_MESSAGES = 200;
/** One pasted log must not hide the turns around it. */
const MESSAGE_CHARACTERS = 8000;

export const memoryGetContext: MemoryTool<"memory_get_context"> = {
  title: "Read a conversation",
  description:
    "Read a stored conversation: its turns in order, with label, folder, status and importance. Use it after memory_search to see what was said around a hit (offset: the hit's position). Long conversations come in pages; next_offset says where to go on.",
  hints: READS,
  quotesStoredText: true,
  run: (input, { client, signal }) => readConversation(input, client, signal),
  runInFull: async ({ conversation_id, limit, offset }, context) => {
    const bounds = limit === undefined ? { offset } : { offset, limit };
    const conversation = await readAll(conversation_id, context, bounds);
    return {
      conversation_id: conversation.id,
      ...figuresOf(conversation),
      messages: conversation.messages.map(messageInFull),
    };
  },
  text: (data) => conversationText(data, (offset) => `More: the same call with offset ${offset}.`),
};

/** A conversation with as many messages as fit one answer. */
export async function readConversation(
  { conversation_id, limit, offset }: MemoryToolInput<"memory_get_context">,
  client: SekhaClient,
  signal?: AbortSignal,
): Promise<Data> {
  const conversation = await client.conversations.get(
    conversation_id,
    { message_limit: Math.min(limit ?? MOST_MESSAGES, MOST_MESSAGES), message_offset: offset },
    { signal },
  );
  const messages = fitting(conversation.messages);
  const end = offset + messages.length;
  const next_offset = messages.length > 0 && end < conversation.message_count ? end : null;
  return {
    conversation_id: conversation.id,
    ...figuresOf(conversation),
    messages,
    offset,
    next_offset,
  };
}

/** The first messages whose text fits one answer; at least one. */
function fitting(messages: readonly MessageOutput[]): Data["messages"] {
  const taken: Data["messages"] = [];
  let characters = 0;
  for (const { role, text, timestamp } of messages) {
    const content = cutText(text, MESSAGE_CHARACTERS);
    characters += content.length;
    if (taken.length > 0 && characters > ANSWER_CHARACTERS) break;
    taken.push({ role, content, timestamp, cut: content.length < text.length });
  }
  return taken;
}

/** For reading; `more` says how to get what is not in it. */
export function conversationText(data: Data, more: (offset: number) => string): string {
  const { label, folder, status, importance_score, created_at, message_count, offset } = data;
  const turns = data.messages.map(
    ({ role, content, timestamp, cut }, index) =>
      `${offset + index + 1}. ${role.toUpperCase()}, ${shownTime(timestamp)}${cut ? " (cut; memory_export has all of it)" : ""}:\n${quote(content)}`,
  );
  return [
    `**${label}**\nFolder: ${folder}\nStatus: ${status}\nImportance: ${importance_score}\nCreated: ${created_at}\nMessages: ${message_count}\nID: ${data.conversation_id}`,
    NOTICE,
    ...turns,
    ...(data.next_offset === null ? [] : [more(data.next_offset)]),
  ].join("\n\n");
}
