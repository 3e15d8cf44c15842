import type { Message, Owner } from "../conversations/conversation.ts";
import type { EmbeddingModels } from "../ports/embedding-model.ts";
import type { FoundMessage, MessageIndex } from "../ports/message-index.ts";
import type { VectorStore } from "../ports/vector-store.ts";
import { CandidateGathering, type Gathered } from "./candidate-gathering.ts";
import {
  fuse,
  rankByMeaning,
  rankConversations,
  relevanceOf,
  relevanceOfMeaning,
  relevanceOfWords,
  type ScoredMessage,
} from "./fusion.ts";
import { type CleanQuery, cleanQuery, splitWords } from "./query-terms.ts";
import type {
  RankedConversation,
  RankedMessage,
  Recall,
  SearchMode,
  SearchRequest,
  SearchResult,
  TextSearchRequest,
  TextSearchResult,
} from "./search-types.ts";
import { snippetOf } from "./snippet.ts";

export interface SearchDependencies {
  index: MessageIndex;
  vectors: VectorStore;
  models: EmbeddingModels;
  /** Milliseconds since the epoch. */
  clock: () => number;
  /** How long a hybrid search waits for meaning before it answers by words alone. */
  semanticTimeoutMs: number;
  /** The same where the model is a provider's. */
  providerTimeoutMs?: number;
}

/** A message without a word of the query is a match from this cosine on … */
const LEAST_COSINE = 0.2;
/** … or when the turns around it answer so well. */
const LEAST_RELEVANCE_BY_NEIGHBOURS = 0.3;
/** From here on a hit is said to match by meaning. */
const MEANING_COSINE = 0.3;
const HITS_PER_CONVERSATION = 3;
const SPEAKERS_FRESH_MS = 15_000;

const RELEVANCE = {
  hybrid: relevanceOf,
  keyword: relevanceOfWords,
  semantic: relevanceOfMeaning,
} as const;

/** Hybrid recall: words and meaning side by side, ranked together (bench/RESULTS.md, recall). */
export class Search implements Recall {
  readonly #dependencies: SearchDependencies;
  readonly #gathering: CandidateGathering;
  readonly #speakers = new Map<Owner, { words: Set<string>; at: number }>();

  constructor(dependencies: SearchDependencies) {
    this.#dependencies = dependencies;
    this.#gathering = new CandidateGathering(dependencies);
  }

