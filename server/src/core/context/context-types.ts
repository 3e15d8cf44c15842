import type { Conversation, Message, Owner } from "../conversations/conversation.ts";

/** Where a candidate came from. */
export type ContextSource =
  | "search"
  | "pinned"
  | "label"
  | "conversation"
  | "neighbour"
  | "summary";

export interface ContextRequest {
  query: string;
  /** Tokens that the framed context may take. */
  budget: number;
  preferredLabels: readonly string[];
  /** `/work` leaves out `/work` and everything below it. */
  excludedFolders: readonly string[];
  /** The conversation that goes on; its past is looked at too. */
  conversationId: string | null;
  /** Ids of messages that the prompt holds already. */
  knownMessages: ReadonlySet<string>;
  /** Whose tokens the budget counts. */
  model?: string;
  signal?: AbortSignal;
}

/** A message (or a summary in the shape of one) that may be worth its tokens. */
export interface ContextCandidate {
  message: Message;
  conversation: Conversation;
  /** Calibrated, 0 to 1. */
  relevance: number;
  sources: ReadonlySet<ContextSource>;
}

/** How a candidate's value came about. */
export interface ValueParts {
  relevance: number;
  /** 1 to 10, the conversation's. */
  importance: number;
  /** 1 for now, a half for each week that went by. */
  recency: number;
  pinned: boolean;
  preferredLabel: boolean;
  /** The product: what packing weighs against tokens. */
  value: number;
}

/** One message of the context. */
export interface ContextMessage {
  message: Message;
  conversation: Conversation;
  /** What of it is quoted: all, or its best passages. */
  text: string;
  isExcerpt: boolean;
  isSummary: boolean;
  relevance: number;
  /** Id of the newer message that says otherwise. */
  supersededBy: string | null;
  /** Ids of older messages that this one replaces. */
  supersedes: readonly string[];
}

/** A candidate and what became of it. */
export interface ExplainedCandidate extends ValueParts {
  messageId: string;
  conversationId: string;
  label: string;
  sources: ContextSource[];
  taken: boolean;
  reason: string;
}

export interface AssembledContext {
  /** By conversation, oldest first. */
  messages: ContextMessage[];
  /** The messages as quoted data for a prompt; empty without messages. */
  text: string;
  /** Of the text; never above the budget. */
  tokens: number;
  candidates: ExplainedCandidate[];
  /** Why the search was by words alone, if it had to be. */
  degraded: string | null;
}

/** What a model should know of the memory for a question. Implemented by ContextAssembly. */
export interface ContextAssembler {
  assemble(owner: Owner, request: ContextRequest): Promise<AssembledContext>;
}
