import type { MessageFilter, Owner } from "../../core/conversations/conversation.ts";
import type { TextHit, TextHits, TextQuery } from "../../core/ports/message-index.ts";
import { spacedParts, unspacedRuns } from "../../core/search/unspaced-scripts.ts";
import { inverseDocumentFrequency } from "../../core/search/window-evidence.ts";
import { narrowsConversations } from "../sql/filters.ts";
import { expressionWords } from "../sql/text-expression.ts";
import { FrequentWords } from "./frequent-words.ts";
import { messagesPassing } from "./message-reads.ts";
import { OwnerSizes } from "./owner-sizes.ts";
import type { Session } from "./session.ts";
import { expressionQuery, runQueries, wordQuery } from "./text-query.ts";

/** Rows whose words are looked at for one query, about 5 µs each. */
const ROW_BUDGET = 5_000;
/** Rows up to which a word is counted; beyond it is estimated from the newest messages of a larger memory. */
const COUNTED_ROWS = 5_000;
const SAMPLE = 500;
const SAMPLED_SIZE = 5_000;
/** Of a query that is a whole document, this many different words are looked at. */
const MAXIMUM_WORDS = 64;
const TOTAL_CAP = 10_000;

interface TextSearch {
  query: TextQuery;
  filter: MessageFilter;
  limit: number;
}

/** A word, phrase or piece of a query. */
interface Term {
  /** As the user wrote it; null for a piece of a script without spaces. */
  word: string | null;
  /** As a tsquery. */
  query: string;
  /** Messages that hold it; an estimate for a frequent one. */
  rows: number;
}

/** What text_frequencies answers; `holding` is null for a word that is frequent in the sample. */
interface Frequency {
  place: number;
  sampled: number;
  holding: number | null;
}

interface Plan {
  /** Which messages are looked at, as a tsquery. */
  selector: string;
  /** Only messages after this one, where all would be too many. */
  after: number;
  /** What counts in them. */
  terms: readonly Term[];
  /** Whether every message that matches is looked at. */
  isComplete: boolean;
  /** How many there may be, when not all are looked at. */
  estimate: number;
}

interface Memory {
  messages: number;
  /** The number of its newest message. */
  newest: number;
}

/** Full-text search. Keeps only numbers: sizes of memories and frequencies of words. */
export class FullText {
  readonly #frequent = new FrequentWords();
  readonly #sizes: OwnerSizes;

  constructor({ now }: { now: () => number }) {
    this.#sizes = new OwnerSizes(now);
  }

