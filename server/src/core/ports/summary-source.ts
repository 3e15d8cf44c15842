import type { Owner } from "../conversations/conversation.ts";

/** A summary of a conversation or of a stretch of it. */
export interface StoredSummary {
  id: string;
  conversationId: string;
  text: string;
  /** Milliseconds since the epoch: the messages it stands for. */
  since: number;
  until: number;
  /** Of the whole conversation; otherwise of a stretch of a long one. */
  isWhole: boolean;
}

/** Stored summaries, for context assembly. */
export interface SummarySource {
  /** Of each conversation its newest and those of its stretches, in any order. */
  summariesOf(owner: Owner, conversationIds: readonly string[]): Promise<StoredSummary[]>;
}

/** Until summaries are made. */
export const NO_SUMMARIES: SummarySource = { summariesOf: async () => [] };
