import type { CallOptions, Gateway, ServedBy } from "../gateway.ts";
import { GatewayError } from "../gateway.ts";
import {
  type BuiltinText,
  SUMMARY_LEVELS,
  type SummaryLevel,
} from "../providers/builtin/builtin-text.ts";
import { canonicalTask, standInsFor } from "../registry/tasks.ts";
import { type EntityItem, type EntityLists, entityLists } from "./entity-items.ts";
import { extractByModel } from "./extract-task.ts";
import { factsByModel, type ModelFact } from "./facts-task.ts";
import { labelsByModel, type ModelLabel } from "./labels-task.ts";
import type { LabelsWish } from "./prompts/labels.ts";
import { scoreByModel } from "./score-task.ts";
import { summarizeByModel } from "./summarize-task.ts";
import { TASK, TaskRun } from "./task-run.ts";

/** Who did a task; `served` and `cost` are absent where no model was asked. */
export interface TaskAccount {
  /** The model that served, or `builtin/` and the method. */
  model: string;
  /** The provider's count for all calls; 0 where no model was asked. */
  tokensUsed: number;
  served?: ServedBy;
  /** Nano-US-dollars; null: not known. */
  cost?: bigint | null;
}

export interface SummaryAnswer extends TaskAccount {
  summary: string;
  method: "model" | "extractive";
}

export interface ExtractAnswer extends TaskAccount {
  entities: EntityLists;
  items: EntityItem[];
  method: "model" | "rules";
}

export interface ScoreAnswer extends TaskAccount {
  /** 1.0 to 10.0. */
  score: number;
  reasoning: string;
  method: "model" | "rules";
}

export interface LabelsAnswer extends TaskAccount {
  /** The surest first. */
  labels: ModelLabel[];
  method: "model" | "rules";
}

export interface FactsAnswer extends TaskAccount {
  facts: ModelFact[];
  method: "model" | "rules";
}

const BUILTIN_PREFIX = "builtin/";
/** Names with which clients say that any model will do. */
const ANY_MODEL: ReadonlySet<string> = new Set(["", "auto", "default", "sekha"]);

/**
 * Summaries, entities, importance, labels and facts: by the model of `chat_small` (or the nearest chat task), and by rules, named as
 * such, where no chat model is configured. A model that fails is an error, not a reason to answer with something else;
 * only a score is then given by rules, since v1's clients expect one, and it says so.
 */
export class TextTasks {
  readonly #gateway: Gateway;
  readonly #builtin: BuiltinText;

  constructor({ gateway, builtin }: { gateway: Gateway; builtin: BuiltinText }) {
    this.#gateway = gateway;
    this.#builtin = builtin;
  }

  /** Throws GatewayError: `invalid_request` for an unknown level or nothing to summarize, or what the gateway throws. */
  async summarize(
    request: {
      messages: readonly string[];
      level: string;
      model?: string | undefined;
      maxWords?: number | undefined;
    },
    options: CallOptions,
  ): Promise<SummaryAnswer> {
    const { messages, maxWords } = request;
    const level = summaryLevel(request.level);
    if (messages.every((message) => message.trim() === "")) throw nothingTo("summarize");
    const run = this.#modelRun(request.model, options);
    if (run !== undefined) {
      const summary = await summarizeByModel(run, messages, { level, maxWords });
      return { summary, ...run.account, method: "model" };
    }
    const summary = this.#builtin.summarize(messages, { level, maxWords });
    return { summary, ...byRules("extractive"), method: "extractive" };
  }

  /** Throws GatewayError. */
  async extract(
    { text, model }: { text: string; model?: string | undefined },
    options: CallOptions,
  ): Promise<ExtractAnswer> {
    if (text.trim() === "") throw nothingTo("extract from");
    const run = this.#modelRun(model, options);
    if (run !== undefined) {
      const items = await extractByModel(run, text);
      return { entities: entityLists(items), items, ...run.account, method: "model" };
    }
    const items = this.#builtin.extract(text);
    return { entities: entityLists(items), items, ...byRules("entities"), method: "rules" };
  }

