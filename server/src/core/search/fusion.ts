import { isWithin } from "./query-dates.ts";
import type { CleanQuery } from "./query-terms.ts";
import { splitWords } from "./query-terms.ts";
import { createTextReader, passagesOf, type TextEvidence } from "./text-evidence.ts";
import {
  inverseDocumentFrequency,
  type PassageCounts,
  type WeightedTerm,
  type WindowOptions,
  windowEvidence,
} from "./window-evidence.ts";

export type RankingCandidate = {
  readonly id: number;
  readonly conversationId: number;
  /** The message's place in its conversation; neighbours differ by 1. */
  readonly position: number;
  readonly role: string;
  /** The speaker's name, in conversations between people. */
  readonly name?: string;
  /** Milliseconds since the epoch. */
  readonly createdAt?: number;
  /** Cosine of message (its best chunk) and query; absent while the message has no embedding. */
  readonly cosine?: number;
  /** Needed for lexical hits only, or the evidence: a message without counts as holding no term of the query. */
  readonly text?: string;
  /** What the text holds of the query's terms, counted already in passages as the options have them. */
  readonly evidence?: TextEvidence;
};

export type FusionInput = {
  readonly query: CleanQuery;
  /** Lexical hits, vector hits and, for both, the messages up to 2 positions away: each message once, in any order. */
  readonly candidates: readonly RankingCandidate[];
  readonly statistics: {
    /** How many messages the memory (the scope) holds. */
    readonly messages: number;
    /** In how many of them a term occurs, by stem. */
    readonly documentFrequency: ReadonlyMap<string, number>;
  };
  readonly options?: FusionOptions;
};

export type ScoredMessage = {
  readonly id: number;
  readonly conversationId: number;
  /** The sum that ranks; comparable between queries, about -0.2 to 2. */
  readonly score: number;
  /** The score as 0 to 1, the same order: near 0 when the memory holds nothing on the matter (see relevanceOf). */
  readonly relevance: number;
};

export type ScoredConversation = {
  readonly conversationId: number;
  readonly score: number;
  readonly relevance: number;
  /** Best first. */
  readonly messages: readonly ScoredMessage[];
};

export type FusionOptions = WindowOptions & {
  readonly cosineWeight: number;
  /** The share of a neighbour's cosine (1 position away) that a message gets. */
  readonly neighbourCosineShare: number;
  /** For a message of a speaker whom the query names. */
  readonly speakerBonus: number;
  /** In chats with an assistant: for the user's messages, or for the assistant's when the query asks about them. */
  readonly roleBonus: number;
  /** Between people: times the share of a message that is questions, because those seldom hold the answer. */
  readonly questionPenalty: number;
  /** For a message from the period that the query names. */
  readonly dateBonus: number;
};

/** All measured on LoCoMo and BEAM development sets; each lies on a plateau (bench/RESULTS.md). */
export const DEFAULT_FUSION: FusionOptions = {
  passageCharacters: 240,
  neighbourShares: [0.3, 0.2],
  saturation: 0.3,
  cosineWeight: 0.5,
  neighbourCosineShare: 0.4,
  speakerBonus: 0.15,
  roleBonus: 0.25,
  questionPenalty: 0.2,
  dateBonus: 0.15,
};

/** The logistic curve from score to relevance (docs/decisions, recall). */
const HALF_RELEVANT_SCORE = 0.8;
const SCORE_SPREAD = 0.2;
const ABSENT_MEANING = 0.35;
const HALF_RELEVANT_COSINE = 0.42;
const COSINE_SPREAD = 0.08;
/** A conversation's score is its best messages' scores, each next one counting half. */
const CONVERSATION_MESSAGES = 3;
const CONVERSATION_DECAY = 0.5;
/** What a conversation scores whose best messages all score 1. */
const FULL_CONVERSATION = 1.75;

/**
 * Ranks the candidates, best first. Pure. For 100 lexical and 100 vector hits with their neighbours it takes 1 to 2 ms
 * on short turns and about 5 ms on long answers; the time goes with the characters of the lexical hits.
 */
export function fuse(input: FusionInput): ScoredMessage[] {
  const options = input.options ?? DEFAULT_FUSION;
  const candidates = withEvidence(input, options);
  const places = new Map(
    candidates.map((message) => [placeOf(message.conversationId, message.position), message]),
  );
  const evidenceOf = createEvidence({ ...input, candidates }, places, options);
  const ranked = candidates.map((message): ScoredMessage => {
    const meaning = meaningOf(message, places, options.neighbourCosineShare);
    const score =
      evidenceOf(message) + options.cosineWeight * meaning + priorOf(message, input.query, options);
    return {
      id: message.id,
      conversationId: message.conversationId,
      score,
      relevance: relevanceOf(score),
    };
  });
  return ranked.sort((left, right) => right.score - left.score || right.id - left.id);
}

