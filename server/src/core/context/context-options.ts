/** What assembly weighs, chosen on the development sets (docs/decisions/context.md; bench/RESULTS.md, context). */
export interface ContextOptions {
  /** Hits asked of the search … */
  depth: number;
  /** … and where the budget is no more than so many tokens. The search gathers half for it (DEPTH there). */
  shallow: { budget: number; depth: number };
  /** Nothing is quoted unless the best candidate is as relevant as this … */
  leastBest: number;
  /** … and nothing that is less relevant than this. */
  leastRelevance: number;
  /** The same for pinned conversations, which somebody wanted kept in mind. */
  leastPinned: number;
  /** How far the conversation's importance (1 to 10) moves the value, at most. */
  importanceShare: number;
  /** What a message of this moment gains; half of it a week later. */
  recencyShare: number;
  pinnedShare: number;
  labelShare: number;
  /** Value is divided by tokens to this power: 0 ranks by value alone, 1 by value per token. */
  tokenExponent: number;
  /** Each message taken of a conversation leaves the next one so much of its value. */
  repetition: number;
  /** So many of the best hits bring the turns before and after them … */
  exchanges: number;
  /** … which gain so much of the hit: those next to it, those two away and so on. */
  turnShares: readonly number[];
  /** What an excerpt is worth of the whole message. */
  excerptShare: number;
  /** Between people, what a turn that asks is worth of one that tells. */
  questionShare: number;
  /** Characters from which a message is quoted by its best passages, and how many those are. */
  longMessage: number;
  excerpt: number;
  /** The share of the budget that is used; the rest is for what other tokenisers count. */
  usedShare: number;
}

export const DEFAULT_CONTEXT: ContextOptions = {
  depth: 100,
  shallow: { budget: 2000, depth: 64 },
  leastBest: 0.2,
  leastRelevance: 0.08,
  leastPinned: 0.04,
  importanceShare: 0.15,
  recencyShare: 0.05,
  pinnedShare: 0.25,
  labelShare: 0.2,
  tokenExponent: 0.3,
  repetition: 0.98,
  exchanges: 10,
  turnShares: [0.25, 0.25, 0.1, 0.1],
  excerptShare: 0.7,
  questionShare: 0.5,
  longMessage: 900,
  excerpt: 400,
  usedShare: 0.85,
};
