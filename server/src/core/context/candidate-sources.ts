import type {
  Conversation,
  ConversationFilter,
  Message,
  Owner,
} from "../conversations/conversation.ts";
import type { ConversationStore } from "../ports/conversation-store.ts";
import type { StoredSummary, SummarySource } from "../ports/summary-source.ts";
import type { RankedMessage, Recall, SearchRequest } from "../search/search-types.ts";
import type { ContextOptions } from "./context-options.ts";
import type { ContextCandidate, ContextRequest, ContextSource } from "./context-types.ts";

export interface SourceDependencies {
  recall: Pick<Recall, "search">;
  store: Pick<ConversationStore, "ids" | "list" | "turnsAround">;
  summaries: SummarySource;
}

/** Of so many pinned conversations, and of so many recent ones of the preferred labels, the best messages. */
const MOST_PINNED = 100;
const MOST_LABELLED = 20;
const SCOPED_DEPTH = 30;
/** Conversations whose summaries are looked at, best first, and what one is worth of its best message. */
const SUMMARISED = 5;
const SUMMARY_SHARE = 0.5;
/** At least about so long is what a conversation holds; words are not counted where no space parts them. */
const CHARACTERS_A_WORD = 5;
const CHARACTERS_A_MESSAGE = 40;

export interface Recalled {
  candidates: ContextCandidate[];
  degraded: string | null;
}

/** Asks every source side by side; each keeps to the same filter: nothing archived, nothing excluded. */
export class CandidateSources {
  readonly #dependencies: SourceDependencies;

  constructor(dependencies: SourceDependencies) {
    this.#dependencies = dependencies;
  }

  /** Messages by relevance, each once, with all the sources that brought it. */
  async recall(owner: Owner, request: ContextRequest, options: ContextOptions): Promise<Recalled> {
    const { recall } = this.#dependencies;
    const filter = filterOf(request);
    const { depth, shallow } = options;
    const wanted = request.budget <= shallow.budget ? shallow.depth : depth;
    const [found, scoped] = await Promise.all([
      recall.search(owner, searchOf(request, filter, wanted)),
      this.#scoped(owner, request, filter),
    ]);
    const candidates = new Map<string, ContextCandidate>();
    for (const hit of found.hits) add(candidates, hit, "search");
    for (const { hit, source } of scoped) add(candidates, hit, source);
    return {
      candidates: [...candidates.values()].filter((one) => isAllowed(one, request)),
      degraded: found.degraded,
    };
  }

  /**
   * The turns around these hits, each worth what its own search score and the hit's together say. `found` has the ids
   * of all that the search found.
   */
  async neighbours(
    owner: Owner,
    hits: readonly ContextCandidate[],
    { turnShares, found }: Pick<ContextOptions, "turnShares"> & { found: ReadonlySet<string> },
  ): Promise<ContextCandidate[]> {
    if (hits.length === 0) return [];
    const ids = hits.map(({ message }) => message.id);
    const turns = await this.#dependencies.store.turnsAround(owner, ids, turnShares.length);
    turns.sort((one, other) => one.position - other.position);
    const byConversation = Map.groupBy(turns, (turn) => turn.conversationId);
    return hits.flatMap(({ message, conversation, relevance }) =>
      (byConversation.get(conversation.id) ?? []).flatMap((turn): ContextCandidate[] => {
        const share = turnShares[Math.abs(turn.position - message.position) - 1];
        if (share === undefined || (found.has(turn.id) && isOtherPerson(turn, message))) return [];
        const sources = new Set<ContextSource>(["neighbour"]);
        return [{ message: turn, conversation, relevance: relevance * share, sources }];
      }),
    );
  }

  /** Stored summaries of the conversations that answer best, in the shape of messages. */
  async summaries(owner: Owner, ranked: readonly ContextCandidate[]): Promise<ContextCandidate[]> {
    const best = new Map<string, ContextCandidate>();
    for (const one of ranked) {
      if (best.size === SUMMARISED) break;
      if (!best.has(one.conversation.id)) best.set(one.conversation.id, one);
    }
    const found = await this.#dependencies.summaries.summariesOf(owner, [...best.keys()]);
    return found.flatMap((summary): ContextCandidate[] => {
      const { id, conversationId, text, until } = summary;
      const of = best.get(conversationId);
      if (of === undefined || !isOfUse(summary, of)) return [];
      return [
        {
          message: summaryMessage(of.conversation, { id, text, until }),
          conversation: of.conversation,
          relevance: of.relevance * SUMMARY_SHARE,
          sources: new Set<ContextSource>(["summary"]),
        },
      ];
    });
  }

