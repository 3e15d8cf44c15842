import { randomUUID } from "node:crypto";
import { silentLog } from "../../../../test/support/silent-log.ts";
import type { EmbeddingModelIdentity } from "../../core/ports/embedding-model.ts";
import type { VectorEntry } from "../../core/ports/vector-store.ts";
import type { PostgresDatabase } from "../postgres/database.ts";
import { openDatabase } from "../postgres/open-database.ts";
import { insertVectors, type VectorTables } from "../postgres/vector-rows.ts";
import type { StoredWorldConversation, WorldConversation } from "./conformance.ts";

/** A real database's rows, filled as the stores would: for tests of vector stores. */
export class PostgresWorld {
  readonly database: PostgresDatabase;

  private constructor(database: PostgresDatabase) {
    this.database = database;
  }

  static async open(url: string, maxConnections = 4): Promise<PostgresWorld> {
    return new PostgresWorld(await openDatabase({ url, maxConnections, log: silentLog }));
  }

  async put(conversation: WorldConversation): Promise<StoredWorldConversation> {
    const filled = { ...DEFAULTS, id: randomUUID(), ...conversation };
    return await this.database.forOwner(filled.owner, async (session) => {
      const [row] = await session.rows<{ seq: number }>(
        `INSERT INTO conversations (owner, id, label, label_folded, folder, status, pinned,
           importance_score, created_at, updated_at, session_id)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9, $10) RETURNING seq`,
        [
          filled.owner,
          filled.id,
          filled.label,
          filled.label.toLowerCase(),
          filled.folder,
          filled.status,
          Number(filled.pinned),
          filled.importanceScore,
          filled.updatedAt,
          filled.sessionId,
        ],
      );
      const sequence = row?.seq ?? 0;
      await session.execute(
        "INSERT INTO conversation_tags (conversation_seq, owner, tag) SELECT $1::bigint, $2, unnest($3::text[])",
        [sequence, filled.owner, filled.tags],
      );
      const messages = await session.rows<{ seq: number }>(
        `INSERT INTO messages (owner, conversation_seq, position, id, role, content, timestamp)
         SELECT $1, $2::bigint, position - 1, id, role, 'text', at
         FROM unnest($3::text[], $4::text[], $5::bigint[])
           WITH ORDINALITY AS given (id, role, at, position)
         ORDER BY position RETURNING seq`,
        [
          filled.owner,
          sequence,
          filled.messages.map(({ id = randomUUID() }) => id),
          filled.messages.map(({ role }) => role),
          filled.messages.map(({ timestamp }) => timestamp),
        ],
      );
      return { sequence, id: filled.id, messages: messages.map(({ seq }) => seq) };
    });
  }

  /** As the embedding queue does: what the messages had of this model goes, in one transaction. */
  async embed(
    owner: string,
    { model, tables }: { model: EmbeddingModelIdentity; tables: VectorTables | null },
    entries: readonly VectorEntry[],
  ): Promise<void> {
    await tables?.prepare(model);
    const modelSeq = await this.#modelSeq(model);
    await this.database.forOwner(owner, async (session) => {
      const messages = entries.map(({ message }) => message);
      await session.execute(
        "DELETE FROM vectors WHERE message_seq = ANY($1::bigint[]) AND model_seq = $2",
        [messages, modelSeq],
      );
      const rows = entries.map((entry) => ({ owner, modelSeq, entry }));
      await insertVectors(session, rows, tables);
    });
  }

  /** The rows only; messages and vectors go with their conversation. */
  async delete(owner: string, conversations: readonly number[]): Promise<void> {
    await this.database.forOwner(owner, async (session) => {
      await session.execute("DELETE FROM conversations WHERE seq = ANY($1::bigint[])", [
        conversations,
      ]);
    });
  }

  async #modelSeq({ id, name, dimension }: EmbeddingModelIdentity): Promise<number> {
    return await this.database.asService(async (session) => {
      await session.execute(
        "INSERT INTO embedding_models (id, name, dimension) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
        [id, name, dimension],
      );
      const [row] = await session.rows<{ seq: number }>(
        "SELECT seq FROM embedding_models WHERE id = $1",
        [id],
      );
      return row?.seq ?? 0;
    });
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
