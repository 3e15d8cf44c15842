import { type Importance, scoreImportance } from "../../../core/importance/importance.ts";
import { type Entity, extractEntities } from "./entity-extraction.ts";
import { summarizeByExtraction } from "./extractive-summary.ts";
import { findKeywords, type KeywordLabel } from "./keyword-labels.ts";

export const SUMMARY_LEVELS = ["daily", "weekly", "monthly", "brief", "detailed"] as const;
export type SummaryLevel = (typeof SUMMARY_LEVELS)[number];

export interface WantedSummary {
  level: SummaryLevel;
  maxWords?: number | undefined;
}

const CHARACTERS_PER_WORD = 6;

/**
 * What Sekha can do with a text without any language model. Synchronous, in time that grows with the text's length:
 * about half a second for a megabyte of conversation, a few seconds for one of the worst kind.
 */
export interface BuiltinText {
  /** `maxWords` is kept roughly: sentences stay whole. */
  summarize(messages: readonly string[], wanted: WantedSummary): string;
  labels(text: string, count: number): KeywordLabel[];
  extract(text: string): Entity[];
  score(text: string): Importance;
}

const LENGTHS: Readonly<Record<SummaryLevel, { sentences: number; characters: number }>> = {
  brief: { sentences: 2, characters: 320 },
  daily: { sentences: 5, characters: 900 },
  weekly: { sentences: 7, characters: 1300 },
  monthly: { sentences: 10, characters: 1800 },
  detailed: { sentences: 14, characters: 2800 },
};

export function createBuiltinText(): BuiltinText {
  return {
    summarize: (messages, { level, maxWords = Number.POSITIVE_INFINITY }) => {
      const { sentences, characters } = LENGTHS[level];
      const most = Math.min(characters, maxWords * CHARACTERS_PER_WORD);
      return summarizeByExtraction(messages, { sentences, characters: most });
    },
    labels: findKeywords,
    extract: extractEntities,
    score: scoreImportance,
  };
}
