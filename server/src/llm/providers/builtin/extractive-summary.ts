import { hasCue, isSmallTalk } from "../../../core/importance/cue-phrases.ts";
import { splitSentences } from "../../../core/text/sentences.ts";
import { spelledLength } from "../../../core/text/spelled-length.ts";
import { contentStems } from "./content-stems.ts";
import { rankBySimilarity, similarity, type TermVector, termVectors } from "./sentence-graph.ts";

export interface SummaryLength {
  sentences: number;
  characters: number;
}

interface Candidate {
  text: string;
  stems: readonly string[];
  message: number;
  /** Place among the sentences of its message. */
  place: number;
}

/** The graph is quadratic in the sentences that enter it. */
const GRAPH_SENTENCES = 300;
/** Each part of a long text sends its best into the graph, so that no part is overlooked. */
const SLICES = 20;
/** Share of relevance against novelty (MMR's λ). */
const RELEVANCE = 0.7;
const SPEAKER = /^(?:user|assistant|system|human|ai|me|you|bot)\s*:\s*/i;

/**
 * A summary made of the conversation's own sentences, in their order: LexRank (G. Erkan and D. Radev, 2004) with priors
 * for place, length and cue phrases, chosen by maximal marginal relevance (J. Carbonell and J. Goldstein, 1998). Any
 * language; no model. Work grows with the text's length, the quadratic part is bounded.
 */
export function summarizeByExtraction(messages: readonly string[], length: SummaryLength): string {
  const all = candidatesOf(messages);
  if (all.length === 0) return beginningOf(messages, length.characters);
  const useful = all.filter(({ text, stems }) => stems.length > 0 && !isSmallTalk(text));
  const pool = preselect(useful.length > 0 ? useful : all);
  const vectors = termVectors(pool.map(({ stems }) => stems));
  const ranks = rankBySimilarity(vectors);
  const lastMessage = messages.length - 1;
  // The root, so that what is said once but plainly matters is not drowned by what everything else resembles.
  const scores = pool.map(
    (candidate, index) => Math.sqrt(ranks[index] ?? 0) * prior(candidate, lastMessage),
  );
  const chosen = chooseDiverse({ pool, vectors, scores }, length);
  return chosen.map((index) => closed(pool[index]?.text ?? "")).join(" ");
}

/** Every sentence once: what is quoted again in an answer counts where it stood first. */
function candidatesOf(messages: readonly string[]): Candidate[] {
  const seen = new Set<string>();
  const found: Candidate[] = [];
  for (const [message, content] of messages.entries()) {
    const sentences = splitSentences(content.replace(SPEAKER, ""));
    for (const [place, text] of sentences.entries()) {
      const stems = contentStems(text);
      const key = stems.length === 0 ? text : stems.join(" ");
      if (seen.has(key)) continue;
      seen.add(key);
      found.push({ text, stems, message, place });
    }
  }
  return found;
}

/** The sentences nearest to what the whole text is about, from every part of it. */
function preselect(candidates: readonly Candidate[]): readonly Candidate[] {
  if (candidates.length <= GRAPH_SENTENCES) return candidates;
  const frequency = new Map<string, number>();
  for (const { stems } of candidates) {
    for (const stem of new Set(stems)) frequency.set(stem, (frequency.get(stem) ?? 0) + 1);
  }
  const corpus = { frequency, sentences: candidates.length };
  const sliceSize = Math.ceil(candidates.length / SLICES);
  const perSlice = GRAPH_SENTENCES / SLICES;
  return Array.from({ length: SLICES }, (_, slice) => {
    const members = candidates.slice(slice * sliceSize, (slice + 1) * sliceSize);
    return members
      .map((candidate, order) => ({ candidate, order, salience: salience(candidate, corpus) }))
      .sort((a, b) => b.salience - a.salience || a.order - b.order)
      .slice(0, perSlice)
      .sort((a, b) => a.order - b.order)
      .map(({ candidate }) => candidate);
  }).flat();
}

/**
 * Nearness to what the text is about: by the root of each word's frequency, and nothing for words that are everywhere.
 * A sentence with a cue phrase must not get lost here.
 */
function salience(
  { text, stems }: Candidate,
  { frequency, sentences }: { frequency: ReadonlyMap<string, number>; sentences: number },
): number {
  const total = stems.reduce((sum, stem) => {
    const count = frequency.get(stem) ?? 1;
    return sum + Math.sqrt(count) * Math.log(sentences / count);
  }, 0);
  return (total / (stems.length + 8)) * lengthPrior(stems.length) * (hasCue(text) ? 3 : 1);
}

function prior(candidate: Candidate, lastMessage: number): number {
  const { text, stems, message, place } = candidate;
  const opensMessage = place === 0 ? 1.15 : 1;
  const framesConversation = message === 0 || message === lastMessage ? 1.15 : 1;
  const asks = /[?？؟]["'”’)]*$/u.test(text) ? 0.7 : 1;
  const cue = hasCue(text) ? 2.2 : 1;
  return opensMessage * framesConversation * asks * cue * lengthPrior(stems.length);
}

function lengthPrior(words: number): number {
  if (words < 3) return 0.3;
  if (words < 5) return 0.8;
  return words <= 30 ? 1 : 0.8;
}

interface Ranked {
  pool: readonly Candidate[];
  vectors: readonly TermVector[];
  scores: readonly number[];
}

/** Indices into the pool, ascending; at least one, however long. */
function chooseDiverse({ pool, vectors, scores }: Ranked, length: SummaryLength): number[] {
  const best = Math.max(...scores);
  const nearest = new Array<number>(pool.length).fill(0);
  const open = new Set(pool.keys());
  const chosen: number[] = [];
  let characters = 0;
  while (chosen.length < length.sentences && open.size > 0) {
    const next = bestOf(open, (index) => {
      const relevance = best === 0 ? 0 : (scores[index] ?? 0) / best;
      return RELEVANCE * relevance - (1 - RELEVANCE) * (nearest[index] ?? 0);
    });
    open.delete(next);
    const size = spelledLength(pool[next]?.text ?? "");
    if (chosen.length > 0 && characters + size > length.characters) continue;
    chosen.push(next);
    characters += size + 1;
    for (const index of open) {
      const near = similarity(vectors[index], vectors[next]);
      nearest[index] = Math.max(nearest[index] ?? 0, near);
    }
  }
  return chosen.sort((a, b) => a - b);
}

function bestOf(open: ReadonlySet<number>, value: (index: number) => number): number {
  let best = -1;
  let highest = Number.NEGATIVE_INFINITY;
  for (const index of open) {
    const current = value(index);
    if (current > highest) {
      highest = current;
      best = index;
    }
  }
  return best;
}

function closed(sentence: string): string {
  if (/[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]$/u.test(sentence))
    return `${sentence}。`;
  return /[\p{L}\p{N}]$/u.test(sentence) ? `${sentence}.` : sentence;
}

/** For what has no sentence at all, such as code alone. */
function beginningOf(messages: readonly string[], characters: number): string {
  const text = messages.find((message) => message.trim() !== "")?.trim() ?? "";
  const whole = [...text.slice(0, characters * 2)];
  return whole.length <= characters ? text : `${whole.slice(0, characters - 1).join("")}…`;
}
