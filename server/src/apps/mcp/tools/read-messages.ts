import type { ConversationWithMessages, MessageOutput } from "@sekha/sdk";
import type { ToolContext } from "../tool.ts";

/** Messages of one request. */
const PAGE = 200;

/** A conversation with all its messages from `offset` on, told page by page. */
export async function readAll(
  id: string,
  { client, signal, progress }: ToolContext,
  { offset = 0, limit = Number.POSITIVE_INFINITY } = {},
): Promise<ConversationWithMessages> {
  const messages: MessageOutput[] = [];
  for (;;) {
    const page = await client.conversations.get(
      id,
      {
        message_offset: offset + messages.length,
        message_limit: Math.min(PAGE, limit - messages.length),
      },
      { signal },
    );
    messages.push(...page.messages);
    await progress(offset + messages.length, page.message_count);
    const isWhole = messages.length >= limit || !page.has_more_messages;
    if (isWhole || page.messages.length === 0) return { ...page, messages };
  }
}

/** As programs get a message. */
export function messageInFull(message: MessageOutput) {
  const { id, conversation_id, role, name, content, timestamp, embedding_id, metadata } = message;
  return { id, conversation_id, role, name, content, timestamp, embedding_id, metadata };
}

/** The conversation without its messages. */
export function figuresOf(conversation: ConversationWithMessages) {
  const { label, folder, status, importance_score, tags } = conversation;
  const { word_count, session_count, message_count, created_at, updated_at } = conversation;
  return {
    ...{ label, folder, status, importance_score, tags },
    ...{ word_count, session_count, message_count, created_at, updated_at },
  };
}
