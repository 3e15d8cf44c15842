import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

export interface DatabaseFacts {
  integrity: unknown;
  foreignKeyFaults: number;
  conversations: number;
  messages: number;
  /** Messages whose state and queue row contradict each other. */
  queueContradictions: number;
  /** Vectors without their message, and queue rows without theirs. */
  orphans: number;
  /** Embedded messages without a vector. */
  withoutVector: number;
  /** Conversations whose count of messages is wrong. */
  wrongCounts: number;
  /** Rows of the full-text index minus rows of messages. */
  indexDifference: number;
  duplicatePositions: number;
}

export function databaseFile(dataDirectory: string): string {
  return join(dataDirectory, "sekha-v2.db");
}

/** Looks into the file of a server that does not run. */
export function inspectDatabase(dataDirectory: string): DatabaseFacts {
  const database = new DatabaseSync(databaseFile(dataDirectory), { readOnly: true });
  const value = (sql: string) => Object.values(database.prepare(sql).get() ?? {})[0];
  const count = (sql: string) => Number(value(sql));
  try {
    return {
      integrity: value("PRAGMA integrity_check"),
      foreignKeyFaults: database.prepare("PRAGMA foreign_key_check").all().length,
      conversations: count("SELECT count(*) FROM conversations"),
      messages: count("SELECT count(*) FROM messages"),
      queueContradictions: count(`
        SELECT count(*) FROM messages m LEFT JOIN embedding_queue q ON q.message_seq = m.seq
        WHERE (m.embedding_state = 'pending') <> (q.message_seq IS NOT NULL)`),
      orphans: count(`SELECT
        (SELECT count(*) FROM vectors WHERE message_seq NOT IN (SELECT seq FROM messages)) +
        (SELECT count(*) FROM embedding_queue
          WHERE message_seq NOT IN (SELECT seq FROM messages))`),
      withoutVector: count(`SELECT count(*) FROM messages WHERE embedding_state = 'embedded'
        AND seq NOT IN (SELECT message_seq FROM vectors)`),
      wrongCounts: count(`SELECT count(*) FROM conversations c WHERE message_count <>
        (SELECT count(*) FROM messages m WHERE m.conversation_seq = c.seq)`),
      indexDifference: count(`SELECT (SELECT count(*) FROM messages_fts_docsize) -
        (SELECT count(*) FROM messages)`),
      duplicatePositions: count(`SELECT count(*) FROM (SELECT 1 FROM messages
        GROUP BY conversation_seq, position HAVING count(*) > 1)`),
    };
  } finally {
    database.close();
  }
}

/** What `inspectDatabase` says of a file in which everything is right. */
export const SOUND = {
  integrity: "ok",
  foreignKeyFaults: 0,
  queueContradictions: 0,
  orphans: 0,
  withoutVector: 0,
  wrongCounts: 0,
  indexDifference: 0,
  duplicatePositions: 0,
};
