import type { ConversationDraft, MessageDraft } from "../conversations/conversation.ts";

/** When a conversation began and ended: as its source says, otherwise as its messages show. */
export function timeSpan(
  messages: MessageDraft[],
  given: { createdAt?: number | undefined; updatedAt?: number | undefined } = {},
): Pick<ConversationDraft, "createdAt" | "updatedAt"> {
  const createdAt = given.createdAt ?? messages[0]?.timestamp;
  const updatedAt = given.updatedAt ?? messages.at(-1)?.timestamp;
  return {
    ...(createdAt === undefined ? {} : { createdAt }),
    ...(updatedAt === undefined ? {} : { updatedAt }),
  };
}
