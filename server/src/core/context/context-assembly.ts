import type { Owner } from "../conversations/conversation.ts";
import type { FactSource } from "../ports/fact-store.ts";
import type { TokenCounter } from "../ports/token-counter.ts";
import { cleanQuery, splitWords } from "../search/query-terms.ts";
import { arranged, marked } from "./arrangement.ts";
import { CandidateSources, type SourceDependencies } from "./candidate-sources.ts";
import { type ContextOptions, DEFAULT_CONTEXT } from "./context-options.ts";
import type {
  AssembledContext,
  ContextAssembler,
  ContextCandidate,
  ContextMessage,
  ContextRequest,
  ExplainedCandidate,
  ValueParts,
} from "./context-types.ts";
import { nearDuplicates } from "./near-duplicates.ts";
import { pack } from "./packing.ts";
import type { Restatement } from "./restatements.ts";
import { findSuperseded } from "./superseded.ts";
import { weigh } from "./value.ts";

export interface ContextDependencies extends SourceDependencies {
  facts: FactSource;
  counter: TokenCounter;
  /** Milliseconds since the epoch. */
  clock: () => number;
}

/** Restatements are looked for among so many of the most valuable. */
const COMPARED = 60;
/** What a newer statement gains over what it replaces, and what the older one keeps. */
const NEWER = 1.05;
const OLDER = 0.9;

interface Valued {
  candidate: ContextCandidate;
  parts: ValueParts;
}

const NOTHING: AssembledContext = {
  messages: [],
  text: "",
  tokens: 0,
  candidates: [],
  degraded: null,
};

/** What a model should know of the memory for a question, within a budget of tokens (decisions 21, 23). */
export class ContextAssembly implements ContextAssembler {
  readonly #dependencies: ContextDependencies;
  readonly #options: ContextOptions;
  readonly #sources: CandidateSources;

  constructor(dependencies: ContextDependencies, options: ContextOptions = DEFAULT_CONTEXT) {
    this.#dependencies = dependencies;
    this.#options = options;
    this.#sources = new CandidateSources(dependencies);
  }

  async assemble(owner: Owner, request: ContextRequest): Promise<AssembledContext> {
    request.signal?.throwIfAborted();
    if (request.budget <= 0 || request.query.trim() === "") return NOTHING;
    const { candidates, degraded } = await this.#sources.recall(owner, request, this.#options);
    const left = new Map<string, string>();
    const relevant = this.#relevant(candidates, left);
    const all = await this.#withExchanges(owner, relevant);
    request.signal?.throwIfAborted();
    const useful = withoutRepeats(all, request, left);
    const context = {
      now: this.#dependencies.clock(),
      preferredLabels: new Set(request.preferredLabels),
      options: this.#options,
    };
    const valued = useful.map((candidate) => ({ candidate, parts: weigh(candidate, context) }));
    const packed = await this.#pack(owner, request, valued);
    const known = new Map([...candidates, ...all].map((one) => [one.message.id, one]));
    const explained = [...known.values()].map((candidate) => ({
      candidate,
      parts: weigh(candidate, context),
    }));
    return { ...packed, candidates: explain(explained, packed.messages, left), degraded };
  }

