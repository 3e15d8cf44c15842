import type { Owner } from "../conversations/conversation.ts";
import type { Page, PageOf } from "./conversation-store.ts";
import type { SummarySource } from "./summary-source.ts";

export const SUMMARY_LEVELS = ["daily", "weekly", "monthly"] as const;
export type SummaryLevel = (typeof SUMMARY_LEVELS)[number];

/** `stretch`: notes on a part of a long conversation, of which its summary is made. */
export type StoredLevel = SummaryLevel | "stretch";

export interface Summary {
  id: string;
  /** Null for a summary of what an owner talked about in a day, week or month. */
  conversationId: string | null;
  level: StoredLevel;
  text: string;
  /** Milliseconds since the epoch: from the first message to the last; a period up to its end. */
  since: number;
  until: number;
  /** The model that made it, or `builtin/` and the method. */
  model: string;
  method: "model" | "rules";
  generatedAt: number;
}

/** A summary of a conversation or a stretch of it, as it stands in the store. */
export interface ConversationSummary extends Summary {
  conversationId: string;
  /** Position of its first message, and how many messages there were up to its end; null for one of version 1. */
  from: number | null;
  messages: number | null;
}

/** By id, what a summary was made from: conversations with how many messages of the day, or summaries. */
export type SummarySources = Readonly<Record<string, number>>;

/** A period's summary as far as needed to see whether it is still true. */
export interface PeriodSummary extends Summary {
  conversationId: null;
  /** Null: something it was made from was deleted, and its text with it; it waits to be made again. */
  sources: SummarySources | null;
}

type NewSummary = Omit<Summary, "conversationId">;

/** A conversation's messages of one UTC day. */
export interface ConversationDay {
  conversationId: string;
  label: string;
  /** Start of the day, milliseconds since the epoch. */
  day: number;
  messages: number;
  /** Positions of the day's first and last message. */
  first: number;
  last: number;
}

export interface SummaryFilter {
  level?: SummaryLevel;
  conversationId?: string;
  /** Those that end after and begin before, milliseconds since the epoch. */
  since?: number;
  until?: number;
}

/**
 * Stored summaries. Nothing that was made from deleted messages stays or comes in: deleting a conversation erases its own
 * summaries and empties those of the periods it spoke in, and saving looks whether all sources are still there.
 */
export interface SummaryStore extends SummarySource {
  /** Latest range first; stretches and emptied ones are left out. */
  list(owner: Owner, filter: SummaryFilter, page: Page): Promise<PageOf<Summary>>;
  /** Of one whole conversation. */
  find(
    owner: Owner,
    conversationId: string,
    level: SummaryLevel,
  ): Promise<ConversationSummary | null>;
  /** Of one conversation, first to last. */
  stretches(owner: Owner, conversationId: string): Promise<ConversationSummary[]>;
  /** Replaces the one before of the same part and level. False: the conversation is gone, nothing was written. */
  saveOfConversation(
    owner: Owner,
    summary: NewSummary & { conversationId: string; from: number; messages: number },
  ): Promise<boolean>;
  /** Of an owner, by start, whose start is not before `since`; emptied ones of any age too. */
  periods(owner: Owner, level: SummaryLevel, since: number): Promise<PeriodSummary[]>;
  /** Replaces the one before. False: a source is gone (or archived, of a day), nothing was written. */
  savePeriod(
    owner: Owner,
    summary: NewSummary & { level: SummaryLevel; sources: SummarySources },
  ): Promise<boolean>;
  /** Removes a summary; nothing happens when there is none. */
  remove(owner: Owner, id: string): Promise<void>;
  /**
   * Who spoke on which day, active conversations only, in pages. `cursor` is opaque; null: there is nothing more.
   * Only what was updated since the range began is looked at: nothing is said after a conversation's last update.
   */
  days(
    owner: Owner,
    range: { since: number; until: number },
    page: { limit: number; cursor: string | null },
  ): Promise<{ items: ConversationDay[]; cursor: string | null }>;
  /**
   * Ids of active conversations that need a summary of this level, last updated first: at least so many words or
   * messages, updated from `since` to `quietBefore`, never summarised or grown by a tenth since.
   */
  due(
    owner: Owner,
    wanted: {
      level: SummaryLevel;
      words: number;
      messages: number;
      since: number;
      quietBefore: number;
      limit: number;
    },
  ): Promise<string[]>;
}