  async search(owner: Owner, request: SearchRequest): Promise<SearchResult> {
    request.signal?.throwIfAborted();
    const query = await this.#clean(owner, request.query);
    const gathered = await this.#gathering.gather(owner, query, request);
    request.signal?.throwIfAborted();
    const matches = this.#rank(query, gathered).filter(
      (match) => match.relevance >= request.minScore && isMatch(match, gathered, request.mode),
    );
    const { mode, degraded } = gathered;
    if (request.groupByConversation) {
      return {
        ...(await this.#grouped(owner, request, { query, gathered, matches })),
        mode,
        degraded,
      };
    }
    const page = matches.slice(request.offset, request.offset + request.limit);
    const hits = [...(await this.#present(owner, page, { query, gathered, request })).values()];
    const total =
      request.minScore > 0 ? matches.length : Math.max(matches.length, gathered.textTotal);
    return { hits, conversations: [], total, mode, degraded };
  }

  async searchText(owner: Owner, request: TextSearchRequest): Promise<TextSearchResult> {
    const { index } = this.#dependencies;
    const { hits, total } = await index.searchText(
      owner,
      { kind: "expression", expression: request.query },
      { filter: request.filter, limit: request.offset + request.limit },
    );
    const page = hits.slice(request.offset);
    const best = hits[0]?.score ?? 1;
    const found = await index.hydrate(
      owner,
      page.map((hit) => hit.message),
    );
    const scores = new Map(page.map((hit) => [hit.message, hit.score]));
    const stems = stemsOf(cleanQuery(request.query, { speakerWords: new Set() }));
    return {
      total,
      hits: found.map(({ sequence, message, conversation }, place) => ({
        message,
        conversation,
        score: best > 0 ? Math.max(0, Math.min(1, (scores.get(sequence) ?? 0) / best)) : 0,
        rank: request.offset + place + 1,
        snippet: snippetOf(message.content, stems, null),
        matched: ["words"],
        neighbours: [],
      })),
    };
  }

  async #clean(owner: Owner, text: string): Promise<CleanQuery> {
    const { clock } = this.#dependencies;
    return cleanQuery(text, { speakerWords: await this.#speakerWords(owner), now: clock() });
  }

  async #speakerWords(owner: Owner): Promise<ReadonlySet<string>> {
    const { index, clock } = this.#dependencies;
    const known = this.#speakers.get(owner);
    const now = clock();
    if (known !== undefined && now - known.at < SPEAKERS_FRESH_MS) return known.words;
    const names = await index.speakers(owner);
    const words = new Set(names.flatMap(splitWords));
    this.#speakers.set(owner, { words, at: now });
    return words;
  }

  #rank(query: CleanQuery, { candidates, statistics, mode }: Gathered): ScoredMessage[] {
    if (mode === "semantic") return rankByMeaning(candidates);
    const ranked = fuse({ query, candidates, statistics });
    if (mode === "hybrid") return ranked;
    return ranked.map((one) => ({ ...one, relevance: relevanceOfWords(one.score) }));
  }

  async #grouped(
    owner: Owner,
    request: SearchRequest,
    {
      query,
      gathered,
      matches,
    }: { query: CleanQuery; gathered: Gathered; matches: ScoredMessage[] },
  ): Promise<Pick<SearchResult, "hits" | "conversations" | "total">> {
    const groups = rankConversations(matches, RELEVANCE[gathered.mode]);
    const page = groups.slice(request.offset, request.offset + request.limit);
    const shown = page.flatMap((group) => group.messages.slice(0, HITS_PER_CONVERSATION));
    const presented = await this.#present(owner, shown, { query, gathered, request });
    const conversations = page.flatMap(({ relevance, messages }): RankedConversation[] => {
      const hits = messages.flatMap(({ id }) => presented.get(id) ?? []);
      const [first] = hits;
      return first ? [{ conversation: first.conversation, score: relevance, hits }] : [];
    });
    return { hits: [...presented.values()], conversations, total: groups.length };
  }

  /** The full messages of a page by their number, in its order, with snippets and the turns around them. */
  async #present(
    owner: Owner,
    page: readonly ScoredMessage[],
    { query, gathered, request }: { query: CleanQuery; gathered: Gathered; request: SearchRequest },
  ): Promise<Map<number, RankedMessage>> {
    const { index } = this.#dependencies;
    const found = await index.hydrate(
      owner,
      page.map((match) => match.id),
    );
    const relevance = new Map(page.map((match) => [match.id, match.relevance]));
    const stems = stemsOf(query);
    const around = await Promise.all(
      found.map(({ sequence }): Promise<Message[]> | Message[] =>
        request.neighbours === 0 ? [] : index.around(owner, sequence, request.neighbours),
      ),
    );
    const presented = found.map((one, place): [number, RankedMessage] => [
      one.sequence,
      {
        message: one.message,
        conversation: one.conversation,
        score: relevance.get(one.sequence) ?? 0,
        snippet:
          request.snippets === false
            ? ""
            : snippetOf(one.message.content, stems, gathered.passages.get(one.sequence) ?? null),
        matched: matchedBy(one, gathered),
        neighbours: around[place] ?? [],
      },
    ]);
    return new Map(presented);
  }
}

function stemsOf(query: CleanQuery): ReadonlySet<string> {
  return new Set(query.terms.map((term) => term.stem));
}

function matchedBy({ sequence }: FoundMessage, gathered: Gathered): ("meaning" | "words")[] {
  const byMeaning = (gathered.cosines.get(sequence) ?? 0) >= MEANING_COSINE;
  return [
    ...(byMeaning ? (["meaning"] as const) : []),
    ...(gathered.textHits.has(sequence) ? (["words"] as const) : []),
  ];
}

/** Candidates are more than matches: what is near a hit is ranked, but it has to say something. */
function isMatch(
  { id, relevance }: ScoredMessage,
  { textHits, cosines }: Gathered,
  asked: SearchMode,
): boolean {
  if (textHits.has(id)) return true;
  if (asked === "keyword") return false;
  if ((cosines.get(id) ?? 0) >= LEAST_COSINE) return true;
  return asked === "hybrid" && relevance >= LEAST_RELEVANCE_BY_NEIGHBOURS;
}