  /** The floor: nothing relevant, nothing quoted. */
  #relevant(
    candidates: readonly ContextCandidate[],
    left: Map<string, string>,
  ): ContextCandidate[] {
    const { leastBest, leastRelevance, leastPinned } = this.#options;
    const best = Math.max(0, ...candidates.map((one) => one.relevance));
    return candidates
      .filter(({ message, conversation, relevance }) => {
        const least = conversation.pinned ? leastPinned : leastBest;
        const isRelevant = relevance >= leastRelevance && (best >= leastBest || relevance >= least);
        if (!isRelevant) left.set(message.id, "not relevant enough");
        return isRelevant;
      })
      .sort((one, other) => other.relevance - one.relevance);
  }

  /** With the turns around the best hits, and stored summaries, where they are not candidates themselves. */
  async #withExchanges(
    owner: Owner,
    relevant: readonly ContextCandidate[],
  ): Promise<ContextCandidate[]> {
    if (relevant.length === 0) return [];
    const { exchanges, leastBest } = this.#options;
    // What would not be quoted for itself brings nothing along.
    const best = relevant.filter(({ relevance }) => relevance >= leastBest).slice(0, exchanges);
    const found = new Set(relevant.map(({ message }) => message.id));
    const [neighbours, summaries] = await Promise.all([
      this.#sources.neighbours(owner, best, { ...this.#options, found }),
      this.#sources.summaries(owner, relevant),
    ]);
    const all = new Map(relevant.map((one) => [one.message.id, one]));
    for (const one of [...neighbours, ...summaries]) {
      const known = all.get(one.message.id);
      const sources = new Set([...(known?.sources ?? []), ...one.sources]);
      const own = known?.relevance ?? 0;
      const relevance = own + (1 - own) * one.relevance;
      all.set(one.message.id, { ...one, sources, relevance });
    }
    return [...all.values()];
  }

  async #pack(owner: Owner, request: ContextRequest, valued: readonly Valued[]) {
    const { counter, facts } = this.#dependencies;
    const { terms } = cleanQuery(request.query, { speakerWords: new Set() });
    const stems = new Set(terms.map((term) => term.stem));
    const ranked = valued.toSorted((one, other) => other.parts.value - one.parts.value);
    const compared = ranked.slice(0, COMPARED).map(({ candidate }) => candidate);
    const ids = compared.map(({ message }) => message.id);
    const stated = await facts.factsOf(owner, ids);
    const restatements = findSuperseded(compared, { query: request.query, stems, facts: stated });
    return pack({
      candidates: preferNewer(ranked, restatements),
      limit: Math.floor(request.budget * this.#options.usedShare),
      stems,
      counter,
      ...(request.model === undefined ? {} : { model: request.model }),
      options: this.#options,
      arrange: (taken) => arranged(marked(taken, restatements)),
    });
  }
}

/** Leaves out what the prompt holds, what only repeats the question, and what a newer message says too. */
function withoutRepeats(
  candidates: readonly ContextCandidate[],
  { query, knownMessages }: ContextRequest,
  left: Map<string, string>,
): ContextCandidate[] {
  const asked = splitWords(query).join(" ");
  const unknown = candidates.filter(({ message }) => {
    const isKnown = knownMessages.has(message.id);
    const isQuestion =
      asked !== "" &&
      splitWords(message.content.slice(0, 2 * query.length + 20)).join(" ") === asked;
    if (isKnown) left.set(message.id, "already in the prompt");
    else if (isQuestion) left.set(message.id, "repeats the question");
    return !isKnown && !isQuestion;
  });
  const replaced = nearDuplicates(unknown);
  const relevance = new Map(unknown.map((one) => [one.message.id, one.relevance]));
  for (const [older, newer] of replaced) {
    left.set(older, `says the same as ${newer}, which is newer`);
    relevance.set(newer, Math.max(relevance.get(newer) ?? 0, relevance.get(older) ?? 0));
  }
  return unknown
    .filter(({ message }) => !replaced.has(message.id))
    .map((one) => ({ ...one, relevance: relevance.get(one.message.id) ?? one.relevance }));
}

/** The newer of two statements is worth more than the one it replaces, so that it is taken first. */
function preferNewer(ranked: readonly Valued[], restatements: readonly Restatement[]) {
  const values = new Map(ranked.map((one) => [one.candidate.message.id, one.parts.value]));
  for (const { older, newer } of restatements) {
    const before = values.get(older) ?? 0;
    values.set(newer, Math.max(values.get(newer) ?? 0, before * NEWER));
  }
  for (const { older } of restatements) values.set(older, (values.get(older) ?? 0) * OLDER);
  return ranked.map(({ candidate }) => ({
    candidate,
    value: values.get(candidate.message.id) ?? 0,
  }));
}

function explain(
  valued: readonly Valued[],
  taken: readonly ContextMessage[],
  left: ReadonlyMap<string, string>,
): ExplainedCandidate[] {
  const present = new Set(taken.map((one) => one.message.id));
  return valued
    .map(({ candidate, parts }): ExplainedCandidate => {
      const { message, conversation, sources } = candidate;
      const isTaken = present.has(message.id);
      return {
        ...parts,
        messageId: message.id,
        conversationId: conversation.id,
        label: conversation.label,
        sources: [...sources],
        taken: isTaken,
        reason: isTaken
          ? "taken"
          : (left.get(message.id) ?? "worth less for its tokens than what was taken"),
      };
    })
    .sort((one, other) => other.value - one.value);
}