  async search(session: Session, owner: Owner, request: TextSearch): Promise<TextHits> {
    const memory = await this.#sizes.read(session, owner);
    const { query } = request;
    if (query.kind === "words") {
      return await this.#words(session, { owner, memory, words: query.words }, request);
    }
    const isExpression = unspacedRuns(query.expression).length === 0;
    const parsed = isExpression ? expressionQuery(query.expression) : null;
    if (parsed === null) {
      const words = expressionWords(query.expression);
      return await this.#words(session, { owner, memory, words }, request);
    }
    const wanted = [...new Set(parsed.wanted)].slice(0, MAXIMUM_WORDS);
    const named = wanted.map((text) => ({ word: null, query: text }));
    const terms = await this.#counted(session, { owner, memory, named });
    const [all] = await this.#counted(session, {
      owner,
      memory,
      named: [{ word: null, query: parsed.query }],
    });
    const plan = planOf(all === undefined ? [] : [all], { terms, memory, isAll: true });
    const found = await this.#found(session, { owner, memory, plan }, request);
    return { ...found, dropped: [], statistics: { messages: memory.messages, frequencies: {} } };
  }

  async #words(
    session: Session,
    { owner, memory, words }: { owner: Owner; memory: Memory; words: readonly string[] },
    request: TextSearch,
  ): Promise<TextHits> {
    const spaced = [...new Set(words.flatMap(spacedParts))].slice(0, MAXIMUM_WORDS);
    const pieces = [...new Set(words.flatMap(unspacedRuns).flatMap(runQueries))];
    const named = [
      ...spaced.flatMap((word) => ({ word, query: wordQuery(word) ?? "" })),
      ...pieces.slice(0, MAXIMUM_WORDS).map((query) => ({ word: null, query })),
    ];
    const searchable = named.filter(({ query }) => query !== "");
    const terms = await this.#counted(session, { owner, memory, named: searchable });
    const present = terms.filter(({ rows }) => rows > 0).toSorted((a, b) => a.rows - b.rows);
    const selecting = withinBudget(present);
    const isAll = selecting.length === present.length;
    const plan = planOf(selecting, { terms: present, memory, isAll });
    const found = await this.#found(session, { owner, memory, plan }, request);
    const counts = new Map(terms.map(({ word, rows }) => [word, rows]));
    return {
      ...found,
      dropped: present.slice(selecting.length).flatMap(({ word }) => word ?? []),
      statistics: {
        messages: memory.messages,
        frequencies: Object.fromEntries(spaced.map((word) => [word, counts.get(word) ?? 0])),
      },
    };
  }

  async #counted(
    session: Session,
    asked: { owner: Owner; memory: Memory; named: readonly Omit<Term, "rows">[] },
  ): Promise<Term[]> {
    const { owner, memory, named } = asked;
    const known = new Map<string, number>();
    for (const { query } of named) {
      const rows = this.#frequent.rows(owner, query, memory.newest);
      if (rows !== undefined) known.set(query, rows);
    }
    const unknown = [...new Set(named.map(({ query }) => query))].filter(
      (text) => !known.has(text),
    );
    if (unknown.length > 0) {
      const sample = memory.messages > SAMPLED_SIZE ? SAMPLE : 0;
      const counts = await session.rows<Frequency>(
        "SELECT place, sampled, holding FROM text_frequencies($1::tsquery[], $2, $3)",
        [unknown, sample, COUNTED_ROWS],
      );
      for (const count of counts) {
        const query = unknown[count.place - 1] ?? "";
        const rows = rowsOf(count, memory.messages);
        known.set(query, rows);
        this.#frequent.note(owner, query, { rows, newest: memory.newest });
      }
    }
    return named.map((term) => ({ ...term, rows: known.get(term.query) ?? 0 }));
  }

  async #found(
    session: Session,
    { owner, memory, plan }: { owner: Owner; memory: Memory; plan: Plan | null },
    request: TextSearch,
  ): Promise<{ hits: TextHit[]; total: number }> {
    if (plan === null) return { hits: [], total: 0 };
    const weights = plan.terms.map(({ rows }) => inverseDocumentFrequency(memory.messages, rows));
    const search = { plan, weights, owner };
    const isNarrowed =
      narrowsMessages(request.filter) &&
      !(await isEverythingActive(session, owner, request.filter));
    const found = isNarrowed
      ? await passingCandidates(session, search, request)
      : await allCandidates(session, search, request.limit);
    const [first] = found;
    const isEnough = plan.isComplete || found.length >= request.limit || !isNarrowed;
    if (!isEnough) return await passingMessages(session, search, request);
    const seen = first?.total ?? 0;
    const total = plan.isComplete || isNarrowed ? seen : Math.max(seen, plan.estimate);
    return { hits: found.map(toHit), total: Math.min(TOTAL_CAP, total) };
  }
}

interface Search {
  plan: Plan;
  weights: readonly number[];
  owner: Owner;
}

interface FoundRow {
  message: number;
  score: number;
  total: number;
}

function toHit({ message, score }: FoundRow): TextHit {
  return { message, score };
}

function argumentsOf({ plan, weights }: Search): unknown[] {
  const queries = plan.terms.map(({ query }) => query);
  return [plan.selector, queries, weights, plan.after, ROW_BUDGET];
}

/** A long message has several rows of words. */
const CANDIDATES = `(
  SELECT message, max(score) AS score
  FROM text_candidates($1::tsquery, $2::tsquery[], $3::double precision[], $4, $5) GROUP BY message
) AS candidates`;
const BEST = "ORDER BY score DESC, message DESC";

async function allCandidates(session: Session, search: Search, limit: number): Promise<FoundRow[]> {
  return await session.rows<FoundRow>(
    `SELECT message, score, count(*) OVER () AS total FROM ${CANDIDATES} ${BEST} LIMIT $6`,
    [...argumentsOf(search), limit],
  );
}

