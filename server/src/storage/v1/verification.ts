import type { JsonObject, Owner } from "../../core/conversations/conversation.ts";
import { readTimestamp } from "../../core/transfer/timestamp.ts";
import type { Connection } from "../sqlite/connection.ts";
import { mapSummary } from "./extras.ts";
import { folderPath, KEPT_KEY, otherId } from "./mapping.ts";
import { Pace, type V1Progress } from "./pace.ts";
import { readRows, type V1ConversationRow, type V1MessageRow } from "./rows.ts";
import type { V1Source } from "./source.ts";
import { readId, readText, type V1Text } from "./values.ts";

export interface V1Difference {
  kind: "conversation" | "message" | "summary";
  id: string;
  /** What is not as version 1 has it, such as `content`, or `missing`. */
  field: string;
}

export interface V1Verification {
  /** Rows of version 1 that were compared. */
  conversations: number;
  messages: number;
  summaries: number;
  /** How many there are; `differences` holds the first of them. */
  differing: number;
  differences: V1Difference[];
}

/** The last of each kind; zeros before the first. */
export interface RowNumbers {
  conversations: number;
  messages: number;
}

export interface V1VerifyOptions {
  source: V1Source;
  connection: Connection;
  owner: Owner;
  /** Rows numbered up to here are not compared: they were there before. */
  after: RowNumbers;
  /** Milliseconds; only differences matter. */
  clock: () => number;
  signal: AbortSignal;
  onProgress: V1Progress;
}

/** Version 1's own importance. */
const V1_DEFAULT = 5;
const LISTED = 100;
const PAGE = 500;
const encoder = new TextEncoder();

interface StoredConversation {
  seq: number;
  label: Uint8Array;
  folder: Uint8Array;
  status: string;
  pinned: number;
  importance: number;
  importanceSource: string;
  created: number;
  updated: number;
  metadata: string;
  messages: number;
  counted: number;
}

interface StoredMessage {
  seq: number;
  id: string;
  conversation: string;
  conversationSeq: number;
  position: number;
  role: Uint8Array;
  content: Uint8Array;
  timestamp: number;
  metadata: string;
  state: string;
  queued: number;
}

const CONVERSATION = `
SELECT seq, CAST(label AS BLOB) AS label, CAST(folder AS BLOB) AS folder, status, pinned,
  importance_score AS importance, importance_source AS importanceSource, created_at AS created, updated_at AS updated, metadata,
  message_count AS messages,
  (SELECT count(*) FROM messages m WHERE m.conversation_seq = conversations.seq) AS counted
FROM conversations WHERE owner = ? AND id = ?`;
const MESSAGES = `
SELECT m.seq, m.id, c.id AS conversation, c.seq AS conversationSeq, m.position, CAST(m.role AS BLOB) AS role,
  CAST(m.content AS BLOB) AS content, m.timestamp, m.metadata, m.embedding_state AS state,
  EXISTS (SELECT 1 FROM embedding_queue q WHERE q.message_seq = m.seq) AS queued
FROM messages m JOIN conversations c ON c.seq = m.conversation_seq
WHERE m.owner = ? AND m.id IN (SELECT value FROM json_each(?))`;

/**
 * Compares every row of version 1 with what version 2 has of it, text byte for byte, times to the millisecond. Reads
 * bytes from both files and shares no rule with the mapping but how ids, folders and times are read. Rejects when the
 * signal aborts.
 */
export async function verifyV1(options: V1VerifyOptions): Promise<V1Verification> {
  return new V1Verifier(options).verify();
}

