import type {
  ContentPart,
  JsonObject,
  JsonValue,
  MessageDraft,
} from "../conversations/conversation.ts";
import { identityOf, MessageKeys } from "./import-identity.ts";
import { asList, asObject, asText, cleanJson, withoutUndefined } from "./loose-json.ts";
import { joinTexts, type MessageContent, partReadable, partText } from "./message-content.ts";
import { folderFor, type ParseContext, type Reading } from "./parsed-import.ts";
import { timeSpan } from "./time-span.ts";
import { readTimestamp } from "./timestamp.ts";
import { UNTITLED } from "./untitled.ts";

const SOURCE = "claude";
/** Blocks that are about the work, not the words of the answer. */
const SILENT_BLOCKS = new Set(["thinking", "tool_use", "tool_result", "token_budget"]);

export function isClaudeConversation(value: JsonObject): boolean {
  return asList(value.chat_messages) !== undefined;
}

/** One conversation of the `conversations.json` in Anthropic's export. */
export function readClaudeConversation(value: JsonObject, context: ParseContext): Reading {
  const title = asText(value.name);
  const createdAt = readTimestamp(value.created_at);
  const messages = readMessages(asList(value.chat_messages) ?? [], { createdAt, context });
  if (messages.length === 0) {
    return { refused: "it holds no messages", ...(title === undefined ? {} : { title }) };
  }
  const id = asText(value.uuid);
  const label = title ?? UNTITLED;
  const project = asObject(value.project);
  return {
    identity: identityOf(SOURCE, id, { title: label, first: messages[0] }),
    draft: {
      label,
      folder: folderFor(context, SOURCE),
      messages,
      metadata: withoutUndefined({
        source: SOURCE,
        imported_at: context.importedAt,
        source_id: id,
        summary: asText(value.summary),
        project: asText(project?.name) ?? asText(project?.uuid),
        starred: value.is_starred === true ? true : undefined,
      }),
      ...timeSpan(messages, { createdAt, updatedAt: readTimestamp(value.updated_at) }),
    },
  };
}

function readMessages(
  items: JsonValue[],
  { createdAt, context }: { createdAt: number | undefined; context: ParseContext },
): MessageDraft[] {
  const keys = new MessageKeys();
  const messages: MessageDraft[] = [];
  let time = createdAt;
  for (const item of items) {
    const message = asObject(item);
    const { content, parts } = message === undefined ? EMPTY : readMessageContent(message);
    if (message === undefined || content === "") {
      continue;
    }
    time = readTimestamp(message.created_at) ?? time;
    const sender = asText(message.sender) ?? "unknown";
    const role = sender === "human" ? "user" : sender;
    messages.push({
      role,
      content,
      parts,
      ...(time === undefined ? {} : { timestamp: time }),
      metadata: { source: SOURCE, imported_at: context.importedAt },
      importKey: keys.next(asText(message.uuid), role, content),
    });
  }
  return messages;
}

const EMPTY: MessageContent = { content: "", parts: null };

function readMessageContent(message: JsonObject): MessageContent {
  const blocks = objects(message.content);
  const attachments = objects(message.attachments);
  const files = objects(message.files);
  const parts: ContentPart[] = [
    ...blocks,
    ...attachments.map((attachment) => ({ ...attachment, type: "attachment" })),
    ...files.map((file) => ({ ...file, type: "file" })),
  ];
  const words = joinTexts(
    [spokenText(message, blocks), ...attachments.map(attachmentText)],
    "\n\n",
  );
  const content = words === "" ? joinTexts(parts.map(partReadable), "\n") : words;
  const textOnly = parts.length === blocks.length && blocks.every(isBareText);
  return { content, parts: textOnly ? null : parts };
}

/**
 * The blocks say more than `text`, which old exports fill alone and new ones with
 * placeholders where a tool was used.
 */
function spokenText(message: JsonObject, blocks: ContentPart[]): string {
  const spoken = blocks.filter((block) => !SILENT_BLOCKS.has(String(block.type)));
  const text = joinTexts(
    spoken.map((block) => partText(block) ?? ""),
    "\n\n",
  );
  return text === "" ? (asText(message.text) ?? "") : text;
}

function attachmentText(attachment: ContentPart): string {
  const text = asText(attachment.extracted_content);
  const name = asText(attachment.file_name);
  if (text === undefined) {
    return "";
  }
  return `[Attachment${name === undefined ? "" : `: ${name}`}]\n${text}`;
}

function isBareText(block: ContentPart): boolean {
  const extras = Object.entries(block).filter(([key]) => !BARE_KEYS.has(key));
  return block.type === "text" && extras.every(([, value]) => isNothing(value));
}

const BARE_KEYS = new Set(["type", "text", "start_timestamp", "stop_timestamp"]);

function isNothing(value: JsonValue): boolean {
  return value === null || value === false || (Array.isArray(value) && value.length === 0);
}

function objects(value: JsonValue | undefined): ContentPart[] {
  return (asList(value) ?? []).flatMap((item) => {
    const object = asObject(item);
    return object === undefined ? [] : [cleanJson(object)];
  });
}
