import { createHash } from "node:crypto";
import type { Collection, Metadata } from "chromadb";
import type { Owner } from "../../../core/conversations/conversation.ts";
import type { MessageDescription } from "../vector-row-source.ts";

/** A vector on its way to Chroma. */
export interface ChromaRecord extends MessageDescription {
  owner: Owner;
  modelId: string;
  chunk: number;
  start: number;
  end: number;
  vector: Float32Array;
}

/** Whose a record is: several memories may use one Chroma, and owners may have messages of the same id. */
export interface RecordScope {
  memory: string;
  owner: Owner;
  modelId: string;
}

/** A vector's place in its scope. */
export interface RecordPlace {
  messageId: string;
  chunk: number;
}

const SCOPE_LENGTH = 22;

/** How the ids of a scope's records begin: a hit is told from another's without its metadata, which Chroma reads slowly. */
export function scopePrefix({ memory, owner, modelId }: RecordScope): string {
  const hash = createHash("sha256").update(JSON.stringify([memory, owner, modelId]));
  return `${hash.digest("base64url").slice(0, SCOPE_LENGTH)}/`;
}

/** The same vector has the same id, so that putting it in twice changes nothing. */
export function recordId(record: RecordScope & RecordPlace): string {
  return `${scopePrefix(record)}${record.chunk}/${record.messageId}`;
}

/** Null for a record of another scope. */
export function placeInScope(prefix: string, id: string): RecordPlace | null {
  if (!id.startsWith(prefix)) return null;
  const place = id.slice(prefix.length);
  const slash = place.indexOf("/");
  return { chunk: Number(place.slice(0, slash)), messageId: place.slice(slash + 1) };
}

export async function upsertRecords(
  collection: Pick<Collection, "upsert">,
  memory: string,
  records: readonly ChromaRecord[],
): Promise<void> {
  await collection.upsert({
    ids: records.map((record) => recordId({ ...record, memory })),
    embeddings: records.map(({ vector }) => Array.from(vector)),
    metadatas: records.map((record) => metadataOf(memory, record)),
  });
}

/** Label, folder and status are as they were when the vector was stored: for people who look into Chroma. The rows decide. */
function metadataOf(memory: string, record: ChromaRecord): Metadata {
  return {
    memory,
    owner: wellFormed(record.owner),
    model: wellFormed(record.modelId),
    message_id: record.messageId,
    conversation_id: record.conversationId,
    message_sequence: record.message,
    conversation_sequence: record.conversation,
    role: wellFormed(record.role),
    folder: wellFormed(record.folder),
    label: wellFormed(record.label),
    status: record.status,
    timestamp: record.timestamp,
    chunk: record.chunk,
    start: record.start,
    end: record.end,
  };
}

/** Chroma refuses a request that holds half of a surrogate pair. */
export function wellFormed(text: string): string {
  return text.toWellFormed();
}

/** A blob of the rows as numbers; copied, since a blob may begin anywhere in memory. */
export function floatsOf(blob: Uint8Array): Float32Array {
  return new Float32Array(Uint8Array.from(blob).buffer);
}

/** The parts of a list, each of at most so many. */
export function batchesOf<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, at) =>
    items.slice(at * size, (at + 1) * size),
  );
}
