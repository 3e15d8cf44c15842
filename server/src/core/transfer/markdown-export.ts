import type { Conversation, JsonValue, Message } from "../conversations/conversation.ts";
import { openFence } from "./code-fence.ts";
import { conversationRecord, messageRecord, RECORD_VERSION } from "./conversation-record.ts";
import { digest } from "./import-identity.ts";

/** First key of the front matter; it tells our own export from other Markdown. */
export const FRONT_MATTER_KEY = "sekha_conversation";
export const MESSAGE_MARK = "<!-- sekha:message ";
export const END_MARK = "<!-- sekha:end ";
export const MARK_CLOSE = " -->";

/**
 * One conversation as Markdown to be read by people, in pieces of a message each. Whatever the
 * text holds, it comes back unchanged: a comment before each message counts its lines and
 * carries what a reader does not need. Conversations may follow one another in one file.
 */
export async function* writeMarkdown(
  conversation: Conversation,
  messages: AsyncIterable<Message>,
): AsyncGenerator<string> {
  yield frontMatter(conversation);
  yield `\n# ${oneLine(conversation.label)}\n`;
  let count = 0;
  for await (const message of messages) {
    yield messageText(message);
    count += 1;
  }
  yield `\n${END_MARK}${safeJson({ messages: count })}${MARK_CLOSE}\n\n`;
}

function frontMatter(conversation: Conversation): string {
  const entries = Object.entries(conversationRecord(conversation));
  const lines = entries.map(([key, value]) => `${key}: ${safeJson(value)}\n`);
  return `---\n${FRONT_MATTER_KEY}: ${RECORD_VERSION}\n${lines.join("")}---\n`;
}

function messageText(message: Message): string {
  const lines = message.content.split("\n").length;
  const record = { ...messageRecord(message), lines, hash: contentHash(message.content) };
  const fence = openFence(message.content.split("\n"));
  // An open fence would turn the rest of the file into code for every reader but ours.
  const closing = fence === undefined ? "" : `${fence}\n`;
  const mark = `${MESSAGE_MARK}${safeJson(record)}${MARK_CLOSE}`;
  return `\n${mark}\n## ${heading(message)}\n\n${message.content}\n${closing}`;
}

/** Tells an edited text from an untouched one. */
export function contentHash(content: string): string {
  return digest(content).slice(0, 16);
}

function heading(message: Message): string {
  const role = message.role.slice(0, 1).toUpperCase() + message.role.slice(1);
  const date = new Date(message.timestamp);
  const time = Number.isNaN(date.getTime())
    ? []
    : [`${date.toISOString().slice(0, 19).replace("T", " ")} UTC`];
  return oneLine([role, ...(message.name === null ? [] : [message.name]), ...time].join(" · "));
}

function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\u2028\u2029\s]+/gu, " ").trim();
}

/** JSON that neither ends an HTML comment nor breaks a YAML line. */
function safeJson(value: JsonValue): string {
  return JSON.stringify(value).replace(
    /[<>\u007f-\u009f\u2028\u2029\ufeff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
