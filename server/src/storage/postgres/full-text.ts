import type { MessageFilter, Owner } from "../../core/conversations/conversation.ts";
import type { TextHits, TextQuery } from "../../core/ports/message-index.ts";
import { spacedParts, unspacedRuns } from "../../core/search/unspaced-scripts.ts";
import { inverseDocumentFrequency } from "../../core/search/window-evidence.ts";
import { narrowsConversations } from "../sql/filters.ts";
import { expressionWords } from "../sql/text-expression.ts";
import { type OwnerMessages, OwnerSizes } from "./owner-sizes.ts";
import type { Session } from "./session.ts";
import {
  bestOf,
  restrictedTo,
  type SummedPostings,
  summedPostings,
  type WeightedPostings,
} from "./summed-postings.ts";
import { expressionQuery, runQueries, wordQuery } from "./text-query.ts";
import {
  newestMessages,
  type ScoredMessages,
  type ScoredSearch,
  scoredMessages,
} from "./text-scores.ts";
import { WordPostings } from "./word-postings.ts";

/** Of a longer query the most frequent words bring in no messages of their own while all together have more. */
const POSTINGS_BUDGET = 150_000;
/** Places that are read to rank the best messages: a message for each word of the query, about 1 µs each. */
const PLACES = 4_000;
/** So many times the hits that are wanted are ranked in any case. */
const LEAST_DEPTH = 4;
/** So many times as many are asked whether they pass a filter, when too few of the first did. */
const DEEPER = 8;
/** Above this share of deleted messages what is known of words is read again. */
const MISSING_SHARE = 0.1;
/** Of a query that is a whole document, this many different words are looked at. */
const MAXIMUM_WORDS = 64;
const TOTAL_CAP = 10_000;

interface TextSearch {
  query: TextQuery;
  filter: MessageFilter;
  limit: number;
}

/** A word, phrase or piece of a query. */
interface NamedQuery {
  /** As the user wrote it; null for a piece of a script without spaces. */
  word: string | null;
  /** As a tsquery. */
  query: string;
}

/** With what is known of it. */
interface Term extends NamedQuery {
  rows: number;
  numbers: Float64Array | null;
  /** Inverse document frequency. */
  weight: number;
}

interface Plan {
  /** What counts in a message. */
  terms: readonly Term[];
  /** A tsquery that every hit matches. */
  selector: string;
  /** Messages that may be hits, null where all that could bring them in is too frequent. */
  candidates: SummedPostings | null;
  /** At least so many match. */
  atLeast: number;
}

interface Place {
  session: Session;
  owner: Owner;
  memory: OwnerMessages;
}

/** Full-text search. Keeps only numbers: sizes of memories, and which messages hold a word. */
export class FullText {
  readonly #postings = new WordPostings();
  readonly #sizes: OwnerSizes;

  constructor({ now }: { now: () => number }) {
    this.#sizes = new OwnerSizes(now);
  }

