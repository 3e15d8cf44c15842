import type {
  Conversation,
  ConversationDraft,
  JsonObject,
  Message,
  MessageDraft,
} from "../conversations/conversation.ts";
import { MessageKeys } from "./import-identity.ts";
import {
  asBoolean,
  asList,
  asNumber,
  asObject,
  asTags,
  asText,
  cleanJson,
  cleanText,
} from "./loose-json.ts";
import { toPart } from "./message-content.ts";
import { folderFor, type ParseContext, type Reading } from "./parsed-import.ts";
import { readWrittenTimestamp, writeTimestamp } from "./timestamp.ts";
import { UNTITLED } from "./untitled.ts";

/** Version of Sekha's own export formats. */
export const RECORD_VERSION = 1;
const SOURCE = "sekha";
const UUID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i;

/** What a conversation is exported as, without its messages. */
export function conversationRecord(conversation: Conversation): JsonObject {
  return {
    id: conversation.id,
    label: conversation.label,
    folder: conversation.folder,
    status: conversation.status,
    pinned: conversation.pinned,
    importance_score: conversation.importanceScore,
    importance_source: conversation.importanceSource,
    created_at: writeTimestamp(conversation.createdAt),
    updated_at: writeTimestamp(conversation.updatedAt),
    session_id: conversation.sessionId,
    tags: conversation.tags,
    metadata: conversation.metadata,
  };
}

/** What a message is exported as, without its text. Absent keys are null or empty. */
export function messageRecord(message: Message): JsonObject {
  return {
    id: message.id,
    role: message.role,
    ...(message.name === null ? {} : { name: message.name }),
    timestamp: writeTimestamp(message.timestamp),
    ...(message.parts === null ? {} : { parts: message.parts }),
    ...(Object.keys(message.metadata).length === 0 ? {} : { metadata: message.metadata }),
  };
}

export function isConversationRecord(value: JsonObject): boolean {
  return value.type === "conversation" && asNumber(value.version) !== undefined;
}

/** One line of Sekha's own JSON Lines export. */
export function readConversationRecord(value: JsonObject, context: ParseContext): Reading {
  const title = asText(value.label);
  const titled = title === undefined ? {} : { title };
  const messages: MessageDraft[] = [];
  for (const [index, item] of (asList(value.messages) ?? []).entries()) {
    const object = asObject(item);
    const content = object?.content;
    const message =
      object === undefined || typeof content !== "string"
        ? undefined
        : readMessageRecord(object, content);
    if (message === undefined) {
      return { refused: `message ${index + 1} has no role and content`, ...titled };
    }
    messages.push(message);
  }
  return restoredConversation(value, messages, context);
}

/** The draft that brings an exported conversation back as it was. */
export function restoredConversation(
  record: JsonObject,
  messages: MessageDraft[],
  context: ParseContext,
): Reading {
  const id = asText(record.id);
  const title = asText(record.label);
  const version = asNumber(record.version) ?? RECORD_VERSION;
  const titled = title === undefined ? {} : { title };
  if (version > RECORD_VERSION) {
    return {
      refused: `it was exported by a newer Sekha (format ${version}); update this one to import it`,
      ...titled,
    };
  }
  if (id === undefined) {
    return { refused: "the exported conversation has no id", ...titled };
  }
  return {
    identity: { source: SOURCE, externalId: id },
    draft: {
      ...(UUID.test(id) ? { id } : {}),
      label: typeof record.label === "string" ? cleanText(record.label) : UNTITLED,
      folder: context.folder ?? asText(record.folder) ?? folderFor(context, SOURCE),
      messages: withUniqueIds(messages),
      tags: asList(record.tags)?.filter(isString).map(cleanText) ?? asTags(record.tags),
      metadata: cleanJson(asObject(record.metadata) ?? {}),
      sessionId: typeof record.session_id === "string" ? cleanText(record.session_id) : null,
      ...restoredStanding(record),
    },
  };
}

/** A message as {@link messageRecord} wrote it; undefined when it has no role. */
export function readMessageRecord(record: JsonObject, content: string): MessageDraft | undefined {
  const { id, role, name } = record;
  const timestamp = readWrittenTimestamp(record.timestamp);
  const parts = asList(record.parts);
  if (typeof role !== "string") {
    return undefined;
  }
  return {
    ...(typeof id === "string" && UUID.test(id) ? { id } : {}),
    role: cleanText(role),
    name: typeof name === "string" ? cleanText(name) : null,
    content: cleanText(content),
    parts: parts === undefined ? null : parts.map(toPart),
    ...(timestamp === undefined ? {} : { timestamp }),
    metadata: cleanJson(asObject(record.metadata) ?? {}),
    ...(typeof id === "string" ? { importKey: cleanText(id) } : {}),
  };
}

/** Files edited by hand may repeat a message: the copy is a message of its own. */
function withUniqueIds(messages: MessageDraft[]): MessageDraft[] {
  const keys = new MessageKeys();
  const seen = new Set<string>();
  return messages.map(({ id, ...message }) => {
    const importKey = keys.next(message.importKey, message.role, message.content);
    const isNew = id !== undefined && !seen.has(id);
    seen.add(id ?? "");
    return { ...message, importKey, ...(isNew ? { id } : {}) };
  });
}

function restoredStanding(record: JsonObject): Partial<ConversationDraft> {
  const createdAt = readWrittenTimestamp(record.created_at);
  const updatedAt = readWrittenTimestamp(record.updated_at);
  const importance = asNumber(record.importance_score);
  const source = record.importance_source;
  const isKnownSource =
    source === "default" || source === "heuristic" || source === "model" || source === "user";
  return {
    status: record.status === "archived" ? "archived" : "active",
    pinned: asBoolean(record.pinned) ?? false,
    ...(importance === undefined ? {} : { importanceScore: importance }),
    ...(isKnownSource ? { importanceSource: source } : {}),
    ...(createdAt === undefined ? {} : { createdAt }),
    ...(updatedAt === undefined ? {} : { updatedAt }),
  };
}

function isString(value: unknown): value is string {
  return typeof value === "string";
}
