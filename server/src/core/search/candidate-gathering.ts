import type { Owner } from "../conversations/conversation.ts";
import { errorMessage, SekhaError } from "../errors.ts";
import type { CandidateMessage, MessageIndex, TextHits } from "../ports/message-index.ts";
import { DEFAULT_FUSION, type RankingCandidate } from "./fusion.ts";
import { type Meaning, type MeaningDependencies, MeaningRecall } from "./meaning-recall.ts";
import type { CleanQuery } from "./query-terms.ts";
import type { SearchMode, SearchRequest } from "./search-types.ts";
import type { Passage } from "./snippet.ts";
import type { TermCounting } from "./text-evidence.ts";

export interface GatheringDependencies extends MeaningDependencies {
  index: MessageIndex;
  semanticTimeoutMs: number;
  /** The same for a model of a provider, which is asked over a network; semanticTimeoutMs when absent. */
  providerTimeoutMs?: number;
  /** Leaves the texts with the candidates instead of counting in them, for ranking with other options. */
  keepTexts?: boolean;
}

/** Everything ranking needs, and what the answer says of how it was found. */
export interface Gathered {
  candidates: RankingCandidate[];
  statistics: { messages: number; documentFrequency: Map<string, number> };
  /** Messages that hold a word of the query. */
  textHits: ReadonlySet<number>;
  /** How many there are in all. */
  textTotal: number;
  cosines: ReadonlyMap<number, number>;
  /** Where a message's meaning matched best. */
  passages: ReadonlyMap<number, Passage>;
  mode: SearchMode;
  degraded: string | null;
}

/** Best hits of each kind that ranking looks at; more gained nothing (bench/RESULTS.md). */
const DEPTH = 64;
/** However far a client pages, no more hits than this are ranked. */
const DEEPEST = 128 * DEPTH;
/** Turns around a hit that are candidates too, of so many of the best hits of each kind. */
const RADIUS = 2;
const EXPANDED = 32;
/** A search for meaning alone has nothing to fall back on, so it waits for the model to load. */
const SEMANTIC_ONLY_TIMEOUT_MS = 15_000;

/** Cosines that were looked up; what was asked for and has none has no vector. */
interface Looked {
  asked: ReadonlySet<number>;
  cosines: ReadonlyMap<number, number>;
}

const NOT_LOOKED: Looked = { asked: new Set(), cosines: new Map() };

const NOTHING: TextHits = {
  hits: [],
  total: 0,
  dropped: [],
  statistics: { messages: 0, frequencies: {} },
};

/** Collects candidates by word and by meaning, side by side. */
export class CandidateGathering {
  readonly #dependencies: GatheringDependencies;
  readonly #meaning: MeaningRecall;

  constructor(dependencies: GatheringDependencies) {
    this.#dependencies = dependencies;
    this.#meaning = new MeaningRecall(dependencies);
  }

