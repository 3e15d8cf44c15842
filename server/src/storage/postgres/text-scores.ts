import type { MessageFilter, Owner } from "../../core/conversations/conversation.ts";
import type { TextHit } from "../../core/ports/message-index.ts";
import { messagesPassing } from "./message-reads.ts";
import type { Session } from "./session.ts";

export interface ScoredSearch {
  owner: Owner;
  /** Null: every message passes. */
  filter: MessageFilter | null;
  limit: number;
  /** What counts in a message, as tsqueries. */
  terms: readonly { query: string; weight: number }[];
}

export interface ScoredMessages {
  /** The best, best first, the newer of equals first. */
  hits: TextHit[];
  /** All that are there and pass the filter. */
  total: number;
}

/** What ts_rank says of a word that stands in a text once. It grows with its places, ever slower, as BM25 wants it. */
const ONCE = 0.0607927;
/** Of BM25 with k1 = 1.2 and b = 0.75, for texts of 100 words as usual. */
const LENGTH_SHARE = "2.2 / (1 + 1.2 * (0.25 + 0.75 * w.length::float8 / 100))";

/** Those of the given messages that pass the filter. */
export async function scoredMessages(
  session: Session,
  search: ScoredSearch,
  messages: readonly number[],
): Promise<ScoredMessages> {
  const { owner, filter } = search;
  if (filter === null) {
    return await scored(session, search, {
      looked: "message_words w WHERE w.message_seq = ANY($4::bigint[])",
      parameters: [messages],
    });
  }
  const passing = messagesPassing(owner, filter).select("messages.seq").compile();
  return await scored(session, search, {
    looked: `message_words w WHERE w.message_seq IN (${shifted(passing.sql, 4)} AND messages.seq = ANY($4::bigint[]))`,
    parameters: [messages, ...passing.parameters],
  });
}

/**
 * The newest messages, at most `most`, that pass the filter and match `selector`. Found by the filter and not by the
 * words: for words that stand nearly everywhere, and filters that hardly anything passes.
 */
export async function newestMessages(
  session: Session,
  search: ScoredSearch,
  { selector, most }: { selector: string; most: number },
): Promise<ScoredMessages> {
  const passing = messagesPassing(search.owner, search.filter ?? {})
    .select("messages.seq")
    .compile();
  return await scored(session, search, {
    looked: `(
      SELECT w.message_seq, w.length, w.words FROM message_words w
      JOIN (${shifted(passing.sql, 5)} ORDER BY messages.seq DESC) AS passing ON passing.seq = w.message_seq
      WHERE w.words @@ $4::tsquery LIMIT $5
    ) AS w`,
    parameters: [selector, most, ...passing.parameters],
  });
}

/**
 * A long message has several rows of words. No common table expression between: to copy the words there takes longer
 * than to rank them.
 */
async function scored(
  session: Session,
  { terms, limit }: ScoredSearch,
  { looked, parameters }: { looked: string; parameters: readonly unknown[] },
): Promise<ScoredMessages> {
  const sums = terms.map(({ query }, index) => {
    const [asked, weight] = [`($1::tsquery[])[${index + 1}]`, `($2::float8[])[${index + 1}]`];
    // ts_rank would count the words of a phrase wherever they stand.
    const isPhrase = query.includes(" <-> ");
    return isPhrase
      ? `CASE WHEN w.words @@ ${asked} THEN ${weight} * ${ONCE} ELSE 0 END`
      : `${weight} * ts_rank(w.words, ${asked})`;
  });
  const rows = await session.rows<TextHit & { total: number }>(
    `SELECT message_seq AS message, count(*) OVER () AS total,
       max((${sums.join(" + ")}) / ${ONCE} * ${LENGTH_SHARE}) AS score
     FROM ${looked} GROUP BY message_seq ORDER BY score DESC, message DESC LIMIT $3`,
    [terms.map(({ query }) => query), terms.map(({ weight }) => weight), limit, ...parameters],
  );
  const hits = rows.map(({ message, score }) => ({ message, score }));
  return { hits, total: rows[0]?.total ?? 0 };
}

/** A compiled condition whose parameters come after others. */
function shifted(sql: string, by: number): string {
  return sql.replace(/\$(\d+)/gu, (_, number) => `$${Number(number) + by}`);
}
