/** One turn of a prompt, whatever protocol it came in. */
export interface ProxyTurn {
  role: "system" | "user" | "assistant" | "tool";
  /** What is kept and searched; images and other parts are not in it. */
  text: string;
  name: string | null;
  /**
   * The turn as it came, in one canonical spelling, so that two requests that send the same turn give the same string:
   * what a conversation is recognised by.
   */
  canonical: string;
  /** OpenAI content parts, when the turn is more than its text (images); kept as given. */
  parts: readonly unknown[] | null;
}

/** Which halves of memory one request wants (`X-Sekha-Memory`). */
export interface MemoryMode {
  read: boolean;
  write: boolean;
}

export interface MemoryRequest {
  owner: string;
  /** The whole prompt, oldest first. */
  turns: readonly ProxyTurn[];
  mode: MemoryMode;
  /** Named by the client in the body or in `X-Sekha-Conversation`; null: found by the history's prefix. */
  conversationId: string | null;
  folder: string;
  excludedFolders: readonly string[];
  preferredLabels: readonly string[];
  /** Tokens that all blocks of this prompt may take together. */
  contextBudget: number;
  /** Whose tokens the budget counts; null when the client named none. */
  model: string | null;
  signal: AbortSignal;
}

/** Recalled memory, framed as quoted data, that stands beside a turn and stays there. */
export interface MemoryBlock {
  /** Place in the request's turns of the user turn that caused it. */
  turn: number;
  text: string;
}

export interface ContextUse {
  conversationId: string;
  messageId: string;
  label: string;
  folder: string;
  timestamp: string;
}

/** What memory did for one request; `sekha_metadata` tells it to the client. */
export interface MemoryReport {
  /** `off`: not wanted. `none`: nothing relevant. `late` and `unavailable`: the request went on without memory. */
  recall: "off" | "none" | "used" | "late" | "unavailable";
  /** Null where nothing is stored and nothing was before. */
  conversationId: string | null;
  /** Of the newest block. */
  contextUsed: readonly ContextUse[];
  /** Tokens of all blocks together. */
  contextTokens: number;
  /** Whether older blocks had to give way to the budget, so that the prompt's prefix changed. */
  rebuilt: boolean;
  tookMs: number;
  /** Why recall is not at its best, for people; null when it is. */
  note: string | null;
}

export interface AnsweredTurns {
  /** What the model said, tool calls as text included; empty when nothing came. */
  turns: readonly ProxyTurn[];
  /** False: the stream was cut or the client went away; what arrived is kept and marked. */
  complete: boolean;
  /** That served, as the answer named it. */
  model: string | null;
}

export interface PreparedMemory {
  /** To be put into the prompt, by turn, oldest first. */
  blocks: readonly MemoryBlock[];
  report: MemoryReport;
  /** Keeps the request's new turns and the answer. Resolves when they are safe on disk; never rejects; only once. */
  capture(answer: AnsweredTurns): Promise<void>;
}

/** The memory half of the proxy: what to put into a prompt, and what to keep of an exchange. Never throws, never blocks. */
export interface ProxyMemory {
  /** Resolves within the time memory is given, with or without memory. */
  prepare(request: MemoryRequest): Promise<PreparedMemory>;
  /** Turns that wait on disk because the controller could not be reached. */
  waiting(): number;
  /** Turns that the controller refused; they are kept on disk, and the log says why. */
  setAside(): number;
  /**
   * To be called when conversations (or all of an owner) were erased: nothing of them stays on its way or in a block.
   * Where nobody calls it, deletions are noticed at the next user turn and within the hour.
   */
  forget(owner: string, conversationIds: readonly string[] | "all"): Promise<void>;
  close(): Promise<void>;
}
