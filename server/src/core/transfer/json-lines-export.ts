import type { Conversation, Message } from "../conversations/conversation.ts";
import { conversationRecord, messageRecord, RECORD_VERSION } from "./conversation-record.ts";

/**
 * One conversation as one line of JSON, in pieces of a message each: however long it is, no
 * more than one message is held. What the import reads back is equal in everything.
 */
export async function* writeJsonLines(
  conversation: Conversation,
  messages: AsyncIterable<Message>,
): AsyncGenerator<string> {
  const head = {
    type: "conversation",
    version: RECORD_VERSION,
    ...conversationRecord(conversation),
  };
  yield `${JSON.stringify(head).slice(0, -1)},"messages":[`;
  let separator = "";
  for await (const message of messages) {
    yield separator + JSON.stringify({ ...messageRecord(message), content: message.content });
    separator = ",";
  }
  yield "]}\n";
}
