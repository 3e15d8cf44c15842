import type { MessageFilter, Owner } from "../../core/conversations/conversation.ts";
import type {
  TextHit,
  TextHits,
  TextQuery,
  TextSearchOptions,
} from "../../core/ports/message-index.ts";
import { stem } from "../../core/search/porter-stemmer.ts";
import {
  overlappingPieces,
  spacedParts,
  unspacedRuns,
} from "../../core/search/unspaced-scripts.ts";
import { inverseDocumentFrequency } from "../../core/search/window-evidence.ts";
import { conversationConditions, narrowsConversations } from "../sql/filters.ts";
import { candidateMessages } from "./candidate-reads.ts";
import type { Connection } from "./connection.ts";
import { CoverageRanking, type WeightedPostings } from "./coverage-ranking.ts";
import { DocumentLengths } from "./document-lengths.ts";
import { mergedHits } from "./merged-hits.ts";
import { withoutIdleStatus } from "./message-reads.ts";
import { ownerToken } from "./owner-token.ts";
import { expressionWords, quoted, toMatchSyntax } from "./text-expression.ts";
import { WordPostings, type WordRows } from "./word-postings.ts";

/** Weights of owner (a filter, not evidence), speaker's name and text in bm25. */
const RANK = "bm25(messages_fts, 0.0, 1.0, 1.0)";

/** Matching rows that FTS5 may rank: its bm25 takes about a microsecond a row. */
const ROW_BUDGET = 1_000;
/** Of a longer query the most frequent words are left out while all that remain stand in more messages than this. */
const POSTINGS_BUDGET = 150_000;
/** The share of hits that FTS5 ranks, which also knows how often a word stands in a message and how long that is. */
const RANKED_SHARE = 0.25;
/** So many times the hits that are wanted are ranked by their length, too. */
const MEASURED = 8;
/** How many of the best are asked whether they pass a filter, before FTS5 asks it of every row. */
const FILTERED_DEPTHS = [8, 32];
/** Rows that FTS5 may rank and ask then. */
const FILTERED_ROW_BUDGET = 5_000;
const TRIGRAM = 3;
const MAXIMUM_PIECES = 64;
const TOTAL_CAP = 10_000;
/** Of a query that is a whole document, this many different words are looked at. */
const MAXIMUM_WORDS = 64;

interface TextSearch extends TextSearchOptions {
  query: TextQuery;
}

/** A SELECT of the messages that pass the filter; empty when every message does. */
interface Condition {
  sql: string;
  parameters: readonly unknown[];
}

const EVERYTHING: Condition = { sql: "", parameters: [] };

/** A word of a query, as the full-text expression that finds it. */
interface PlannedWord extends WordRows {
  word: string;
}

/** Which words a query searches for, the rarest first. */
interface Plan {
  /** Those that FTS5 ranks. */
  ranked: PlannedWord[];
  /** Those that it ranks where too few of the best pass a filter. */
  filtered: PlannedWord[];
  /** Those whose messages are summed up; empty when FTS5 ranks all. */
  summed: WeightedPostings[];
  dropped: string[];
  frequencies: Record<string, number>;
}

function ownText(match: string): string {
  return `{name content} : (${match})`;
}

/** Words of one stem stand for the same messages. */
function expressionOf(
  scoped: (match: string) => string,
  word: string,
): { key: string; match: string } {
  return { key: scoped(stem(word)), match: scoped(quoted(word)) };
}

function anyOf(words: readonly string[]): string {
  return words.map(quoted).join(" OR ");
}

/** Full-text search of one connection. Keeps which messages hold a word. */
export class FullText {
  readonly #connection: Connection;
  readonly #postings: WordPostings;
  readonly #coverage = new CoverageRanking();
  readonly #lengths: DocumentLengths;

  constructor(connection: Connection) {
    this.#connection = connection;
    this.#postings = new WordPostings(connection);
    this.#lengths = new DocumentLengths(connection);
  }

