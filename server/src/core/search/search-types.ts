import type { Conversation, Message, MessageFilter } from "../conversations/conversation.ts";

export type SearchMode = "hybrid" | "semantic" | "keyword";

export interface SearchRequest {
  query: string;
  filter: MessageFilter;
  mode: SearchMode;
  limit: number;
  offset: number;
  /** Rank conversations by their messages instead of messages alone. */
  groupByConversation: boolean;
  /** Turns before and after each hit to return with it; 0 for none. */
  neighbours: number;
  /** Leaves out hits below this score (0 to 1). */
  minScore: number;
  /** False: nobody is shown snippets, so none are made. */
  snippets?: false;
  signal?: AbortSignal;
}

export interface RankedMessage {
  message: Message;
  conversation: Conversation;
  /** Calibrated relevance, 0 to 1; 1 is as good as a match gets. */
  score: number;
  snippet: string;
  matched: ("meaning" | "words")[];
  neighbours: Message[];
}

export interface RankedConversation {
  conversation: Conversation;
  score: number;
  /** Best messages, best first, at most 3. */
  hits: RankedMessage[];
}

export interface SearchResult {
  /** Descending by score. When grouped: the hits of the conversations, in their order. */
  hits: RankedMessage[];
  /** Filled when grouping was asked for. */
  conversations: RankedConversation[];
  /** Matches (messages, or conversations when grouped) before limit and offset. */
  total: number;
  /** What was searched in the end. */
  mode: SearchMode;
  /** Why meaning was left out although it was asked for; null when it was not. */
  degraded: string | null;
}

export interface TextSearchRequest {
  query: string;
  filter: MessageFilter;
  limit: number;
  offset: number;
}

export interface TextSearchResult {
  hits: (RankedMessage & { rank: number })[];
  total: number;
}

/** Recall. Implemented by Search in search.ts. */
export interface Recall {
  search(owner: string, request: SearchRequest): Promise<SearchResult>;
  searchText(owner: string, request: TextSearchRequest): Promise<TextSearchResult>;
}