class V1Verifier {
  readonly #options: V1VerifyOptions;
  readonly #pace: Pace;
  /** Of each conversation, the last position compared: they must grow as version 1 wrote them. */
  readonly #positions = new Map<number, number>();
  readonly #result: V1Verification = {
    ...{ conversations: 0, messages: 0, summaries: 0, differing: 0 },
    differences: [],
  };

  constructor(options: V1VerifyOptions) {
    const { source, signal, clock, onProgress } = options;
    const { conversations, messages } = source.counts;
    this.#options = options;
    this.#pace = new Pace({
      ...{ signal, clock },
      onStep: (done) => onProgress("verifying", done, conversations + messages),
    });
  }

  async verify(): Promise<V1Verification> {
    const { database, tables } = this.#options.source;
    for (const row of readRows(database, tables, "conversations")) {
      this.#conversation(row);
      await this.#pace.step(1);
    }
    let page: V1MessageRow[] = [];
    for (const row of readRows(database, tables, "messages")) {
      page.push(row);
      if (page.length < PAGE) continue;
      this.#messages(page);
      await this.#pace.step(page.length);
      page = [];
    }
    this.#messages(page);
    this.#summaries();
    return this.#result;
  }

  #note(kind: V1Difference["kind"], id: string, fields: readonly string[]): void {
    for (const field of fields) {
      this.#result.differing += 1;
      if (this.#result.differences.length < LISTED) {
        this.#result.differences.push({ kind, id, field });
      }
    }
  }

  #conversation(row: V1ConversationRow): void {
    const { connection, owner, after } = this.#options;
    const { id } = readId(row.id);
    const [stored] = connection.rows<StoredConversation>(CONVERSATION, [owner, id]);
    if (stored !== undefined && stored.seq <= after.conversations) return;
    this.#result.conversations += 1;
    this.#note(
      "conversation",
      id,
      stored === undefined ? ["missing"] : conversationFaults(row, stored),
    );
  }

  #messages(rows: readonly V1MessageRow[]): void {
    const { connection, owner } = this.#options;
    const named = rows.map((row) => {
      const { id } = readId(row.id);
      return { row, id, other: otherId(row, id) };
    });
    const ids = named.flatMap(({ id, other }) => [id, other]);
    const found = connection.rows<StoredMessage>(MESSAGES, [owner, JSON.stringify(ids)]);
    const stored = new Map(found.map((message) => [message.id, message]));
    for (const { row, id, other } of named) {
      this.#message(row, { id, stored: stored.get(other) ?? stored.get(id) });
    }
  }

  #message(
    row: V1MessageRow,
    { id, stored }: { id: string; stored: StoredMessage | undefined },
  ): void {
    const { after } = this.#options;
    if (stored !== undefined && stored.seq <= after.messages) return;
    this.#result.messages += 1;
    if (stored === undefined) {
      this.#note("message", id, ["missing"]);
      return;
    }
    const faults = messageFaults(row, stored);
    if (stored.position <= (this.#positions.get(stored.conversationSeq) ?? -1)) {
      faults.push("position");
    }
    this.#positions.set(stored.conversationSeq, stored.position);
    this.#note("message", id, faults);
  }

  #summaries(): void {
    const { source, connection, owner, after } = this.#options;
    const find = `SELECT s.range_start AS start, s.range_end AS "end", s.generated_at AS generated
      FROM summaries s JOIN conversations c ON c.seq = s.conversation_seq
      WHERE s.owner = ?1 AND c.id = ?2 AND s.level = ?3 AND s.text = ?4 AND s.model = ?5`;
    for (const row of readRows(source.database, source.tables, "hierarchical_summaries")) {
      const { id } = readId(row.conversation_id);
      const [conversation] = connection.rows<StoredConversation>(CONVERSATION, [owner, id]);
      if (conversation !== undefined && conversation.seq <= after.conversations) continue;
      const { level, text, model } = mapSummary(row, 0);
      this.#result.summaries += 1;
      const found = connection.rows(find, [owner, id, level, text, model]);
      if (found.length === 0) this.#note("summary", readId(row.id).id, ["missing"]);
    }
  }
}

