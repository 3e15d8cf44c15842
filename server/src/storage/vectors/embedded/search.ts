import type { MessageFilter } from "../../../core/conversations/conversation.ts";
import type { VectorHit } from "../../../core/ports/vector-store.ts";
import type { ConversationSets } from "./conversation-sets.ts";
import { type Condition, conversationCondition, messageCondition } from "./filter-sql.ts";
import type { Partition } from "./partition.ts";
import { exactSimilarity, type QuantisedQuery, vectorOfBlob } from "./quantise.ts";
import { RowTest } from "./row-test.ts";
import type { Candidate } from "./top-candidates.ts";
import type { VectorRows } from "./vector-rows.ts";

export interface SearchRequest {
  query: QuantisedQuery;
  filter: MessageFilter;
  limit: number;
}

export interface SearchOutcome {
  hits: VectorHit[];
  /** Candidates the database no longer has. */
  gone: number;
}

/**
 * Messages scored exactly for a limit: four times the limit and at least 40, but for long
 * lists 30 more than asked. Recall@10 of 1.0 was measured with it (bench/vectors.ts).
 */
const LEAST_CANDIDATES = 40;
const CANDIDATES_PER_HIT = 4;
const MOST_EXTRA_CANDIDATES = 30;
/** Scoring a listed row costs about four times a scanned one: below this share, list. */
const SCAN_SHARE = 0.2;
/** Widens a probe, whose share is an estimate. */
const PROBE_MARGIN = 1.5;

/** Finds the nearest messages of one partition: int8 scan, filter, exact scores. */
export class Search {
  readonly #rows: VectorRows;
  readonly #sets: ConversationSets;

  constructor(rows: VectorRows, sets: ConversationSets) {
    this.#rows = rows;
    this.#sets = sets;
  }

  run(partition: Partition, asked: SearchRequest): SearchOutcome {
    const request = { ...asked, filter: this.#narrowing(partition.owner, asked.filter) };
    const wanted = candidateCount(request.limit);
    const whole = messageCondition(partition.owner, request.filter);
    const conversations = conversationCondition(partition.owner, request.filter);
    const probed = this.#probe(partition, request, { whole, conversations });
    if (probed !== undefined) {
      return probed;
    }
    const candidates =
      whole === null
        ? partition.nearest(request.query, wanted)
        : this.#filtered(partition, request, conversations);
    const checked = this.#check(partition, { candidates, query: request.query, condition: whole });
    return { hits: checked.hits.slice(0, request.limit), gone: checked.gone };
  }

  /** The default filter, active only, narrows nothing while nothing is archived. */
  #narrowing(owner: string, filter: MessageFilter): MessageFilter {
    const { statuses, ...rest } = filter;
    if (statuses?.includes("active") !== true || this.#rows.hasArchived(owner)) return filter;
    return rest;
  }

  #filtered(
    partition: Partition,
    request: SearchRequest,
    conversations: Condition | null,
  ): Candidate[] {
    const { owner } = partition;
    const wanted = candidateCount(request.limit);
    const set = conversations === null ? null : this.#sets.resolve(owner, conversations);
    const test = new RowTest(partition.columns, request.filter, set);
    const share = test.share(partition.rows);
    if (conversations !== null) {
      this.#sets.noteShare(owner, conversations, share);
    }
    if (share >= SCAN_SHARE) {
      return partition.nearest(request.query, wanted, test);
    }
    const rows = test.select(partition.rows);
    return rows.length <= wanted
      ? rows.map((row) => ({ row, score: 0 }))
      : partition.nearestOf(rows, request.query, wanted);
  }

  /**
   * While something is being written, resolving the conversations of a loose filter (`active`)
   * anew for each search would cost more than the search. So the nearest of all are taken, more
   * of them, and the database says which pass. If those are as many as a filtered scan would
   * have had to score, the answer is the same; if not, undefined.
   */
  #probe(
    partition: Partition,
    request: SearchRequest,
    conditions: { whole: Condition | null; conversations: Condition | null },
  ): SearchOutcome | undefined {
    const { whole, conversations } = conditions;
    if (whole === null || conversations === null) {
      return undefined;
    }
    const share = this.#sets.staleShare(partition.owner, conversations);
    if (share === undefined || share < SCAN_SHARE) {
      return undefined;
    }
    const wanted = candidateCount(request.limit);
    const candidates = partition.nearest(request.query, Math.ceil((wanted / share) * PROBE_MARGIN));
    const checked = this.#check(partition, { candidates, query: request.query, condition: whole });
    return checked.hits.length < wanted
      ? undefined
      : { hits: checked.hits.slice(0, request.limit), gone: checked.gone };
  }

  /** Exact scores of those that exist and pass, best first; those that are gone are erased. */
  #check(
    partition: Partition,
    found: { candidates: Candidate[]; query: QuantisedQuery; condition: Condition | null },
  ): SearchOutcome {
    const { sequence } = partition.columns;
    const rowBySequence = new Map(
      found.candidates.map(({ row }) => [sequence[row] ?? 0, row] as const),
    );
    const best = new Map<number, VectorHit>();
    const stored = this.#rows.checked(partition, [...rowBySequence.keys()], found.condition);
    for (const vector of stored) {
      rowBySequence.delete(vector.sequence);
      const similarity = exactSimilarity(found.query.exact, vectorOfBlob(vector.vector));
      const known = best.get(vector.message);
      if (vector.passes && similarity > (known?.similarity ?? Number.NEGATIVE_INFINITY)) {
        const { message, conversation, chunk, start, end } = vector;
        best.set(message, {
          message,
          conversation,
          chunk,
          start,
          end,
          similarity: Math.min(1, Math.max(-1, similarity)),
        });
      }
    }
    const gone = [...rowBySequence.values()];
    partition.erase(gone);
    const hits = [...best.values()].sort(
      (left, right) => right.similarity - left.similarity || left.message - right.message,
    );
    return { hits, gone: gone.length };
  }
}

function candidateCount(limit: number): number {
  return Math.min(
    Math.max(LEAST_CANDIDATES, limit * CANDIDATES_PER_HIT),
    limit + MOST_EXTRA_CANDIDATES,
  );
}
