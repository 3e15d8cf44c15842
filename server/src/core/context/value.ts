import type { ContextOptions } from "./context-options.ts";
import type { ContextCandidate, ValueParts } from "./context-types.ts";

const HALF_LIFE_MS = 7 * 24 * 60 * 60 * 1000;
const NORMAL_IMPORTANCE = 5;

export interface ValueContext {
  /** Milliseconds since the epoch. */
  now: number;
  preferredLabels: ReadonlySet<string>;
  options: ContextOptions;
}

/**
 * Relevance, adjusted. Everything else is a share of it, so that what has nothing to do with the question never wins
 * by being new or important.
 */
export function weigh(candidate: ContextCandidate, context: ValueContext): ValueParts {
  const { relevance, conversation, message } = candidate;
  const { options } = context;
  const age = Math.max(0, context.now - message.timestamp);
  const recency = 2 ** (-age / HALF_LIFE_MS);
  const importance = conversation.importanceScore;
  const preferredLabel = context.preferredLabels.has(conversation.label);
  const adjustment =
    1 +
    (options.importanceShare * (importance - NORMAL_IMPORTANCE)) / NORMAL_IMPORTANCE +
    options.recencyShare * recency +
    (conversation.pinned ? options.pinnedShare : 0) +
    (preferredLabel ? options.labelShare : 0);
  return {
    relevance,
    importance,
    recency,
    pinned: conversation.pinned,
    preferredLabel,
    value: relevance * adjustment,
  };
}
