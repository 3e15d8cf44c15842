import type { Message, Owner } from "../conversations/conversation.ts";

/** Where a suggestion came from. */
export type LabelSource = "near_conversations" | "words" | "model" | "keywords";

export interface LabelSuggestion {
  label: string;
  /** 0 to 1: how often a suggestion that looks like this one is right (docs/decisions/importance.md). */
  confidence: number;
  /** Whether another conversation of this memory has it. */
  isExisting: boolean;
  /** What speaks for it, for a person. */
  reason: string;
  sources: LabelSource[];
}

/** A stored conversation, or messages that are not stored. */
export type LabelSubject =
  | { conversationId: string }
  | { messages: readonly Pick<Message, "role" | "content">[] };

export interface LabelRequest {
  subject: LabelSubject;
  /** At most so many suggestions. */
  count: number;
  signal: AbortSignal;
}

export interface SuggestedLabels {
  /** The surest first. */
  suggestions: LabelSuggestion[];
  /** What could not be asked, and why; null when everything was. */
  degraded: string | null;
}

export interface AutoLabelRequest {
  conversationId: string;
  /** Least confidence, 0 to 1. */
  threshold: number;
  /** Also replaces a label that somebody gave. */
  force: boolean;
  count: number;
  signal: AbortSignal;
}

export interface AutoLabel extends SuggestedLabels {
  conversationId: string;
  /** The label it has now. */
  label: string;
  previousLabel: string;
  applied: boolean;
  /** Why it was or was not. */
  reason: string;
}

/** Labels for conversations. Implemented by LabelSuggestions. */
export interface Labelling {
  suggest(owner: Owner, request: LabelRequest): Promise<SuggestedLabels>;
  auto(owner: Owner, request: AutoLabelRequest): Promise<AutoLabel>;
}