/** Of the candidates those that pass the filter. */
async function passingCandidates(
  session: Session,
  search: Search,
  { filter, limit }: TextSearch,
): Promise<FoundRow[]> {
  const condition = messagesPassing(search.owner, filter).select("messages.seq").compile();
  const shift = 6;
  const passing = shifted(condition.sql, shift);
  return await session.rows<FoundRow>(
    `SELECT message, score, count(*) OVER () AS total FROM ${CANDIDATES}
     WHERE EXISTS (${passing} AND messages.seq = candidates.message) ${BEST} LIMIT $${shift}`,
    [...argumentsOf(search), limit, ...condition.parameters],
  );
}

/**
 * Where too few of the best pass: the newest messages that pass the filter and hold one of the words, found by the
 * filter and not by the words.
 */
async function passingMessages(
  session: Session,
  { plan, weights, owner }: Search,
  { filter, limit }: TextSearch,
): Promise<{ hits: TextHit[]; total: number }> {
  const condition = messagesPassing(owner, filter).select("messages.seq").compile();
  const sums = plan.terms.map(
    (_, index) => `CASE WHEN w.words @@ ($1::tsquery[])[${index + 1}]
      THEN ($2::double precision[])[${index + 1}] ELSE 0 END`,
  );
  const shift = 4;
  const rows = await session.rows<FoundRow>(
    `WITH passing AS MATERIALIZED (
       SELECT w.message_seq, w.length, w.words FROM message_words w
       JOIN (${shifted(condition.sql, shift)} ORDER BY messages.seq DESC) AS passing
         ON passing.seq = w.message_seq
       WHERE w.words @@ $3::tsquery LIMIT ${TOTAL_CAP}
     ), scored AS (
       SELECT message_seq AS message,
         max((${sums.join(" + ")}) * 2.2 / (1 + 1.2 * (0.25 + 0.75 * w.length / 100.0))) AS score
       FROM passing w GROUP BY message_seq
     )
     SELECT message, score, count(*) OVER () AS total FROM scored ${BEST} LIMIT $${shift}`,
    [
      plan.terms.map(({ query }) => query),
      weights,
      anyOf(plan.terms),
      limit,
      ...condition.parameters,
    ],
  );
  return { hits: rows.map(toHit), total: rows[0]?.total ?? 0 };
}

/** A compiled condition whose parameters come after others. */
function shifted(sql: string, by: number): string {
  return sql.replace(/\$(\d+)/gu, (_, number) => `$${Number(number) + by}`);
}

function rowsOf({ sampled, holding }: Frequency, messages: number): number {
  if (holding !== null && holding < COUNTED_ROWS) return holding;
  return Math.max(holding ?? 0, Math.round((sampled / SAMPLE) * messages));
}

function planOf(
  selecting: readonly Term[],
  { terms, memory, isAll }: { terms: readonly Term[]; memory: Memory; isAll: boolean },
): Plan | null {
  const [first] = selecting;
  if (first === undefined) return null;
  const rows = selecting.reduce((sum, term) => sum + term.rows, 0);
  const isWithin = first.rows <= ROW_BUDGET;
  // Of a word that stands nearly everywhere the newest messages have to do.
  const reach = Math.ceil((ROW_BUDGET / Math.max(1, first.rows)) * memory.newest);
  return {
    selector: anyOf(selecting),
    after: isWithin ? 0 : memory.newest - reach,
    terms,
    isComplete: isWithin && isAll,
    estimate: rows,
  };
}

function anyOf(terms: readonly Term[]): string {
  return terms.map(({ query }) => query).join(" | ");
}

/** The rarest words whose rows together stay within the budget; the first in any case. */
function withinBudget(terms: readonly Term[]): Term[] {
  let sum = 0;
  const within = terms.findIndex(({ rows }) => {
    sum += rows;
    return sum > ROW_BUDGET;
  });
  return terms.slice(0, within < 0 ? terms.length : Math.max(1, within));
}

function narrowsMessages(filter: MessageFilter): boolean {
  const { roles, since, until } = filter;
  return (roles ?? since ?? until) !== undefined || narrowsConversations(filter);
}

/** The default filter (active only) narrows nothing when nothing is archived. */
async function isEverythingActive(
  session: Session,
  owner: Owner,
  { statuses, ...rest }: MessageFilter,
): Promise<boolean> {
  if (statuses?.includes("active") !== true || narrowsMessages(rest)) return false;
  const archived = await session.rows(
    "SELECT 1 FROM conversations WHERE owner = $1 AND status = 'archived' LIMIT 1",
    [owner],
  );
  return archived.length === 0;
}