  async gather(owner: Owner, query: CleanQuery, request: SearchRequest): Promise<Gathered> {
    const { mode } = request;
    const limit = depthFor(request.offset + request.limit);
    const [text, meaning] = await Promise.all([
      mode === "semantic" ? NOTHING : this.#byWords(owner, query, { request, limit }),
      mode === "keyword" ? null : this.#byMeaning(owner, request, limit),
    ]);
    const semantic = meaning !== null && "spaces" in meaning ? meaning : null;
    const [messages, likely] = await Promise.all([
      this.#candidates(owner, request, {
        query,
        text,
        meant: (semantic?.hits ?? []).map((hit) => hit.message),
      }),
      mode === "hybrid" ? this.#likelyCosines(owner, request, { semantic, text }) : NOT_LOOKED,
    ]);
    const found = { semantic, messages, likely };
    const { cosines, missing } = await this.#cosines(owner, request, found);
    return {
      candidates: messages.map((message) => rankingCandidate(message, cosines)),
      statistics: statisticsOf(text, query),
      textHits: new Set(text.hits.map((hit) => hit.message)),
      textTotal: text.total,
      cosines,
      passages: new Map((semantic?.hits ?? []).map((hit) => [hit.message, hit])),
      mode: semantic === null ? "keyword" : mode,
      degraded: meaning !== null && "degraded" in meaning ? meaning.degraded : missing,
    };
  }

  /** The hits and what stands around them. Those by words came with the hits, while meaning was still searched. */
  async #candidates(
    owner: Owner,
    { filter, mode }: SearchRequest,
    { query, text, meant }: { query: CleanQuery; text: TextHits; meant: readonly number[] },
  ): Promise<CandidateMessage[]> {
    const { index } = this.#dependencies;
    const known = new Map(text.candidates?.map((candidate) => [candidate.message, candidate]));
    const textHits = text.hits.map((hit) => hit.message);
    const best = [...textHits.slice(0, EXPANDED), ...meant.slice(0, EXPANDED)];
    const expanded = new Set(text.candidates === undefined ? [] : textHits.slice(0, EXPANDED));
    const expand = new Set(mode === "semantic" ? [] : best.filter((hit) => !expanded.has(hit)));
    const hits = [...(text.candidates === undefined ? textHits : []), ...meant];
    const unknown = new Set(hits.filter((hit) => !known.has(hit) || expand.has(hit)));
    if (unknown.size === 0) return [...known.values()];
    const counting = this.#counting(query);
    const found = await index.candidates(owner, {
      hits: [...unknown],
      withText: text.candidates === undefined ? textHits : [],
      expand: [...expand],
      radius: RADIUS,
      filter,
      ...(counting === undefined ? {} : { counting }),
    });
    return [...new Map([...found.map((one) => [one.message, one] as const), ...known]).values()];
  }

  #counting(query: CleanQuery): TermCounting | undefined {
    if (this.#dependencies.keepTexts === true) return undefined;
    const stems = query.terms.map((term) => term.stem);
    return { stems, passageCharacters: DEFAULT_FUSION.passageCharacters };
  }

  /** How long a hybrid search waits for meaning. */
  #patienceMs(): number {
    const { models, semanticTimeoutMs, providerTimeoutMs = semanticTimeoutMs } = this.#dependencies;
    return models.current.scale === "own" ? providerTimeoutMs : semanticTimeoutMs;
  }

  async #byWords(
    owner: Owner,
    query: CleanQuery,
    { request, limit }: { request: SearchRequest; limit: number },
  ): Promise<TextHits> {
    if (query.words.length === 0) return NOTHING;
    const counting = this.#counting(query);
    const words = { kind: "words" as const, words: [...query.words] };
    return this.#dependencies.index.searchText(owner, words, {
      filter: request.filter,
      limit,
      ...(counting === undefined ? {} : { gather: { expand: EXPANDED, radius: RADIUS, counting } }),
    });
  }

  async #byMeaning(
    owner: Owner,
    { query, filter, mode, signal }: SearchRequest,
    limit: number,
  ): Promise<Meaning | { degraded: string }> {
    const timeoutMs = mode === "semantic" ? SEMANTIC_ONLY_TIMEOUT_MS : this.#patienceMs();
    const limited = limitedTo(timeoutMs, signal);
    try {
      const wanted = { query, filter, limit, signal: limited };
      return await orAborted(this.#meaning.search(owner, wanted), limited);
    } catch (error) {
      if (signal?.aborted === true) throw error;
      const reason = isTimeout(error)
        ? `the embedding model did not answer within ${timeoutMs} ms`
        : withoutFullStop(errorMessage(error));
      if (mode === "semantic") {
        throw new SekhaError(
          "embedding_unavailable",
          `Search by meaning is not possible now: ${reason}. Search with mode "hybrid" or "keyword", or try again.`,
          { cause: error, retryAfterSeconds: 5 },
        );
      }
      return { degraded: `Searched by words alone: ${reason}.` };
    }
  }

  /**
   * Asks for the cosines of what will probably be candidates, while the rows are asked what is: messages found by
   * words, and what was stored just before and after the best by meaning. Where that fails nothing was looked up,
   * and whoever asks for the rest meets the same trouble and says so.
   */
  async #likelyCosines(
    owner: Owner,
    { signal }: SearchRequest,
    { semantic, text }: { semantic: Meaning | null; text: TextHits },
  ): Promise<Looked> {
    if (semantic === null) return NOT_LOOKED;
    const asked = new Set(text.candidates?.map((candidate) => candidate.message));
    for (const { message } of semantic.hits.slice(0, EXPANDED)) {
      for (let next = Math.max(1, message - RADIUS); next <= message + RADIUS; next += 1) {
        asked.add(next);
      }
    }
    for (const { message } of semantic.hits) asked.delete(message);
    if (asked.size === 0) return NOT_LOOKED;
    const limited = limitedTo(this.#patienceMs(), signal);
    try {
      const looking = this.#meaning.similarities(owner, semantic, [...asked]);
      return { asked, cosines: await orAborted(looking, limited) };
    } catch {
      return NOT_LOOKED;
    }
  }

  /**
   * Of the hits as the search found them, of all other candidates by looking their vectors up. `missing` says why
   * that failed: the hits are ranked without the turns around them then.
   */
  async #cosines(
    owner: Owner,
    { signal }: SearchRequest,
    found: { semantic: Meaning | null; messages: readonly CandidateMessage[]; likely: Looked },
  ): Promise<{ cosines: Map<number, number>; missing: string | null }> {
    const { semantic, messages, likely } = found;
    if (semantic === null) return { cosines: new Map(), missing: null };
    const hits = semantic.hits.map((hit): [number, number] => [hit.message, hit.similarity]);
    const cosines = new Map([...likely.cosines, ...hits]);
    const others = messages
      .map((one) => one.message)
      .filter((number) => !cosines.has(number) && !likely.asked.has(number));
    const partly =
      semantic.missing === null ? null : `Some memories were not asked: ${semantic.missing}.`;
    if (others.length === 0) return { cosines, missing: partly };
    const limited = limitedTo(this.#patienceMs(), signal);
    try {
      const looked = await orAborted(this.#meaning.similarities(owner, semantic, others), limited);
      return { cosines: new Map([...cosines, ...looked]), missing: partly };
    } catch (error) {
      if (signal?.aborted === true) throw error;
      const reason = isTimeout(error)
        ? `the vectors did not answer within ${this.#patienceMs()} ms`
        : withoutFullStop(errorMessage(error));
      return { cosines, missing: `Ranked in part by words alone: ${reason}.` };
    }
  }
}

function statisticsOf({ statistics }: TextHits, query: CleanQuery): Gathered["statistics"] {
  const { messages, frequencies } = statistics;
  const documentFrequency = new Map(
    query.terms.map(({ word, stem }) => [stem, Math.min(messages, frequencies[word] ?? 0)]),
  );
  return { messages, documentFrequency };
}

/** In steps, so that the pages of one search rank the same candidates. */
function depthFor(wanted: number): number {
  let depth = DEPTH;
  while (depth < wanted && depth < DEEPEST) depth *= 2;
  return depth;
}

function rankingCandidate(
  message: CandidateMessage,
  cosines: ReadonlyMap<number, number>,
): RankingCandidate {
  const cosine = cosines.get(message.message);
  return {
    id: message.message,
    conversationId: message.conversation,
    position: message.position,
    role: message.role,
    createdAt: message.timestamp,
    ...(message.name === null ? {} : { name: message.name }),
    ...(cosine === undefined ? {} : { cosine }),
    ...(message.text === null ? {} : { text: message.text }),
    ...(message.evidence === undefined ? {} : { evidence: message.evidence }),
  };
}

function isTimeout(error: unknown): boolean {
  return error instanceof Error && (error.name === "TimeoutError" || error.name === "AbortError");
}

function limitedTo(timeoutMs: number, signal: AbortSignal | undefined): AbortSignal {
  const timeout = AbortSignal.timeout(timeoutMs);
  return signal === undefined ? timeout : AbortSignal.any([timeout, signal]);
}

/** Whatever the work does with the signal, nobody waits for it any longer once it aborts. */
function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason as Error);
    if (signal.aborted) abort();
    else signal.addEventListener("abort", abort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
  });
}

/** Messages of ours are sentences; here one stands inside another. */
function withoutFullStop(message: string): string {
  return message.replace(/\.$/, "");
}
