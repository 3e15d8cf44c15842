import type { TextHit } from "../../core/ports/message-index.ts";
import type { Connection } from "./connection.ts";

/** BM25's k1 and b, as FTS5 has them. */
const K1 = 1.2;
const B = 0.75;
/** Words of a message whose length counts as usual: near what chats with people and assistants have on average. */
const USUAL_LENGTH = 100;

/**
 * Scores of words found, turned into BM25's for words that stand in a message once: a long message holds many words by
 * chance.
 */
export function byLength(connection: Connection, hits: readonly TextHit[]): TextHit[] {
  const rows = connection.rows<{ id: number; sz: Uint8Array }>(
    "SELECT id, sz FROM messages_fts_docsize WHERE id IN (SELECT value FROM json_each(?))",
    [JSON.stringify(hits.map((hit) => hit.message))],
  );
  const lengths = new Map(rows.map(({ id, sz }) => [id, wordsOf(sz)]));
  return hits
    .map(({ message, score }) => {
      const length = (lengths.get(message) ?? USUAL_LENGTH) / USUAL_LENGTH;
      return { message, score: (score * (K1 + 1)) / (1 + K1 * (1 - B + B * length)) };
    })
    .sort((left, right) => right.score - left.score || right.message - left.message);
}

/** FTS5 keeps a varint for each column, most significant bits first; the text is the last one. */
function wordsOf(sizes: Uint8Array): number {
  let value = 0;
  let last = 0;
  for (const byte of sizes) {
    value = value * 128 + (byte & 127);
    if (byte < 128) {
      last = value;
      value = 0;
    }
  }
  return last;
}
