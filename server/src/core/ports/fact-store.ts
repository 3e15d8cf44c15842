import type { Owner } from "../conversations/conversation.ts";
import type { Page, PageOf } from "./conversation-store.ts";

/** What a message says to hold: `subject` has `attribute` `value`. */
export interface MessageFact {
  messageId: string;
  subject: string;
  attribute: string;
  value: string;
}

export interface Fact extends MessageFact {
  conversationId: string;
  /** When the message was said, milliseconds since the epoch. */
  saidAt: number;
  /** The model that found it. */
  model: string;
}

export interface FactFilter {
  /** Case and punctuation make no difference. */
  subject?: string;
  conversationId?: string;
}

/** A conversation with messages that were not read for facts. */
export interface UnreadConversation {
  owner: Owner;
  id: string;
  messageCount: number;
  /** So many messages from its beginning were read. */
  read: number;
}

export interface ReadFacts {
  /** The messages from this position up to that one were read. */
  from: number;
  to: number;
  model: string;
  facts: readonly MessageFact[];
}

/** Facts of messages, for context assembly. */
export interface FactSource {
  /** In any order; messages of others and unknown ones have none. */
  factsOf(owner: Owner, messageIds: readonly string[]): Promise<MessageFact[]>;
}

/** Where no facts are extracted. */
export const NO_FACTS: FactSource = { factsOf: async () => [] };

/** Facts that models extracted. Each belongs to a message and is erased with it. */
export interface FactStore extends FactSource {
  /** Latest said first. */
  list(owner: Owner, filter: FactFilter, page: Page): Promise<PageOf<Fact>>;
  /**
   * Of every owner, the last updated first: active conversations that have unread messages and were last updated at
   * `quietBefore` (milliseconds since the epoch) or earlier. What is left to do stands in the rows.
   */
  unread(quietBefore: number, limit: number): Promise<UnreadConversation[]>;
  /** Stores them and notes what was read. False: the conversation is gone or was read on meanwhile, nothing was written. */
  save(owner: Owner, conversationId: string, read: ReadFacts): Promise<boolean>;
}
