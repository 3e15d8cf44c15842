import type {
  ConversationDraft,
  ConversationStatus,
  JsonObject,
  JsonValue,
  MessageDraft,
} from "../../core/conversations/conversation.ts";
import { readTimestamp } from "../../core/transfer/timestamp.ts";
import type { V1ConversationRow, V1MessageRow } from "./rows.ts";
import { madeId, readId, readText, type V1Text } from "./values.ts";

/** Where metadata holds what version 2 has no other place for. */
export const KEPT_KEY = "sekha_v1";

/** What version 1 gave every conversation, and no longer knew of a pinned one. */
const V1_IMPORTANCE = 5;
/** Decisions.md 33. */
const V1_PINNED = 10;

type Kept = Record<string, JsonValue>;

export interface MappedConversation {
  draft: ConversationDraft & { id: string };
  kept: Kept;
}

export interface MappedMessage {
  conversation: string;
  draft: MessageDraft & { id: string };
  /** Metadata letter by letter, where writing it anew would change it. */
  metadata: string | null;
  kept: Kept;
  /** Version 1 knew of a vector. */
  embedded: boolean;
}

/** Takes a text and notes its bytes when it could not be taken whole. */
function takeText(bytes: V1Text, name: string, kept: Kept): string {
  const { text, original } = readText(bytes ?? new Uint8Array());
  if (original !== null) kept[`${name}_base64`] = Buffer.from(original).toString("base64");
  return text;
}

function takeTime(value: string | null, name: string, kept: Kept): number | undefined {
  const time = value === null ? undefined : readTimestamp(value);
  if (time === undefined) kept[name] = value;
  return time;
}

/** As the API reads folders: `work/notes/` is `/work/notes`. */
export function folderPath(text: string): string {
  const segments = text
    .replace(/\p{Cc}+/gu, " ")
    .split("/")
    .map((segment) => segment.trim())
    .filter((segment) => segment !== "");
  return `/${segments.join("/")}`;
}

function takeFolder(bytes: V1Text, kept: Kept): string {
  const text = takeText(bytes, "folder", kept);
  const folder = folderPath(text);
  if (folder !== text) kept.folder = text;
  return folder;
}

function takeStatus(bytes: V1Text, kept: Kept): ConversationStatus {
  const text = takeText(bytes, "status", kept);
  if (text === "active" || text === "archived") return text;
  if (text !== "pinned") kept.status = text;
  return "active";
}

function takeImportance(
  row: V1ConversationRow,
  kept: Kept,
): Pick<ConversationDraft, "importanceScore" | "importanceSource" | "pinned"> {
  const written = row.importance_score;
  const score = written === null || written === "" ? Number.NaN : Number(written);
  const pinned = score >= V1_PINNED || Buffer.from(row.status ?? []).toString() === "pinned";
  const inScale = score >= 1 && score <= 10;
  if (!inScale) kept.importance_score = written;
  if (pinned) return { importanceScore: V1_IMPORTANCE, importanceSource: "default", pinned };
  if (Number.isNaN(score)) return { importanceScore: V1_IMPORTANCE, importanceSource: "default" };
  return {
    importanceScore: Math.max(1, score),
    importanceSource: score === V1_IMPORTANCE ? "default" : "user",
  };
}

/** A row of version 1 as a conversation still without messages. `now` is for rows without any time. */
export function mapConversation(row: V1ConversationRow, now: number): MappedConversation {
  const kept: Kept = {};
  const { id, original } = readId(row.id);
  if (original !== null) kept.id = original;
  const created = takeTime(row.created_at, "created_at", kept);
  const updated = takeTime(row.updated_at, "updated_at", kept);
  if (row.session_count !== null && row.session_count !== "1") {
    kept.session_count = row.session_count;
  }
  const draft = {
    id,
    label: takeText(row.label, "label", kept),
    folder: takeFolder(row.folder, kept),
    status: takeStatus(row.status, kept),
    ...takeImportance(row, kept),
    createdAt: created ?? updated ?? now,
    updatedAt: updated ?? created ?? now,
    messages: [],
  };
  return { draft: { ...draft, ...metadataWith({}, kept) }, kept };
}

/** For messages whose conversation has no row: nothing is lost, and the id is kept. */
export function recoveredConversation(id: string, time: number): MappedConversation["draft"] {
  return {
    ...{ id, label: "Recovered messages", folder: "/", messages: [] },
    ...{ createdAt: time, updatedAt: time },
    metadata: { [KEPT_KEY]: { recovered: true } },
  };
}

/** A row of version 1 as a message. A message without a readable time gets that of its conversation. */
export function mapMessage(row: V1MessageRow): MappedMessage {
  const kept: Kept = {};
  const { id, original } = readId(row.id);
  const conversation = readId(row.conversation_id);
  if (original !== null) kept.id = original;
  const timestamp = takeTime(row.timestamp, "timestamp", kept);
  const embedded = row.embedding_id !== null;
  if (embedded) {
    // Version 1 named a vector after its message; another name says something.
    const vector = readId(row.embedding_id);
    if (vector.id !== id) kept.embedding_id = vector.original ?? vector.id;
  }
  const role = takeText(row.role, "role", kept);
  const content = takeText(row.content, "content", kept);
  const given = takeMetadata(row.metadata, kept);
  return {
    conversation: conversation.id,
    draft: {
      ...{ id, role, content },
      ...(timestamp === undefined ? {} : { timestamp }),
      ...metadataWith(given.object, kept),
    },
    metadata: given.text === null ? null : verbatim(given.text, given.object, kept),
    ...{ kept, embedded },
  };
}

/** For a message whose id another one has: the same new one in every run. */
export function otherId(row: V1MessageRow, id: string): string {
  return madeId(`message ${row.row} ${id}`);
}

/** The object that stands there; everything else is noted. `text` where writing it anew would differ. */
function takeMetadata(bytes: V1Text, kept: Kept): { object: JsonObject; text: string | null } {
  if (bytes === null) return { object: {}, text: null };
  const written = takeText(bytes, "metadata", kept);
  if (written === "null") return { object: {}, text: null };
  const object = parsedObject(written);
  if (object === null) {
    kept.metadata = written;
    return { object: {}, text: null };
  }
  return { object, text: JSON.stringify(object) === written ? null : written };
}

function parsedObject(text: string): JsonObject | null {
  try {
    const value = JSON.parse(text) as JsonValue;
    return typeof value === "object" && value !== null && !Array.isArray(value) ? value : null;
  } catch {
    return null;
  }
}

function keyFor(object: JsonObject): string {
  let key = KEPT_KEY;
  for (let number = 2; Object.hasOwn(object, key); number += 1) key = `${KEPT_KEY}_${number}`;
  return key;
}

function metadataWith(object: JsonObject, kept: Kept): { metadata?: JsonObject } {
  if (Object.keys(kept).length > 0) return { metadata: { ...object, [keyFor(object)]: kept } };
  return Object.keys(object).length > 0 ? { metadata: object } : {};
}

/** The text as it stood, with what is kept put before its closing brace. */
function verbatim(text: string, object: JsonObject, kept: Kept): string {
  if (Object.keys(kept).length === 0) return text;
  const addition = `${JSON.stringify(keyFor(object))}:${JSON.stringify(kept)}`;
  const end = text.lastIndexOf("}");
  const comma = Object.keys(object).length === 0 ? "" : ",";
  return `${text.slice(0, end)}${comma}${addition}${text.slice(end)}`;
}
