/** What assembly weighs. Chosen by thought, not yet measured (docs/decisions/context.md). */
export interface ContextOptions {
  /** Hits asked of the search. */
  depth: number;
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
  /** … which are worth so much of the hit. */
  neighbourShare: number;
  /** Characters from which a message is quoted by its best passages, and how many those are. */
  longMessage: number;
  excerpt: number;
  /** The share of the budget that is used; the rest is for what other tokenisers count. */
  usedShare: number;
}

export const DEFAULT_CONTEXT: ContextOptions = {
  depth: 100,
  leastBest: 0.3,
  leastRelevance: 0.08,
  leastPinned: 0.04,
  importanceShare: 0.15,
  recencyShare: 0.15,
  pinnedShare: 0.25,
  labelShare: 0.2,
  tokenExponent: 0.3,
  repetition: 0.98,
  exchanges: 6,
  neighbourShare: 0.25,
  longMessage: 900,
  excerpt: 500,
  usedShare: 0.85,
};