function conversationFaults(row: V1ConversationRow, stored: StoredConversation): string[] {
  const kept = keptOf(stored.metadata);
  const faults: string[] = [];
  const check = (field: string, right: boolean) => {
    if (!right) faults.push(field);
  };
  const score = Number(row.importance_score);
  const status = Buffer.from(row.status ?? []).toString();
  const pinned = score >= 10 || status === "pinned";
  check("label", sameText(row.label, stored.label, kept.label_base64));
  check("folder", sameFolder(row.folder, stored.folder, kept));
  check(
    "status",
    status === stored.status ||
      status === "pinned" ||
      kept.status === readText(row.status ?? new Uint8Array()).text,
  );
  check("pinned", stored.pinned === (pinned ? 1 : 0));
  check(
    "importance_score",
    stored.importance === score ||
      kept.importance_score === row.importance_score ||
      (pinned && stored.importance === 10) ||
      // Version 1's own 5 says nothing; rules judged what was said.
      ((score === V1_DEFAULT || row.importance_score === null) &&
        stored.importanceSource === "heuristic"),
  );
  check("created_at", sameTime(row.created_at, stored.created, kept.created_at));
  check("updated_at", sameTime(row.updated_at, stored.updated, kept.updated_at));
  check("message_count", stored.messages === stored.counted);
  return faults;
}

function messageFaults(row: V1MessageRow, stored: StoredMessage): string[] {
  const kept = keptOf(stored.metadata);
  const faults: string[] = [];
  const check = (field: string, right: boolean) => {
    if (!right) faults.push(field);
  };
  check("conversation", readId(row.conversation_id).id === stored.conversation);
  check("role", sameText(row.role, stored.role, kept.role_base64));
  check("content", sameText(row.content, stored.content, kept.content_base64));
  check("timestamp", sameTime(row.timestamp, stored.timestamp, kept.timestamp));
  check("metadata", sameMetadata(row.metadata, stored.metadata, kept));
  // Waiting means queued, or it would never be found by meaning.
  check("embedding", (stored.state === "pending") === (stored.queued === 1));
  return faults;
}

/** What stands under `sekha_v1`, or under `sekha_v1_2` where version 1 had the name itself. */
function keptOf(metadata: string): Record<string, unknown> {
  const object = JSON.parse(metadata) as JsonObject;
  const names = Object.keys(object).filter((name) => name.startsWith(KEPT_KEY));
  const last = names.at(-1);
  const value = last === undefined ? undefined : object[last];
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}

function sameBytes(left: Uint8Array, right: Uint8Array): boolean {
  return Buffer.compare(left, right) === 0;
}

/** The very bytes, or those kept beside a text that could not be taken whole. */
function sameText(old: V1Text, stored: Uint8Array, kept: unknown): boolean {
  const bytes = old ?? new Uint8Array();
  if (sameBytes(bytes, stored)) return true;
  return typeof kept === "string" && sameBytes(bytes, Buffer.from(kept, "base64"));
}

function sameFolder(old: V1Text, stored: Uint8Array, kept: Record<string, unknown>): boolean {
  if (sameText(old, stored, kept.folder_base64)) return true;
  const bytes = old ?? new Uint8Array();
  const { text } = readText(bytes);
  const isNormal = sameBytes(encoder.encode(folderPath(text)), stored);
  return isNormal && kept.folder === text;
}

function sameTime(old: string | null, stored: number, kept: unknown): boolean {
  const time = old === null ? undefined : readTimestamp(old);
  return time === undefined ? kept === old : time === stored;
}

function sameMetadata(old: V1Text, stored: string, kept: Record<string, unknown>): boolean {
  if (old === null) return isBare(stored);
  if (kept.metadata_base64 !== undefined) {
    return sameText(old, new Uint8Array(), kept.metadata_base64);
  }
  const { text } = readText(old);
  if (text === kept.metadata || text === stored) return true;
  if (text === "null") return isBare(stored);
  // The text as it stood, and before its end what is kept.
  const end = text.lastIndexOf("}");
  return end >= 0 && stored.startsWith(text.slice(0, end)) && stored.endsWith(text.slice(end));
}

/** Nothing but what is kept. */
function isBare(metadata: string): boolean {
  return Object.keys(JSON.parse(metadata) as JsonObject).every((name) => name === KEPT_KEY);
}
