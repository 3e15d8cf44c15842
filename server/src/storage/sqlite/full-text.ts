import type { MessageFilter, Owner } from "../../core/conversations/conversation.ts";
import type { TextHit, TextHits, TextQuery } from "../../core/ports/message-index.ts";
import {
  overlappingPieces,
  spacedParts,
  unspacedRuns,
} from "../../core/search/unspaced-scripts.ts";
import { conversationConditions, narrowsConversations } from "../sql/filters.ts";
import type { Connection } from "./connection.ts";
import { ownerToken } from "./owner-token.ts";
import { expressionWords, quoted, toMatchSyntax } from "./text-expression.ts";

/** Weights of owner (a filter, not evidence), speaker's name and text in bm25. */
const RANK = "bm25(messages_fts, 0.0, 1.0, 1.0)";

/**
 * Matching rows that ranking may cost at most, when rarer words can carry the query: bm25 takes
 * about a microsecond a row, whatever the size of the index.
 */
const ROW_BUDGET = 5_000;
const TRIGRAM = 3;
const MAXIMUM_PIECES = 64;
const TOTAL_CAP = 10_000;
/** Beyond it a word is frequent, whatever its count: counting more only costs time. */
const COUNT_CAP = 200_000;
/** Of a query that is a whole document, this many different words are looked at. */
const MAXIMUM_WORDS = 64;

interface TextSearch {
  query: TextQuery;
  filter: MessageFilter;
  limit: number;
}

/** A SELECT of the messages that pass the filter; empty when every message does. */
interface Condition {
  sql: string;
  parameters: readonly unknown[];
}

const EVERYTHING: Condition = { sql: "", parameters: [] };

/** Which words a query searches for, and in how many rows each stands. */
interface Plan {
  kept: string[];
  dropped: string[];
  frequencies: Record<string, number>;
}

function anyOf(words: readonly string[]): string {
  return words.map(quoted).join(" OR ");
}

/** Full-text search of one connection. Keeps how many rows a word has, to plan queries by. */
export class FullText {
  readonly #connection: Connection;
  readonly #frequencies = new Map<string, { rows: number; atTotal: number }>();

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  search(owner: Owner, request: TextSearch): TextHits {
    const { query } = request;
    if (query.kind === "expression") return this.#expression(owner, query.expression, request);
    return this.#words(owner, query.words, request);
  }

  /** The user's own syntax; what is not such an expression is searched as plain words. */
  #expression(owner: Owner, expression: string, request: TextSearch): TextHits {
    const syntax = unspacedRuns(expression).length > 0 ? null : toMatchSyntax(expression);
    if (syntax === null) return this.#words(owner, expressionWords(expression), request);
    const found = this.#ranked(owner, this.#scoped(owner, syntax), request);
    return { ...found, dropped: [], statistics: { messages: this.#messages(), frequencies: {} } };
  }

  #words(owner: Owner, words: readonly string[], request: TextSearch): TextHits {
    const runs = words.flatMap(unspacedRuns);
    const plan = this.#plan(words.flatMap(spacedParts));
    const byWord =
      plan.kept.length === 0
        ? { hits: [], total: 0 }
        : this.#ranked(owner, this.#scoped(owner, anyOf(plan.kept)), request);
    const { dropped, frequencies } = plan;
    const statistics = { messages: this.#messages(), frequencies };
    if (runs.length === 0) return { ...byWord, dropped, statistics };
    const byPiece = this.#pieces(owner, runs, request);
    return { ...merged(byWord, byPiece, request.limit), dropped, statistics };
  }

  /** Leaves out the most frequent words while rarer ones remain and the row budget is passed. */
  #plan(words: readonly string[]): Plan {
    const counted = [...new Set(words)]
      .slice(0, MAXIMUM_WORDS)
      .map((word) => ({ word, rows: this.rows(word) }));
    const kept: string[] = [];
    const dropped: string[] = [];
    let sum = 0;
    for (const { word, rows } of counted.toSorted((a, b) => a.rows - b.rows)) {
      if (rows === 0) continue;
      sum += rows;
      if (kept.length === 0 || sum <= ROW_BUDGET) kept.push(word);
      else dropped.push(word);
    }
    const frequencies = Object.fromEntries(counted.map(({ word, rows }) => [word, rows]));
    return { kept, dropped, frequencies };
  }

