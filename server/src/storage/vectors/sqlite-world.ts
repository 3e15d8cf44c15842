import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { EmbeddingModelIdentity } from "../../core/ports/embedding-model.ts";
import type { VectorEntry } from "../../core/ports/vector-store.ts";
import { MIGRATIONS } from "../sqlite/migrations.ts";
import type { StoredWorldConversation, WorldConversation } from "./conformance.ts";

/** A real database in a folder of its own, filled as the stores would: for tests of vector stores. */
export class SqliteWorld {
  readonly folder = mkdtempSync(join(tmpdir(), "sekha-vectors-"));
  readonly file = join(this.folder, "sekha.db");
  readonly database: DatabaseSync;

  constructor() {
    this.database = new DatabaseSync(this.file);
    this.database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF");
    this.database.exec("PRAGMA foreign_keys = ON");
    for (const { sql } of MIGRATIONS) {
      this.database.exec(sql);
    }
  }

  put(conversation: WorldConversation): StoredWorldConversation {
    const filled = { ...DEFAULTS, id: randomUUID(), ...conversation };
    const { lastInsertRowid } = this.database
      .prepare(
        `INSERT INTO conversations (owner, id, label, folder, status, pinned, importance_score,
           created_at, updated_at, session_id) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      )
      .run(
        filled.owner,
        filled.id,
        filled.label,
        filled.folder,
        filled.status,
        Number(filled.pinned),
        filled.importanceScore,
        filled.updatedAt,
        filled.updatedAt,
        filled.sessionId,
      );
    const sequence = Number(lastInsertRowid);
    const tag = this.database.prepare(
      "INSERT INTO conversation_tags (conversation_seq, owner, tag) VALUES (?, ?, ?)",
    );
    for (const name of filled.tags) {
      tag.run(sequence, filled.owner, name);
    }
    const message = this.database.prepare(
      `INSERT INTO messages (owner, conversation_seq, position, id, role, content, timestamp)
       VALUES (?, ?, ?, ?, ?, 'text', ?)`,
    );
    const messages = filled.messages.map(({ id = randomUUID(), role, timestamp }, position) => {
      const row = message.run(filled.owner, sequence, position, id, role, timestamp);
      return Number(row.lastInsertRowid);
    });
    return { sequence, id: filled.id, messages };
  }

  /** As the embedding queue does: what the messages had of this model goes, in one transaction. */
  embed(owner: string, model: EmbeddingModelIdentity, entries: readonly VectorEntry[]): void {
    this.transaction(() => {
      this.database
        .prepare(
          "INSERT INTO embedding_models (id, name, dimension) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
        )
        .run(model.id, model.name, model.dimension);
      const found = this.database
        .prepare("SELECT seq FROM embedding_models WHERE id = ?")
        .get(model.id);
      const modelSequence = Number(found?.seq);
      const forget = this.database.prepare(
        "DELETE FROM vectors WHERE message_seq = ? AND model_seq = ?",
      );
      for (const message of new Set(entries.map((entry) => entry.message))) {
        forget.run(message, modelSequence);
      }
      const insert = this.database.prepare(
        `INSERT INTO vectors (owner, model_seq, message_seq, conversation_seq, chunk,
           start_offset, end_offset, vector) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
      );
      for (const entry of entries) {
        const { buffer, byteOffset, byteLength } = entry.vector;
        insert.run(
          owner,
          modelSequence,
          entry.message,
          entry.conversation,
          entry.chunk,
          entry.start,
          entry.end,
          new Uint8Array(buffer as ArrayBuffer, byteOffset, byteLength),
        );
      }
    });
  }

  /** One vector a message of a conversation, in their order, each of the whole message. */
  embedMessages(
    owner: string,
    model: EmbeddingModelIdentity,
    {
      messages,
      sequence,
      vectors,
    }: Pick<StoredWorldConversation, "messages" | "sequence"> & {
      vectors: readonly Float32Array[];
    },
  ): void {
    const whole = { conversation: sequence, chunk: 0, start: 0, end: 1 };
    this.embed(
      owner,
      model,
      vectors.map((vector, at) => ({ ...whole, message: messages[at] ?? 0, vector })),
    );
  }

  /** The rows only; messages and vectors go with their conversation. */
  delete(conversations: readonly number[]): void {
    this.transaction(() => {
      const erase = this.database.prepare("DELETE FROM conversations WHERE seq = ?");
      for (const sequence of conversations) {
        erase.run(sequence);
      }
    });
  }

  close(): void {
    this.database.close();
    rmSync(this.folder, { recursive: true, force: true });
  }

  transaction(work: () => void): void {
    this.database.exec("BEGIN IMMEDIATE");
    try {
      work();
      this.database.exec("COMMIT");
    } catch (error) {
      this.database.exec("ROLLBACK");
      throw error;
    }
  }
}

const DEFAULTS = {
  label: "a label",
  folder: "/",
  status: "active",
  pinned: false,
  importanceScore: 5,
  updatedAt: 1000,
  sessionId: null,
  tags: [],
} satisfies Partial<WorldConversation>;
