import type { ChatMessage, ChatRequest, ResponseFormat } from "../../protocols/openai/chat.ts";
import {
  type CallOptions,
  type ChatOutcome,
  type Gateway,
  GatewayError,
  type ServedBy,
} from "../gateway.ts";
import { textsBound } from "../money/tokens.ts";
import { withoutThoughts } from "./json-answer.ts";

export const TASK = "chat_small";

/** Room for an answer, thoughts of reasoning models included. */
const OUTPUT_TOKENS = 4096;
/** Instructions, marks and the frame around messages. */
const PROMPT_TOKENS = 900;
const LEAST_INPUT_TOKENS = 256;
const UNKNOWN_WINDOW = 8192;
const LANES = 4;
const NANO_DOLLARS = 1e9;

interface TaskRunOptions {
  gateway: Gateway;
  call: CallOptions;
  model: string | undefined;
}

/** All model calls of one task: who served them, what they used, and what may still be spent. */
export class TaskRun {
  readonly #gateway: Gateway;
  /** A part that fails ends the work on the others. */
  readonly #failed = new AbortController();
  readonly #call: CallOptions;
  readonly #model: string | undefined;
  /** Tokens of a prompt and of its answer. */
  readonly inputTokens: number;
  readonly #outputTokens: number;
  #served: ServedBy | undefined;
  #tokensUsed = 0;
  #cost: bigint | null = 0n;

  constructor({ gateway, call, model }: TaskRunOptions) {
    this.#gateway = gateway;
    const signal = AbortSignal.any([call.signal, this.#failed.signal]);
    this.#call = { ...call, signal, task: TASK, commit: "complete" };
    this.#model = model;
    const { window, output } = this.#limits();
    this.#outputTokens = Math.min(output, Math.floor(window / 4));
    const room = window - this.#outputTokens - PROMPT_TOKENS;
    this.inputTokens = Math.max(LEAST_INPUT_TOKENS, room);
  }

  /** Of all answers so far; the last one who served stands for all. */
  get account(): { model: string; tokensUsed: number; cost: bigint | null; served?: ServedBy } {
    const served = this.#served;
    return {
      model: served?.modelId ?? "",
      tokensUsed: this.#tokensUsed,
      cost: this.#cost,
      ...(served !== undefined && { served }),
    };
  }

  /**
   * The answer's text. `format` is tried first and left out where the provider refuses it. Throws GatewayError, also for
   * an answer that was cut at its length: half a summary is none.
   */
  async ask(messages: ChatMessage[], format?: ResponseFormat): Promise<string> {
    const outcome = await this.#chat(messages, format);
    this.#book(messages, outcome);
    const [choice] = outcome.body.choices;
    const { content } = choice?.message ?? {};
    const text = typeof content === "string" ? withoutThoughts(content) : "";
    if (choice?.finish_reason === "length") throw unusable("was cut at its longest", outcome);
    if (text === "") throw unusable("is empty", outcome);
    return text;
  }

  /** One after the other where a budget for all of them must hold or nobody waits, else some side by side. */
  async each<Part, Result>(
    parts: readonly Part[],
    work: (part: Part, index: number) => Promise<Result>,
  ): Promise<Result[]> {
    const results: Result[] = [];
    const remaining = parts.entries();
    const lane = async () => {
      for (const [index, part] of remaining) {
        this.#failed.signal.throwIfAborted();
        results[index] = await work(part, index);
      }
    };
    const { maxCost, background } = this.#call;
    const lanes = maxCost === undefined && background !== true ? LANES : 1;
    const running = Array.from({ length: lanes }, async () => {
      try {
        await lane();
      } catch (error) {
        this.#failed.abort(error);
        throw error;
      }
    });
    try {
      await Promise.all(running);
    } finally {
      await Promise.allSettled(running);
    }
    return results;
  }

  #limits(): { window: number; output: number } {
    const plan = this.#gateway.plan({
      task: TASK,
      preferredModel: this.#model,
      requireVision: false,
      requireTools: false,
      requireAudio: false,
      promptTokens: undefined,
      outputTokens: undefined,
      images: 0,
      maxCost: undefined,
      embeddingIdentity: undefined,
      keyId: this.#call.keyId,
    });
    const first = (plan.accepted[0] ?? plan.candidates[0])?.model;
    return {
      window: first?.contextWindow ?? UNKNOWN_WINDOW,
      output: Math.min(OUTPUT_TOKENS, first?.maxOutputTokens ?? OUTPUT_TOKENS),
    };
  }

  async #chat(messages: ChatMessage[], format: ResponseFormat | undefined): Promise<ChatOutcome> {
    const plain: ChatRequest = { messages, max_completion_tokens: this.#outputTokens };
    if (this.#model !== undefined) plain.model = this.#model;
    const options = { ...this.#call, maxCost: this.#remainingCost() };
    if (format === undefined) return await this.#gateway.chat(plain, options);
    try {
      return await this.#gateway.chat({ ...plain, response_format: format }, options);
    } catch (error) {
      // Servers without schemas answer 400; the prompt itself asks for JSON too.
      if (!refusesRequest(error)) throw error;
      return await this.#gateway.chat(plain, options);
    }
  }

  /** US dollars of the caller's limit that are left; an unknown cost has used up nothing that is known. */
  #remainingCost(): number | undefined {
    const { maxCost } = this.#call;
    if (maxCost === undefined) return undefined;
    return Math.max(0, maxCost - Number(this.#cost ?? 0n) / NANO_DOLLARS);
  }

  #book(messages: readonly ChatMessage[], { body, served, usage, cost }: ChatOutcome): void {
    this.#served = served;
    this.#cost = this.#cost === null || cost === null ? null : this.#cost + cost;
    this.#tokensUsed +=
      usage?.total_tokens ??
      textsBound([...messages, ...body.choices.map(({ message }) => message)].map(contentText));
  }
}

function contentText({ content }: ChatMessage): string {
  return typeof content === "string" ? content : "";
}

function refusesRequest(error: unknown): boolean {
  if (!(error instanceof GatewayError)) return false;
  if (error.code === "invalid_request") return true;
  const failures = error.attempts.flatMap(({ failure }) => failure ?? []);
  return (
    failures.length > 0 &&
    failures.every(({ category }) => category === "invalid_request" || category === "unsupported")
  );
}

function unusable(what: string, { served }: ChatOutcome): GatewayError {
  return new GatewayError(
    "providers_unavailable",
    `The answer of ${served.modelId} (${served.providerId}) ${what}. Try again, or name another model.`,
    { attempts: served.attempts },
  );
}