  /** The newest number is near enough to how many there are, and costs nothing at any size. */
  #messages(): number {
    const [last] = this.#connection.rows<{ total: number }>(
      "SELECT coalesce(max(seq), 0) AS total FROM messages",
    );
    return last?.total ?? 0;
  }

  /** Rows that hold a word, up to COUNT_CAP; counted again once the table grew by a tenth. */
  rows(word: string): number {
    const total = this.#messages();
    const known = this.#frequencies.get(word);
    if (known !== undefined && known.rows > 0 && total <= known.atTotal * 1.1) return known.rows;
    const [counted] = this.#connection.rows<{ rows: number }>(
      `SELECT count(*) AS rows FROM (
         SELECT 1 FROM messages_fts WHERE messages_fts MATCH ? LIMIT ${COUNT_CAP})`,
      [quoted(word)],
    );
    const rows = counted?.rows ?? 0;
    if (this.#frequencies.size >= 20_000) this.#frequencies.clear();
    this.#frequencies.set(word, { rows, atTotal: total });
    return rows;
  }

  /** Only name and text are matched and, with several owners in the file, the owner's own rows. */
  #scoped(owner: Owner, match: string): string {
    const [other] = this.#connection.rows(
      "SELECT 1 FROM conversations WHERE owner < ?1 UNION ALL SELECT 1 FROM conversations WHERE owner > ?1 LIMIT 1",
      [owner],
    );
    const text = `{name content} : (${match})`;
    return other === undefined ? text : `(owner : ${quoted(ownerToken(owner))}) AND (${text})`;
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
    const passing = new Set(
      this.#connection
        .rows<{ seq: number }>(
          `${condition.sql} AND messages.seq IN (SELECT value FROM json_each(?))`,
          [...condition.parameters, JSON.stringify(best.map((hit) => hit.message))],
        )
        .map((row) => row.seq),
    );
    const hits = best.filter((hit) => passing.has(hit.message));
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
    const narrows = narrowsConversations(filter) && !this.#everythingActive(owner, filter);
    const plain = filter.roles ?? filter.since ?? filter.until;
    if (!narrows && plain === undefined) return { sql: "", parameters: [] };
    if (narrows) {
      query = query.where((eb) =>
        eb.exists(
          eb
            .selectFrom("conversations")
            .select("conversations.seq")
            .whereRef("conversations.seq", "=", "messages.conversation_seq")
            .where((inner) => conversationConditions(inner, owner, filter)),
        ),
      );
    }
    const compiled = query.compile();
    return {
      sql: compiled.sql,
      parameters: compiled.parameters,
    };
  }

  /** The default filter (active only) narrows nothing when nothing is archived. */
  #everythingActive(owner: Owner, filter: MessageFilter): boolean {
    const { statuses, ...rest } = filter;
    if (statuses === undefined || narrowsConversations(rest)) return false;
    if (!statuses.includes("active")) return false;
    return (
      this.#connection.rows(
        "SELECT 1 FROM conversations WHERE owner = ? AND status = 'archived' LIMIT 1",
        [owner],
      ).length === 0
    );
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
    return merged({ hits, total: hits.length }, scanned, request.limit);
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

function merged(
  first: { hits: TextHit[]; total: number },
  second: { hits: TextHit[]; total: number },
  limit: number,
): { hits: TextHit[]; total: number } {
  const scores = new Map<number, number>();
  for (const hit of [...first.hits, ...second.hits]) {
    scores.set(hit.message, (scores.get(hit.message) ?? 0) + hit.score);
  }
  const hits = [...scores]
    .map(([message, score]) => ({ message, score }))
    .sort((a, b) => b.score - a.score)
    .slice(0, limit);
  return { hits, total: Math.max(first.total, second.total, scores.size) };
}