  /** Throws only for nothing to score and when the caller is gone. */
  async score(
    { text, model }: { text: string; model?: string | undefined },
    options: CallOptions,
  ): Promise<ScoreAnswer> {
    if (text.trim() === "") throw nothingTo("score");
    const run = this.#modelRun(model, options);
    if (run === undefined) return this.#scoreByRules(text, "no chat model is configured");
    try {
      const { score, reasoning } = await scoreByModel(run, text);
      return { score, reasoning, ...run.account, method: "model" };
    } catch (error) {
      options.signal.throwIfAborted();
      if (!(error instanceof GatewayError)) throw error;
      const { tokensUsed, cost } = run.account;
      // What the failed tries used is still told.
      return { ...this.#scoreByRules(text, `the model failed: ${error.code}`), tokensUsed, cost };
    }
  }

  /** What a text is to be filed under, existing labels before new ones; keywords without a model. Throws GatewayError. */
  async labels(
    { model, ...wish }: LabelsWish & { model?: string | undefined },
    options: CallOptions,
  ): Promise<LabelsAnswer> {
    if (wish.text.trim() === "") throw nothingTo("label");
    const run = this.#modelRun(model, options);
    if (run !== undefined) {
      const labels = await labelsByModel(run, wish);
      return { labels, ...run.account, method: "model" };
    }
    const labels = keywordLabels(this.#builtin.labels(wish.text, wish.count));
    return { labels, ...byRules("keywords"), method: "rules" };
  }

  /** What the texts state of whom; nothing without a model, since rules find no facts. Throws GatewayError. */
  async facts(
    { texts, model }: { texts: readonly string[]; model?: string | undefined },
    options: CallOptions,
  ): Promise<FactsAnswer> {
    if (texts.every((text) => text.trim() === "")) throw nothingTo("find facts in");
    const run = this.#modelRun(model, options);
    if (run === undefined) return { facts: [], ...byRules("none"), method: "rules" };
    const facts = await factsByModel(run, texts);
    return { facts, ...run.account, method: "model" };
  }

  /** Whether a model can serve these tasks, or this one is there. */
  hasChatModel(named?: string): boolean {
    const tasks = new Set([TASK, ...standInsFor(TASK)]);
    return this.#gateway
      .models()
      .some(
        ({ modelId, tasks: own, dimension }) =>
          own.some((task) => tasks.has(canonicalTask(task))) ||
          (modelId === named && dimension === undefined),
      );
  }

  #scoreByRules(text: string, why: string): ScoreAnswer {
    const { score, reasons } = this.#builtin.score(text);
    const reasoning = `Scored by rules (${why}): ${reasons.join("; ")}.`;
    return { score, reasoning, ...byRules("importance"), method: "rules" };
  }

  /** undefined: rules do it. */
  #modelRun(named: string | undefined, call: CallOptions): TaskRun | undefined {
    const name = named?.trim() ?? "";
    if (name.startsWith(BUILTIN_PREFIX)) return undefined;
    const model = ANY_MODEL.has(name.toLowerCase()) ? undefined : name;
    if (!this.hasChatModel(model)) return undefined;
    return new TaskRun({ gateway: this.#gateway, call, model });
  }
}

function summaryLevel(level: string): SummaryLevel {
  const known = SUMMARY_LEVELS.find((one) => one === level);
  if (known !== undefined) return known;
  throw new GatewayError(
    "invalid_request",
    `Invalid level: ${level}. Must be daily, weekly, monthly, brief, or detailed`,
  );
}

/** How sure a keyword is of being one says nothing of whether somebody would file under it. */
function keywordLabels(found: readonly { text: string; confidence: number }[]): ModelLabel[] {
  return found.map(({ text, confidence }) => ({
    label: text,
    confidence,
    reason: "A keyword of the conversation.",
  }));
}

function nothingTo(verb: string): GatewayError {
  return new GatewayError("invalid_request", `There is nothing to ${verb}: the text is empty.`);
}

function byRules(method: string): TaskAccount {
  return { model: `${BUILTIN_PREFIX}${method}`, tokensUsed: 0 };
}