  search(owner: Owner, asked: TextSearch): TextHits {
    const request = { ...asked, filter: withoutIdleStatus(this.#connection, owner, asked.filter) };
    const { query, gather, filter } = request;
    const found =
      query.kind === "expression"
        ? this.#expression(owner, query.expression, request)
        : this.#words(owner, query.words, request);
    if (gather === undefined) return found;
    const { expand, ...reading } = gather;
    const hits = found.hits.map((hit) => hit.message);
    const wanted = { hits, withText: hits, expand: hits.slice(0, expand), filter, ...reading };
    return { ...found, candidates: candidateMessages(this.#connection, owner, wanted) };
  }

  /** The user's own syntax; what is not such an expression is searched as plain words. */
  #expression(owner: Owner, expression: string, request: TextSearch): TextHits {
    const syntax = unspacedRuns(expression).length > 0 ? null : toMatchSyntax(expression);
    if (syntax === null) return this.#words(owner, expressionWords(expression), request);
    const found = this.#ranked(owner, this.#scope(owner)(syntax), request);
    return { ...found, dropped: [], statistics: { messages: this.#messages(), frequencies: {} } };
  }

  #words(owner: Owner, words: readonly string[], request: TextSearch): TextHits {
    const runs = words.flatMap(unspacedRuns);
    const scoped = this.#scope(owner);
    const messages = this.#messages();
    const plan = this.#plan(words.flatMap(spacedParts), { scoped, messages });
    const { dropped, frequencies } = plan;
    const byWord = this.#byWord(owner, { plan, scoped }, request);
    const statistics = { messages, frequencies };
    if (runs.length === 0) return { ...byWord, dropped, statistics };
    const byPiece = this.#pieces(owner, runs, request);
    return { ...mergedHits(byWord, byPiece, request.limit), dropped, statistics };
  }

  /** A query of few rows, or of one word, is FTS5's; of a longer one the words' messages are summed up as well. */
  #plan(
    words: readonly string[],
    { scoped, messages }: { scoped: (match: string) => string; messages: number },
  ): Plan {
    this.#refresh();
    const looked = [...new Set(words)]
      .slice(0, MAXIMUM_WORDS)
      .map((word) => ({ word, ...this.#postings.look(expressionOf(scoped, word), messages) }));
    const found = looked.filter(({ rows }) => rows > 0).toSorted((a, b) => a.rows - b.rows);
    const ranked = withinBudget(found, ROW_BUDGET);
    const telling = withinBudget(found, POSTINGS_BUDGET).flatMap(({ rows, numbers }) =>
      numbers === null ? [] : [{ numbers, weight: inverseDocumentFrequency(messages, rows) }],
    );
    const summed = ranked.length === found.length || telling.length < 2 ? [] : telling;
    return {
      ranked,
      filtered: withinBudget(found, FILTERED_ROW_BUDGET),
      summed,
      dropped: found.slice(Math.max(ranked.length, summed.length)).map(({ word }) => word),
      frequencies: Object.fromEntries(looked.map(({ word, rows }) => [word, rows])),
    };
  }

  #byWord(
    owner: Owner,
    { plan, scoped }: { plan: Plan; scoped: (match: string) => string },
    request: TextSearch,
  ): { hits: TextHit[]; total: number } {
    const [rarest] = plan.ranked;
    if (rarest === undefined) return { hits: [], total: 0 };
    const matchOf = (words: PlannedWord[]) => scoped(anyOf(words.map(({ word }) => word)));
    const condition = this.#condition(owner, request.filter);
    const summed =
      plan.summed.length === 0 ? null : this.#summed(plan.summed, condition, request.limit);
    if (summed === null) return this.#ranked(owner, matchOf(plan.filtered), request);
    const few = rarest.rows <= ROW_BUDGET && condition.sql === "";
    const ranked = few
      ? this.#best(matchOf(plan.ranked), condition, Math.ceil(request.limit * RANKED_SHARE))
      : [];
    const known = new Set(ranked.map((hit) => hit.message));
    const hits = [...ranked, ...summed.hits.filter((hit) => !known.has(hit.message))];
    return { hits: hits.slice(0, request.limit), total: Math.min(TOTAL_CAP, summed.total) };
  }

  /** Null when too few of the best pass the filter. */
  #summed(
    words: readonly WeightedPostings[],
    condition: Condition,
    limit: number,
  ): { hits: TextHit[]; total: number } | null {
    for (const depth of condition.sql === "" ? [MEASURED] : FILTERED_DEPTHS) {
      const best = this.#coverage.rank(words, limit * depth);
      const passing = condition.sql === "" ? best.hits : this.#passing(condition, best.hits);
      if (passing.length >= limit || best.hits.length === best.total) {
        // Of those that were not asked, as many pass as of those that were.
        const total = Math.round((passing.length * best.total) / Math.max(1, best.hits.length));
        const measured = this.#lengths.rank(passing.slice(0, limit * MEASURED));
        return { hits: measured.slice(0, limit), total };
      }
    }
    return null;
  }

  #passing(condition: Condition, hits: readonly TextHit[]): TextHit[] {
    const passing = new Set(
      this.#connection
        .rows<{ seq: number }>(
          `${condition.sql} AND messages.seq IN (SELECT value FROM json_each(?))`,
          [...condition.parameters, JSON.stringify(hits.map((hit) => hit.message))],
        )
        .map((row) => row.seq),
    );
    return hits.filter((hit) => passing.has(hit.message));
  }

  #refresh(): void {
    if (this.#postings.refresh()) this.#lengths.forget();
  }

  /** The newest number is near enough to how many there are, and costs nothing at any size. */
  #messages(): number {
    const [last] = this.#connection.rows<{ total: number }>(
      "SELECT coalesce(max(seq), 0) AS total FROM messages",
    );
    return last?.total ?? 0;
  }

  /**
   * Reads lengths and frequent words ahead, a few at a time: answers the word to go on after, null when done. With
   * several owners in the file each has words of their own, so there it does nothing.
   */
  warm(owner: Owner, after: string): string | null {
    const scoped = this.#scope(owner);
    if (scoped("") !== ownText("")) return null;
    this.#refresh();
    const newest = this.#messages();
    if (this.#lengths.warm(newest)) return after;
    return this.#postings.warm(after, {
      newest,
      // What the index holds is stemmed; a few stems have stems of their own, and are other words.
      expressionOf: (word) => (stem(word) === word ? expressionOf(scoped, word) : null),
    });
  }

