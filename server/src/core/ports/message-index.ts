import type { Conversation, Message, MessageFilter, Owner } from "../conversations/conversation.ts";

/** The store's own number of a message: dense, ascending in the order of storing. */
export type MessageSequence = number;
export type ConversationSequence = number;

/**
 * A full-text query. `words` are ORed and ranked; `expression` is the user's own boolean
 * syntax (AND, OR, NOT, "phrases", prefix*) and falls back to words when it does not parse.
 */
export type TextQuery =
  | { kind: "words"; words: string[] }
  | { kind: "expression"; expression: string };

export interface TextHit {
  message: MessageSequence;
  /** BM25, higher is better, unbounded. */
  score: number;
}

export interface TextHits {
  hits: TextHit[];
  /** All matches, not only those returned. */
  total: number;
  /** Query words left out because they occur nearly everywhere. */
  dropped: string[];
}

/** What ranking needs to know of a message, without its text. */
export interface MessageBrief {
  message: MessageSequence;
  conversation: ConversationSequence;
  position: number;
  role: string;
  name: string | null;
  /** Milliseconds since the epoch. */
  timestamp: number;
  /** Characters of text. */
  length: number;
}

/** A message in full with the conversation it stands in. */
export interface FoundMessage {
  sequence: MessageSequence;
  message: Message;
  conversation: Conversation;
}

/** Recall by word and everything that turns hits into answers. */
export interface MessageIndex {
  searchText(
    owner: Owner,
    query: TextQuery,
    options: { filter: MessageFilter; limit: number },
  ): Promise<TextHits>;
  /** Only those that exist, belong to the owner and pass the filter, in no order. */
  briefs(owner: Owner, messages: MessageSequence[], filter: MessageFilter): Promise<MessageBrief[]>;
  /** The turns within `radius` positions of each message, itself included. */
  neighbours(owner: Owner, messages: MessageSequence[], radius: number): Promise<MessageBrief[]>;
  /** In the order asked for; missing ones are left out. */
  hydrate(owner: Owner, messages: MessageSequence[]): Promise<FoundMessage[]>;
  /** The full turns around one message, oldest first, itself left out. */
  around(owner: Owner, message: MessageSequence, radius: number): Promise<Message[]>;
}
