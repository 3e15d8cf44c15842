import { copyFileSync, mkdirSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { SeededRandom } from "./seeded-random.ts";
import { uniqueText } from "./unique-text.ts";
import { V1_MIGRATIONS, V1_SCHEMA } from "./v1-schema.ts";

export interface V1MemoryOptions {
  /** Where to write it; the folder is made. */
  file: string;
  seed?: number;
  /** Ordinary messages, beside the odd ones. */
  messages?: number;
  perConversation?: number;
  /** Of an ordinary message, some 80 characters each. */
  sentences?: number;
  /** How ids stand in their columns; `mixed` has both forms, conversation by conversation. */
  ids?: "blob" | "text" | "mixed";
  /** Whether the odd rows are written too (see `V1Memory`). */
  odd?: boolean;
  /** False leaves the younger half in `-wal`, as a killed version 1 does. */
  checkpointed?: boolean;
}

/** What was written, ids as hyphenated text. The named ids are empty without `odd`. */
export interface V1Memory {
  file: string;
  conversations: string[];
  /** Ids of all messages, in the order of writing. */
  messages: string[];
  /** Importance 10. */
  pinned: string;
  archived: string;
  empty: string;
  /** Messages whose conversation has no row; and the id of that conversation. */
  orphans: string[];
  orphaned: string;
  /** A message by what its metadata column holds. */
  metadata: Record<keyof typeof ODD_METADATA, string>;
  /** A message that was updated, so that a trigger of version 1 gave it another timestamp. */
  updated: string;
  /** The conversation with summaries, a tag and an edge of the knowledge graph. */
  summarised: string;
}

export const ODD_METADATA = {
  null: null,
  jsonNull: "null",
  invalid: '{"source": "chatgpt", ',
  array: '["a", "b"]',
  text: '"just a text"',
  object: '{"source":"claude","nested":{"é":[1,2.50,12345678901234567890]}}',
} as const;

export const ODD_TEXTS = [
  "",
  "   \n\t",
  "naïve café — “so” 🎻👩‍👩‍👧 東京で会いましょう",
  "\uFEFFa byte order mark in front, and \u0007 a bell",
  "line one\r\nline two\n\n```ts\nconst a = 1;\n```",
  "x".repeat(70_000),
] as const;

const LABELS = ["Garden plans", "Rust & TypeScript", "Reise nach Köln", "東京", "a: b"] as const;
const FOLDERS = ["/", "/work", "/personal/travel", "/imports/chatgpt"] as const;
const START = Date.UTC(2025, 0, 25, 20, 30);

class V1Writer {
  readonly #database: DatabaseSync;
  readonly #random: SeededRandom;
  readonly #ids: "blob" | "text" | "mixed";
  readonly #insertConversation;
  readonly #insertMessage;
  readonly conversations: string[] = [];
  readonly messages: string[] = [];
  /** Milliseconds; grows with every message. */
  #time = START;

  constructor(database: DatabaseSync, random: SeededRandom, ids: "blob" | "text" | "mixed") {
    this.#database = database;
    this.#random = random;
    this.#ids = ids;
    this.#insertConversation = database.prepare(
      `INSERT INTO conversations (id, label, folder, status, importance_score, word_count,
         session_count, created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?, 1, ?, ?)`,
    );
    this.#insertMessage = database.prepare(
      `INSERT INTO messages (id, conversation_id, role, content, timestamp, embedding_id, metadata)
       VALUES (?, ?, ?, ?, ?, ?, ?)`,
    );
  }

  newId(): string {
    const hex = Array.from({ length: 32 }, () => this.#random.whole(0, 15).toString(16));
    hex[12] = "4";
    hex[16] = this.#random.pick(["8", "9", "a", "b"]);
    return hex.join("").replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
  }

  /** As it stands in a column. */
  stored(id: string, conversation = id): string | Uint8Array {
    const even = Number.parseInt(conversation.slice(0, 2), 16) % 2 === 0;
    const blob = this.#ids === "blob" || (this.#ids === "mixed" && even);
    return blob ? Buffer.from(id.replaceAll("-", ""), "hex") : id;
  }

  /** Both forms of version 1, with micro- and nanoseconds, with none, and with a zone. */
  #timestamp(): string {
    this.#time += this.#random.whole(1, 90_000);
    const iso = new Date(this.#time).toISOString().slice(0, 23);
    const digits = this.#random.pick(["", "456", "456789"]);
    return this.#random.pick([
      `${iso.replace("T", " ")}${digits}`,
      `${iso}${digits}`,
      `${iso.slice(0, 19).replace("T", " ")}`,
      `${iso}${digits}Z`,
      `${iso}${digits}+00:00`,
    ]);
  }

  conversation(given: { label?: string; status?: string; importance?: number } = {}): string {
    const id = this.newId();
    const created = this.#timestamp();
    this.#insertConversation.run(
      this.stored(id),
      given.label ?? this.#random.pick(LABELS),
      this.#random.pick(FOLDERS),
      given.status ?? "active",
      given.importance ?? 5,
      this.#random.whole(10, 9000),
      created,
      created,
    );
    this.conversations.push(id);
    return id;
  }

  message(conversation: string, given: { content?: string; metadata?: string | null } = {}) {
    const id = this.newId();
    const embedded = this.#random.next() < 0.9;
    const first = this.messages.length % 2 === 0;
    this.#insertMessage.run(
      this.stored(id, conversation),
      this.stored(conversation),
      first ? "user" : "assistant",
      given.content ?? uniqueText(this.#random),
      this.#timestamp(),
      embedded ? this.stored(id, conversation) : null,
      given.metadata === undefined ? null : given.metadata,
    );
    this.messages.push(id);
    return id;
  }

  ordinary(count: number, perConversation: number, sentences: number): void {
    const content = () =>
      Array.from({ length: sentences }, () => uniqueText(this.#random)).join(" ");
    for (let written = 0; written < count; written += perConversation) {
      const conversation = this.conversation();
      const size = Math.min(perConversation, count - written);
      for (let index = 0; index < size; index += 1) {
        this.message(conversation, { content: content() });
      }
    }
  }

  odd(): Pick<V1Memory, Exclude<keyof V1Memory, "file" | "conversations" | "messages">> {
    const pinned = this.conversation({ importance: 10, label: "Never forget" });
    this.message(pinned);
    const archived = this.conversation({ status: "archived" });
    this.message(archived);
    const empty = this.conversation({ label: "" });
    const strange = this.conversation({ importance: 0 });
    for (const content of ODD_TEXTS) this.message(strange, { content });
    const metadata = Object.fromEntries(
      Object.entries(ODD_METADATA).map(([kind, text]) => [
        kind,
        this.message(strange, { metadata: text }),
      ]),
    ) as V1Memory["metadata"];
    const updated = this.message(strange);
    this.#database
      .prepare("UPDATE messages SET metadata = '{}' WHERE id = ?")
      .run(this.stored(updated, strange));
    const orphaned = this.newId();
    const orphans = [this.message(orphaned), this.message(orphaned)];
    return {
      ...{ pinned, archived, empty, orphans, orphaned, metadata, updated },
      summarised: this.#summarised(),
    };
  }

  #summarised(): string {
    const id = this.conversation({ label: "With summaries" });
    this.message(id);
    const key = this.stored(id);
    const insert = this.#database.prepare(
      `INSERT INTO hierarchical_summaries (id, conversation_id, level, summary_text,
         timestamp_range, generated_at, model_used, token_count) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
    );
    const range = "2025-01-25T00:00:00/2025-01-26T00:00:00";
    const made = "2025-01-26 03:00:00.123456";
    insert.run(this.newId(), key, "daily", "They spoke of 東京.", range, made, "llama3.1:8b", 7);
    insert.run(this.newId(), key, "weekly", "A quiet week.", "last week", made, null, null);
    this.#database
      .prepare("INSERT INTO semantic_tags VALUES (?, ?, 'travel', 0.75, ?)")
      .run(this.newId(), key, made);
    this.#database
      .prepare("INSERT INTO knowledge_graph_edges VALUES ('anna', 'lives in', 'köln', ?, ?)")
      .run(key, made);
    return id;
  }
}

const NOTHING_ODD = {
  ...{ pinned: "", archived: "", empty: "", orphans: [], orphaned: "", updated: "" },
  summarised: "",
  metadata: { null: "", jsonNull: "", invalid: "", array: "", text: "", object: "" },
};

/** Writes a `sekha.db` as version 1 leaves it. The same options write the same rows, but for the time of the one update. */
export function writeV1Memory(options: V1MemoryOptions): V1Memory {
  const { file, seed = 1, messages = 40, perConversation = 8 } = options;
  const { ids = "mixed", sentences = 1 } = options;
  mkdirSync(dirname(file), { recursive: true });
  const making = `${file}.making`;
  const database = new DatabaseSync(making, { enableForeignKeyConstraints: false });
  try {
    database.exec("PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0");
    database.exec(V1_SCHEMA);
    const noted = database.prepare("INSERT INTO seaql_migrations VALUES (?, ?)");
    for (const version of V1_MIGRATIONS) noted.run(version, START / 1000);
    const writer = new V1Writer(database, new SeededRandom(seed), ids);
    const half = Math.floor(messages / perConversation / 2) * perConversation;
    database.exec("BEGIN");
    writer.ordinary(half, perConversation, sentences);
    database.exec("COMMIT; PRAGMA wal_checkpoint(TRUNCATE); BEGIN");
    const named = options.odd === false ? NOTHING_ODD : writer.odd();
    writer.ordinary(messages - half, perConversation, sentences);
    database.exec("COMMIT");
    if (options.checkpointed !== false) database.exec("PRAGMA wal_checkpoint(TRUNCATE)");
    for (const suffix of ["", "-wal", "-shm"]) {
      if (suffix === "" || options.checkpointed === false) {
        copyFileSync(making + suffix, file + suffix);
      }
    }
    return { file, conversations: writer.conversations, messages: writer.messages, ...named };
  } finally {
    database.close();
    for (const suffix of ["", "-wal", "-shm"]) rmSync(making + suffix, { force: true });
  }
}

/**
 * What version 1 asks of its file when it starts and reads: sound pages, its tables, its migrations, its rows by
 * full text. Throws when one does not hold. Opens the file as version 1 does, for writing.
 */
export function checkAsV1(file: string): { conversations: number; messages: number } {
  const database = new DatabaseSync(file);
  try {
    const value = (sql: string) => Object.values(database.prepare(sql).get() ?? {})[0];
    if (value("PRAGMA integrity_check") !== "ok") throw new Error(`${file} is not sound`);
    const applied = value("SELECT group_concat(version) FROM seaql_migrations");
    if (applied !== V1_MIGRATIONS.join(",")) throw new Error(`${file} has migrations ${applied}`);
    database.prepare("SELECT id, conversation_id, role, content, timestamp FROM messages").all();
    const indexed = Number(value("SELECT count(*) FROM messages_fts"));
    const messages = Number(value("SELECT count(*) FROM messages"));
    if (indexed !== messages) throw new Error(`${file} has ${indexed} texts for ${messages} rows`);
    return { conversations: Number(value("SELECT count(*) FROM conversations")), messages };
  } finally {
    database.close();
  }
}