  async search(session: Session, owner: Owner, request: TextSearch): Promise<TextHits> {
    const place = { session, owner, memory: await this.#sizes.read(session, owner) };
    const { query } = request;
    if (query.kind === "words") return await this.#words(place, query.words, request);
    const isExpression = unspacedRuns(query.expression).length === 0;
    const parsed = isExpression ? expressionQuery(query.expression) : null;
    if (parsed === null) {
      return await this.#words(place, expressionWords(query.expression), request);
    }
    const wanted = [...new Set(parsed.wanted)].slice(0, MAXIMUM_WORDS);
    const named = [parsed.query, ...wanted].map((text) => ({ word: null, query: text }));
    const [all, ...terms] = await this.#looked(place, named);
    const plan = all === undefined ? null : expressionPlan(all, terms);
    const found = await this.#found(place, plan, request);
    const statistics = { messages: place.memory.count, frequencies: {} };
    return { ...found, dropped: [], statistics };
  }

  async #words(place: Place, words: readonly string[], request: TextSearch): Promise<TextHits> {
    const spaced = [...new Set(words.flatMap(spacedParts))].slice(0, MAXIMUM_WORDS);
    const pieces = [...new Set(words.flatMap(unspacedRuns).flatMap(runQueries))];
    const named: NamedQuery[] = [
      ...spaced.map((word) => ({ word, query: wordQuery(word) ?? "" })),
      ...pieces.slice(0, MAXIMUM_WORDS).map((query) => ({ word: null, query })),
    ];
    const terms = await this.#looked(
      place,
      named.filter(({ query }) => query !== ""),
    );
    const present = terms.filter(({ rows }) => rows > 0).toSorted((a, b) => a.rows - b.rows);
    const summed = withinBudget(present);
    const found = await this.#found(place, wordsPlan(present, summed), request);
    const counts = new Map(terms.map(({ word, rows }) => [word, rows]));
    const counted = new Set(summed.map(({ query }) => query));
    return {
      ...found,
      dropped: present.filter((term) => !counted.has(term.query)).flatMap(({ word }) => word ?? []),
      statistics: {
        messages: place.memory.count,
        frequencies: Object.fromEntries(spaced.map((word) => [word, counts.get(word) ?? 0])),
      },
    };
  }

  async #looked(place: Place, named: readonly NamedQuery[]): Promise<Term[]> {
    const queries = [...new Set(named.map(({ query }) => query))];
    const postings = await this.#postings.look(place.session, { ...place, queries });
    return named.map((one) => {
      const { rows = 0, numbers = null } = postings[queries.indexOf(one.query)] ?? {};
      return { ...one, rows, numbers, weight: inverseDocumentFrequency(place.memory.count, rows) };
    });
  }

  async #found(place: Place, plan: Plan | null, request: TextSearch): Promise<ScoredMessages> {
    if (plan === null || plan.candidates?.numbers.length === 0) return { hits: [], total: 0 };
    const { session, owner } = place;
    const { terms, selector, candidates } = plan;
    const { filter, limit } = request;
    const narrows = narrowsMessages(filter) && !(await isEverythingActive(session, owner, filter));
    const search = { owner, terms, filter: narrows ? filter : null, limit };
    const depth = Math.max(limit * LEAST_DEPTH, Math.floor(PLACES / terms.length));
    const found =
      candidates === null
        ? await newestMessages(session, search, { selector, most: depth })
        : await this.#best(session, search, { candidates, depth });
    // Of those that pass a filter too few may have been among the best.
    const all = found ?? (await newestMessages(session, search, { selector, most: TOTAL_CAP }));
    const total = narrows ? all.total : Math.max(all.total, plan.atLeast);
    return { hits: all.hits, total: Math.min(TOTAL_CAP, total) };
  }

  /** Null when too few of the best pass the filter. */
  async #best(
    session: Session,
    search: ScoredSearch,
    { candidates, depth }: { candidates: SummedPostings; depth: number },
  ): Promise<ScoredMessages | null> {
    const count = candidates.numbers.length;
    const depths = search.filter === null ? [depth] : [depth, depth * DEEPER];
    for (const asked of depths.map((most) => Math.min(most, count))) {
      const { hits, total } = await scoredMessages(session, search, bestOf(candidates, asked));
      const isMissing = search.filter === null && total < asked * (1 - MISSING_SHARE);
      if (isMissing) this.#postings.forget(search.owner);
      // Of those that were not asked, as many pass as of those that were.
      const share = total / asked;
      if (hits.length >= search.limit || asked === count || search.filter === null) {
        return { hits, total: Math.round(share * count) };
      }
    }
    return null;
  }
}

function expressionPlan(all: Term, wanted: readonly Term[]): Plan | null {
  const terms = wanted.filter(({ rows }) => rows > 0).toSorted((a, b) => a.rows - b.rows);
  if (all.rows === 0 || terms.length === 0) return null;
  const summed = summedPostings(withinBudget(terms));
  const candidates = all.numbers === null ? null : restrictedTo(summed, all.numbers);
  return { terms, selector: all.query, candidates, atLeast: all.rows };
}

function wordsPlan(terms: readonly Term[], summed: readonly WeightedPostings[]): Plan | null {
  if (terms.length === 0) return null;
  const frequent = terms.filter(({ numbers }) => numbers === null);
  return {
    terms,
    selector: terms.map(({ query }) => query).join(" | "),
    candidates: summed.length === 0 ? null : summedPostings(summed),
    atLeast: Math.max(0, ...frequent.map(({ rows }) => rows)),
  };
}

/** The rarest whose messages together stay within the budget; the first in any case. */
function withinBudget(terms: readonly Term[]): (Term & WeightedPostings)[] {
  const listed = terms.flatMap((term) =>
    term.numbers === null ? [] : [{ ...term, numbers: term.numbers }],
  );
  let sum = 0;
  const within = listed.findIndex(({ rows }) => {
    sum += rows;
    return sum > POSTINGS_BUDGET;
  });
  return listed.slice(0, within < 0 ? listed.length : Math.max(1, within));
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