  /** The best messages of the conversations that count whatever else matches. */
  async #scoped(
    owner: Owner,
    request: ContextRequest,
    filter: ConversationFilter,
  ): Promise<{ hit: RankedMessage; source: ContextSource }[]> {
    const { store, recall } = this.#dependencies;
    const [pinned, labelled] = await Promise.all([
      store.ids(owner, { ...filter, pinned: true }, MOST_PINNED),
      this.#labelled(owner, request, filter),
    ]);
    const own = request.conversationId === null ? [] : [request.conversationId];
    const ids = [...new Set([...pinned, ...labelled, ...own])];
    if (ids.length === 0) return [];
    const { hits } = await recall.search(
      owner,
      searchOf(request, { ...filter, ids }, SCOPED_DEPTH),
    );
    const sourceOf = (id: string): ContextSource => {
      if (id === request.conversationId) return "conversation";
      return pinned.includes(id) ? "pinned" : "label";
    };
    return hits.map((hit) => ({ hit, source: sourceOf(hit.conversation.id) }));
  }

  async #labelled(
    owner: Owner,
    { preferredLabels }: ContextRequest,
    filter: ConversationFilter,
  ): Promise<string[]> {
    if (preferredLabels.length === 0) return [];
    const { items } = await this.#dependencies.store.list(
      owner,
      { ...filter, labels: [...preferredLabels] },
      { limit: MOST_LABELLED, offset: 0, sort: { by: "updated_at", direction: "desc" } },
    );
    return items.map((conversation) => conversation.id);
  }
}

/** Between people: the search has counted already what another person says beside a message that it found. */
function isOtherPerson(one: Message, other: Message): boolean {
  return one.name !== null && one.name !== other.name;
}

function filterOf({ excludedFolders }: ContextRequest): ConversationFilter {
  return {
    statuses: ["active"],
    ...(excludedFolders.length === 0 ? {} : { excludedFolders: [...excludedFolders] }),
  };
}

function searchOf(
  { query, signal }: ContextRequest,
  filter: ConversationFilter,
  limit: number,
): SearchRequest {
  return {
    query,
    filter,
    mode: "hybrid",
    limit,
    offset: 0,
    groupByConversation: false,
    neighbours: 0,
    minScore: 0,
    snippets: false,
    ...(signal === undefined ? {} : { signal }),
  };
}

function add(
  candidates: Map<string, ContextCandidate>,
  { message, conversation, score }: RankedMessage,
  source: ContextSource,
): void {
  const known = candidates.get(message.id);
  candidates.set(message.id, {
    message,
    conversation,
    relevance: Math.max(score, known?.relevance ?? 0),
    sources: new Set([...(known?.sources ?? []), source]),
  });
}

/** Asked for in the filters already; what leaks here would be somebody's secret, so that it is looked at again. */
function isAllowed({ conversation }: ContextCandidate, { excludedFolders }: ContextRequest) {
  return (
    conversation.status === "active" &&
    !excludedFolders.some((folder) => isWithinFolder(conversation.folder, folder))
  );
}

function isWithinFolder(folder: string, parent: string): boolean {
  const prefix = parent.endsWith("/") ? parent : `${parent}/`;
  return folder === parent || `${folder}/`.startsWith(prefix);
}

/** Shorter than the conversation it stands for; of a long one's stretches that in which the answer lies. */
function isOfUse(
  { isWhole, text, since, until }: StoredSummary,
  { message, conversation }: ContextCandidate,
): boolean {
  const { wordCount, messageCount } = conversation;
  const about = Math.max(wordCount * CHARACTERS_A_WORD, messageCount * CHARACTERS_A_MESSAGE);
  if (isWhole) return text.length < about;
  return message.timestamp >= since && message.timestamp <= until;
}

function summaryMessage(
  conversation: Conversation,
  { id, text, until }: { id: string; text: string; until: number },
): Message {
  return {
    id,
    conversationId: conversation.id,
    position: -1,
    role: "summary",
    name: null,
    content: text,
    parts: null,
    timestamp: until,
    metadata: {},
    embeddingStatus: "none",
  };
}