/** Groups ranked messages by conversation, best conversation first. */
export function rankConversations(
  ranked: readonly ScoredMessage[],
  toRelevance: (score: number) => number = relevanceOf,
): ScoredConversation[] {
  const groups = Map.groupBy(ranked, (message) => message.conversationId);
  const conversations = [...groups].map(([conversationId, messages]): ScoredConversation => {
    const score = conversationScore(messages);
    return { conversationId, score, relevance: toRelevance(score / FULL_CONVERSATION), messages };
  });
  return conversations.sort(
    (left, right) => right.score - left.score || right.conversationId - left.conversationId,
  );
}

/**
 * Score to 0..1, strictly rising. On the development sets the best hit of a question about something else entirely has
 * a median of 0.10 (short turns) to 0.34 (long answers), a right first hit 0.89 to 0.96.
 */
export function relevanceOf(score: number): number {
  return 1 / (1 + Math.exp((HALF_RELEVANT_SCORE - score) / SCORE_SPREAD));
}

/** The same for a score without its meaning part, which adds about so much to a good match. */
export function relevanceOfWords(score: number): number {
  return relevanceOf(score + ABSENT_MEANING);
}

/** The same for a bare cosine: sentences on one matter are at 0.5 and more, unrelated ones below 0.2. */
export function relevanceOfMeaning(cosine: number): number {
  return 1 / (1 + Math.exp((HALF_RELEVANT_COSINE - cosine) / COSINE_SPREAD));
}

/** Meaning alone: by cosine, best first. */
export function rankByMeaning(candidates: readonly RankingCandidate[]): ScoredMessage[] {
  return candidates
    .flatMap(({ id, conversationId, cosine }) =>
      cosine === undefined
        ? []
        : [{ id, conversationId, score: cosine, relevance: relevanceOfMeaning(cosine) }],
    )
    .sort((left, right) => right.score - left.score || right.id - left.id);
}

type Places = ReadonlyMap<number, RankingCandidate>;

/** More than any conversation has turns. */
const POSITIONS = 2 ** 24;

/** One number for both, since a text as key takes more time than all the ranking. */
function placeOf(conversationId: number, position: number): number {
  return conversationId * POSITIONS + position;
}

/** Reads the texts that were not read yet. */
function withEvidence(
  { query, candidates }: FusionInput,
  { passageCharacters }: FusionOptions,
): readonly RankingCandidate[] {
  if (candidates.every(({ text }) => text === undefined)) return candidates;
  const stems = query.terms.map((term) => term.stem);
  const read = createTextReader({ stems, passageCharacters });
  return candidates.map((message) =>
    message.text === undefined
      ? message
      : { ...message, evidence: read(message.text, message.name ?? null) },
  );
}

function createEvidence(
  { query, candidates, statistics }: FusionInput,
  places: Places,
  options: FusionOptions,
): (message: RankingCandidate) => number {
  const terms = query.terms.map(({ stem }): WeightedTerm => {
    const containing = statistics.documentFrequency.get(stem) ?? 0;
    return { stem, weight: inverseDocumentFrequency(statistics.messages, containing) };
  });
  const nothing: readonly PassageCounts[] = [undefined];
  const counts = new Map(
    candidates.map(({ id, evidence }): [number, readonly PassageCounts[]] => [
      id,
      evidence === undefined ? nothing : passagesOf(evidence, terms.length),
    ]),
  );
  const passagesAt = (conversationId: number, position: number) => {
    const message = places.get(placeOf(conversationId, position));
    return (message && counts.get(message.id)) ?? nothing;
  };
  return ({ id, conversationId, position }) => {
    const before = [
      ...passagesAt(conversationId, position - 2),
      ...passagesAt(conversationId, position - 1),
    ];
    const after = [
      ...passagesAt(conversationId, position + 1),
      ...passagesAt(conversationId, position + 2),
    ];
    return windowEvidence(terms, { before, own: counts.get(id) ?? nothing, after }, options);
  };
}

function meaningOf(message: RankingCandidate, places: Places, share: number): number {
  const cosineAt = (position: number) =>
    Math.max(0, places.get(placeOf(message.conversationId, position))?.cosine ?? 0);
  return (
    cosineAt(message.position) +
    share * (cosineAt(message.position - 1) + cosineAt(message.position + 1))
  );
}

/** What is known about a message before its words are looked at. */
function priorOf(message: RankingCandidate, query: CleanQuery, options: FusionOptions): number {
  const isInPeriod =
    query.date && message.createdAt !== undefined && isWithin(message.createdAt, query.date);
  const date = isInPeriod ? options.dateBonus : 0;
  if (message.name === undefined) {
    return (
      date + (message.role === (query.asksAssistant ? "assistant" : "user") ? options.roleBonus : 0)
    );
  }
  const isNamed =
    query.speakers.size > 0 && splitWords(message.name).some((word) => query.speakers.has(word));
  const speaker = isNamed ? options.speakerBonus : 0;
  return date + speaker - options.questionPenalty * (message.evidence?.questionShare ?? 0);
}

function conversationScore(messages: readonly ScoredMessage[]): number {
  return messages
    .slice(0, CONVERSATION_MESSAGES)
    .reduce((sum, message, rank) => sum + message.score * CONVERSATION_DECAY ** rank, 0);
}
