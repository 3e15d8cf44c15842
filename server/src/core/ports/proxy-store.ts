import type { JsonObject, Owner } from "../conversations/conversation.ts";

/** What a frozen block quotes. */
export interface BlockCitation {
  conversationId: string;
  messageId: string;
  label: string;
  folder: string;
  /** ISO 8601. */
  timestamp: string;
}

/** Recalled memory, frozen beside the user turn that caused it. */
export interface FrozenBlock {
  /** "" stands for a turn for which nothing was recalled. */
  text: string;
  tokens: number;
  citations: readonly BlockCitation[];
}

/** A conversation as the proxy knows it. */
export interface ProxyConversation {
  id: string;
  /** Hash of the history that was answered last: what continues the conversation contains it. */
  tip: string;
  /** Its last turns, by which a history is recognised whose beginning is missing; "" with too few. */
  window: string;
  /** Whether anything of it was ever given to memory. */
  isStored: boolean;
  /** Milliseconds since the epoch. */
  touchedAt: number;
}

/** `seen`: not kept yet. `skipped`: said while memory was off, never to be kept. */
export type TurnState = "seen" | "stored" | "skipped";

/** A turn by what comes before it. */
export interface TurnMark {
  /** Of the whole history up to and including this turn. */
  hash: string;
  /** Of this turn and the one before it: it survives a history that is cut at its beginning. */
  pair: string;
}

export interface KnownTurn extends TurnMark {
  state: TurnState;
  /** Under which it was given to memory; null: it was not. */
  messageId: string | null;
  /** Null: nothing was ever recalled for this turn. */
  block: FrozenBlock | null;
  blockId: string | null;
}

export interface NewTurn extends TurnMark {
  state: TurnState;
  messageId: string | null;
  blockId: string | null;
}

/** A message on its way to the controller. */
export interface SpooledMessage {
  id: string;
  role: string;
  name: string | null;
  text: string;
  parts: readonly unknown[] | null;
  /** Milliseconds since the epoch. */
  timestamp: number;
  metadata: JsonObject;
}

/** Messages of one exchange, in order. */
export interface SpoolEntry {
  conversationId: string;
  /** Whether memory does not know the conversation, as far as the proxy can say. */
  isFirst: boolean;
  /** For a conversation that has to be made. */
  folder: string;
  metadata: JsonObject;
  messages: readonly SpooledMessage[];
}

export interface WaitingEntry extends SpoolEntry {
  owner: Owner;
  number: number;
}

/** A conversation found by a history. */
export interface FoundConversation {
  conversation: ProxyConversation;
  /** Place in what was asked for of the last that matched. */
  place: number;
}

/** What the proxy keeps on its own disk: conversations it knows, frozen blocks, turns on their way to the controller. */
export interface ProxyStore {
  conversation(owner: Owner, id: string): Promise<ProxyConversation | null>;
  /** The conversation that shares the most of this history; of several the one whose tip is in it, then the newest. */
  findByHistory(owner: Owner, hashes: readonly string[]): Promise<FoundConversation | null>;
  /** The conversation whose last turns are among these; the latest place counts. */
  findByWindow(owner: Owner, windows: readonly string[]): Promise<FoundConversation | null>;
  /** Turns of a conversation by their hash, or by their pair where the history was cut. */
  turns(
    owner: Owner,
    conversationId: string,
    by: { hashes: readonly string[] } | { pairs: readonly string[] },
  ): Promise<KnownTurn[]>;
  /** Adds a conversation by the turn it begins with here; one that branches off takes the turns of the shared history along. */
  add(
    owner: Owner,
    conversation: { id: string; tip: TurnMark; touchedAt: number },
    branch?: { from: string; hashes: readonly string[] },
  ): Promise<void>;
  /** Freezes what was recalled for a turn and answers what holds: the first that was frozen. */
  freeze(
    owner: Owner,
    frozen: {
      conversationId: string;
      turn: TurnMark;
      blockId: string;
      block: FrozenBlock;
      touchedAt: number;
    },
  ): Promise<FrozenBlock>;
  /** From now on nothing stands beside these turns. */
  dropBlocks(owner: Owner, conversationId: string, hashes: readonly string[]): Promise<void>;
  /** Marks turns that are never to be kept, unless they were. */
  skip(owner: Owner, conversationId: string, turns: readonly TurnMark[]): Promise<void>;
  /** Keeps turns and puts their messages on the way, in one transaction. Resolves when it is safe on disk. */
  spool(
    owner: Owner,
    kept: {
      conversationId: string;
      tip: string;
      window: string;
      touchedAt: number;
      turns: readonly NewTurn[];
      /** Null where nothing is new. */
      entry: SpoolEntry | null;
    },
  ): Promise<void>;
  /** The oldest entry of each conversation that waits, oldest first; none of the owners left out. */
  waiting(options: { limit: number; except: readonly Owner[] }): Promise<WaitingEntry[]>;
  counts(): Promise<{ waiting: number; setAside: number }>;
  /** Removes an entry that was delivered. */
  delivered(number: number): Promise<void>;
  /** Keeps an entry that the controller refuses out of the way of the others. */
  setAside(number: number, reason: string): Promise<void>;
  /** Puts what was set aside on its way again. */
  tryRefusedAgain(): Promise<void>;
  /** Erases conversations here: what was on its way, what is known of them, and all blocks that cite them. */
  forget(owner: Owner, conversationIds: readonly string[]): Promise<void>;
  forgetOwner(owner: Owner): Promise<void>;
  /** Every owner with the conversations that were given to memory or that blocks cite. */
  mentioned(): Promise<{ owner: Owner; conversationIds: string[] }[]>;
  /** Forgets conversations that were not touched since; what waits is kept. */
  expire(before: number): Promise<void>;
  close(): Promise<void>;
}