  /** Only name and text are matched and, with several owners in the file, the owner's own rows. */
  #scope(owner: Owner): (match: string) => string {
    const [other] = this.#connection.rows(
      "SELECT 1 FROM conversations WHERE owner < ?1 UNION ALL SELECT 1 FROM conversations WHERE owner > ?1 LIMIT 1",
      [owner],
    );
    if (other === undefined) return ownText;
    return (match) => `(owner : ${quoted(ownerToken(owner))}) AND (${ownText(match)})`;
  }

  #ranked(owner: Owner, match: string, request: TextSearch): { hits: TextHit[]; total: number } {
    const condition = this.#condition(owner, request.filter);
    const hits =
      this.#looselyRanked(match, condition, request) ?? this.#best(match, condition, request.limit);
    const total = hits.length < request.limit ? hits.length : this.#total(match, condition);
    return { hits, total };
  }

  #best(match: string, condition: Condition, limit: number): TextHit[] {
    return this.#connection.rows<TextHit>(
      `SELECT messages_fts.rowid AS message, -${RANK} AS score
       FROM messages_fts WHERE messages_fts MATCH ? ${existsClause(condition, "messages_fts.rowid")}
       ORDER BY score DESC LIMIT ?`,
      [match, ...condition.parameters, limit],
    );
  }

  /**
   * Where only the state narrows, most pass: asking that of the best hits alone is much cheaper
   * than of every row that matches. Null when too few of them pass.
   */
  #looselyRanked(match: string, condition: Condition, request: TextSearch): TextHit[] | null {
    const { statuses, ...rest } = request.filter;
    const { roles, since, until } = rest;
    if (condition.sql === "" || statuses === undefined || narrowsConversations(rest)) return null;
    if ((roles ?? since ?? until) !== undefined) return null;
    const wanted = request.limit * 2;
    const best = this.#best(match, EVERYTHING, wanted);
    const hits = this.#passing(condition, best);
    if (hits.length < request.limit && best.length === wanted) return null;
    return hits.slice(0, request.limit);
  }

  #total(match: string, condition: Condition): number {
    const [row] = this.#connection.rows<{ total: number }>(
      `SELECT count(*) AS total FROM (SELECT 1 FROM messages_fts
       WHERE messages_fts MATCH ? ${existsClause(condition, "messages_fts.rowid")} LIMIT ${TOTAL_CAP})`,
      [match, ...condition.parameters],
    );
    return row?.total ?? 0;
  }

  /** Joins the message and its conversation only where the filter or the owner asks for it. */
  #condition(owner: Owner, filter: MessageFilter): Condition {
    const { sql } = this.#connection;
    let query = sql
      .selectFrom("messages")
      .select("messages.seq")
      .where("messages.owner", "=", owner);
    if (filter.roles !== undefined) query = query.where("messages.role", "in", filter.roles);
    if (filter.since !== undefined) query = query.where("messages.timestamp", ">=", filter.since);
    if (filter.until !== undefined) query = query.where("messages.timestamp", "<=", filter.until);
    const narrows = narrowsConversations(filter);
    const plain = filter.roles ?? filter.since ?? filter.until;
    if (!narrows && plain === undefined) return { sql: "", parameters: [] };
    if (narrows) {
      query = query.where((eb) => {
        const passing = eb
          .selectFrom("conversations")
          .select("conversations.seq")
          .where((inner) => conversationConditions(inner, owner, filter));
        // Named conversations are few: from them to their messages, not through all messages (56 ms at 100,000).
        if (filter.ids !== undefined) return eb("messages.conversation_seq", "in", passing);
        return eb.exists(passing.whereRef("conversations.seq", "=", "messages.conversation_seq"));
      });
    }
    const compiled = query.compile();
    return {
      sql: compiled.sql,
      parameters: compiled.parameters,
    };
  }

  /** Text without spaces: trigrams through their index, shorter words by looking at each text. */
  #pieces(owner: Owner, runs: readonly string[], request: TextSearch) {
    const long = runs.filter((run) => [...run].length >= TRIGRAM);
    const pieces = somePieces(long, TRIGRAM);
    const condition = this.#condition(owner, request.filter);
    const hits =
      pieces.length === 0
        ? []
        : this.#connection.rows<TextHit>(
            `SELECT messages_trigram.rowid AS message, -bm25(messages_trigram) AS score
             FROM messages_trigram
             JOIN messages AS own ON own.seq = messages_trigram.rowid AND own.owner = ?
             WHERE messages_trigram MATCH ? ${existsClause(condition, "messages_trigram.rowid")}
             ORDER BY score DESC LIMIT ?`,
            [owner, anyOf(pieces), ...condition.parameters, request.limit],
          );
    if (hits.length > 0 && long.length === runs.length) return { hits, total: hits.length };
    const scanned = this.#scan(owner, somePieces(runs, 2), { condition, limit: request.limit });
    return mergedHits({ hits, total: hits.length }, scanned, request.limit);
  }

  #scan(
    owner: Owner,
    pieces: readonly string[],
    { condition, limit }: { condition: Condition; limit: number },
  ): { hits: TextHit[]; total: number } {
    const hits = this.#connection.rows<TextHit>(
      `SELECT f.seq AS message, (
         SELECT count(*) FROM json_each(?) AS piece WHERE instr(f.content, piece.value) > 0
       ) AS score
       FROM messages AS f WHERE f.owner = ? AND f.unspaced = 1 AND score > 0
       ${existsClause(condition, "f.seq")} ORDER BY score DESC, f.seq DESC LIMIT ?`,
      [JSON.stringify(pieces), owner, ...condition.parameters, limit],
    );
    return { hits, total: hits.length };
  }
}

/** The rarest words whose rows together stay within a budget; the first in any case. */
function withinBudget(words: readonly PlannedWord[], budget: number): PlannedWord[] {
  let sum = 0;
  const within = words.findIndex(({ rows }) => {
    sum += rows;
    return sum > budget;
  });
  return words.slice(0, within < 0 ? words.length : Math.max(1, within));
}

function somePieces(runs: readonly string[], size: number): string[] {
  const pieces = new Set<string>();
  for (const run of runs) {
    for (const piece of overlappingPieces(run, size)) {
      if (pieces.size === MAXIMUM_PIECES) return [...pieces];
      pieces.add(piece);
    }
  }
  return [...pieces];
}

function existsClause(condition: Condition, row: string): string {
  return condition.sql === "" ? "" : `AND EXISTS (${condition.sql} AND messages.seq = ${row})`;
}
