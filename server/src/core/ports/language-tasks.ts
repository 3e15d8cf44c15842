import type { Owner } from "../conversations/conversation.ts";

/** Who is asked for, and how long to wait. */
export interface TaskCall {
  owner: Owner;
  /** Work that nobody waits for goes after calls that somebody waits for. */
  background: boolean;
  signal: AbortSignal;
}

/** What did a task: a chat model, or rules without one. */
export interface TaskDone {
  /** The model that served, or `builtin/` and the method. */
  model: string;
  method: "model" | "rules";
}

export interface SummaryOrder {
  /** In the order in which they were said. */
  texts: readonly string[];
  level: "daily" | "weekly" | "monthly" | "brief" | "detailed";
  maxWords?: number;
}

export interface ImportanceScore extends TaskDone {
  /** 1 to 10. */
  score: number;
  reasoning: string;
}

export interface LabelProposal {
  label: string;
  /** 0 to 1. */
  confidence: number;
  reason: string;
}

/** Something that was said to hold: `subject` has `attribute` `value`. */
export interface ExtractedFact {
  subject: string;
  attribute: string;
  value: string;
  /** Place of the text that says so in the order. */
  source: number;
}

/**
 * What memory asks of language models, each with an answer by rules where no chat model is configured. Rejects with
 * SekhaError when a configured model fails; only `score` does not.
 */
export interface LanguageTasks {
  /** Whether a chat model is configured; otherwise rules answer. */
  hasChatModel(): Promise<boolean>;
  summarize(order: SummaryOrder, call: TaskCall): Promise<TaskDone & { summary: string }>;
  /**
   * By rules, too, when a configured model fails: somebody who asks gets a score that says so. What stores scores has to
   * look at `method`, since a model would be asked again.
   */
  score(text: string, call: TaskCall): Promise<ImportanceScore>;
  /** Labels for a text, existing ones before new ones where they fit. */
  labels(
    order: { text: string; existing: readonly string[]; count: number },
    call: TaskCall,
  ): Promise<TaskDone & { labels: LabelProposal[] }>;
  /** Empty without a chat model: rules find no facts. */
  facts(texts: readonly string[], call: TaskCall): Promise<TaskDone & { facts: ExtractedFact[] }>;
}
