import type { Conversation, Message, MessageFilter, Owner } from "../conversations/conversation.ts";
import type { TermCounting, TextEvidence } from "../search/text-evidence.ts";

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
  /** How many messages there are, and how many hold each word of a `words` query. */
  statistics: { messages: number; frequencies: Record<string, number> };
  /** The hits and the turns around them, where they were asked for and the store reads them along. */
  candidates?: CandidateMessage[];
}

/** What to read along with the hits of a full-text search, which spares a second call. */
export interface TextGathering {
  /** So many of the best hits bring along the turns within `radius` positions. */
  expand: number;
  radius: number;
  /** What ranking counts in the hits' texts. */
  counting: TermCounting;
}

export interface TextSearchOptions {
  filter: MessageFilter;
  limit: number;
  gather?: TextGathering;
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

/** A message that may be an answer, for ranking. */
export interface CandidateMessage extends MessageBrief {
  /** Given for the messages it was asked for, unless what it holds was counted instead. */
  text: string | null;
  evidence?: TextEvidence;
}

export interface CandidateRequest {
  /** Hits of any kind; those deleted, of another owner or outside the filter are left out. */
  hits: MessageSequence[];
  /** Of these hits the text comes along. */
  withText: MessageSequence[];
  /** Of these hits the turns within `radius` positions are candidates too, where they pass the filter. */
  expand: MessageSequence[];
  radius: number;
  filter: MessageFilter;
  /** What to count in those texts. A store may send the texts instead, or the counts alone, which is faster. */
  counting?: TermCounting;
}

/** A message in full with the conversation it stands in. */
export interface FoundMessage {
  sequence: MessageSequence;
  message: Message;
  conversation: Conversation;
}

/** Recall by word and everything that turns hits into answers. */
export interface MessageIndex {
  searchText(owner: Owner, query: TextQuery, options: TextSearchOptions): Promise<TextHits>;
  /** Only those that exist, belong to the owner and pass the filter, in no order. */
  briefs(owner: Owner, messages: MessageSequence[], filter: MessageFilter): Promise<MessageBrief[]>;
  /** The turns within `radius` positions of each message, itself included. */
  neighbours(owner: Owner, messages: MessageSequence[], radius: number): Promise<MessageBrief[]>;
  /** The hits that hold good and the turns around them, each once, in no order. */
  candidates(owner: Owner, request: CandidateRequest): Promise<CandidateMessage[]>;
  /** The names of speakers that occur in the owner's messages, at most some thousands. */
  speakers(owner: Owner): Promise<string[]>;
  /** In the order asked for; missing ones are left out. */
  hydrate(owner: Owner, messages: MessageSequence[]): Promise<FoundMessage[]>;
  /** The full turns around one message, oldest first, itself left out. */
  around(owner: Owner, message: MessageSequence, radius: number): Promise<Message[]>;
}
