import { asNumber, asRecord, asRecords, asText, type JsonRecord } from "../loose-json.ts";
import type { ChatChunk, ChatMessage, ChatResponse, FinishReason, Usage } from "./chat.ts";
import { ToolCallAssembly } from "./tool-call-assembly.ts";

/**
 * Builds the whole answer from its chunks. Texts and lists that this file does not know are joined, of other values the
 * last one stands.
 */
export class ChunkAssembly {
  readonly #choices = new Map<number, ChoiceAssembly>();
  readonly #head = { id: "", created: 0, model: "" };
  readonly #others: JsonRecord = {};
  #usage: Usage | undefined;

  add(chunk: ChatChunk): void {
    const { id, object: _, created, model, choices, usage, ...others } = chunk;
    this.#head.id ||= asText(id) ?? "";
    this.#head.created ||= asNumber(created) ?? 0;
    // The last name stands: a router behind the provider may name the model that served only later.
    this.#head.model = asText(model) ?? this.#head.model;
    Object.assign(this.#others, others);
    if (usage !== undefined && usage !== null) this.#usage = usage;
    for (const choice of asRecords(choices)) {
      this.#choice(asNumber(choice.index) ?? 0).add(choice);
    }
  }

  /** Whether every choice that began has its finish reason, and there is one. */
  get complete(): boolean {
    const choices = [...this.#choices.values()];
    return choices.length > 0 && choices.every((choice) => choice.finished);
  }

  /** What has come so far as a whole answer. */
  response(): ChatResponse {
    const choices = [...this.#choices].sort(([a], [b]) => a - b);
    return {
      ...this.#others,
      ...this.#head,
      object: "chat.completion",
      choices: choices.map(([index, choice]) => choice.choice(index)),
      ...(this.#usage === undefined ? {} : { usage: this.#usage }),
    };
  }

  #choice(index: number): ChoiceAssembly {
    const known = this.#choices.get(index);
    if (known !== undefined) return known;
    const choice = new ChoiceAssembly();
    this.#choices.set(index, choice);
    return choice;
  }
}

class ChoiceAssembly {
  readonly #message: JsonRecord = {};
  readonly #toolCalls = new ToolCallAssembly();
  readonly #others: JsonRecord = {};
  #logprobs: JsonRecord | undefined;
  #finishReason: FinishReason | null = null;

  get finished(): boolean {
    return this.#finishReason !== null;
  }

  add(choice: JsonRecord): void {
    const { index: _, delta, finish_reason, logprobs, ...others } = choice;
    const { role: __, tool_calls, ...fields } = asRecord(delta) ?? {};
    for (const [key, value] of Object.entries(fields)) joinField(this.#message, key, value);
    this.#toolCalls.add(tool_calls);
    Object.assign(this.#others, others);
    const reason = asText(finish_reason);
    if (reason !== undefined) this.#finishReason = reason as FinishReason;
    for (const [key, value] of Object.entries(asRecord(logprobs) ?? {})) {
      this.#logprobs ??= {};
      joinField(this.#logprobs, key, value);
    }
  }

  choice(index: number): ChatResponse["choices"][number] {
    const toolCalls = this.#toolCalls.calls();
    const hasOther = toolCalls !== undefined || typeof this.#message.refusal === "string";
    const message: ChatMessage = {
      ...this.#message,
      role: "assistant",
      content: asText(this.#message.content) ?? (hasOther ? null : ""),
      ...(toolCalls === undefined ? {} : { tool_calls: toolCalls }),
    };
    return {
      ...this.#others,
      index,
      message,
      ...(this.#logprobs === undefined ? {} : { logprobs: this.#logprobs }),
      finish_reason: this.#finishReason,
    };
  }
}

/** Adds a delta's field to what came before it. */
function joinField(target: JsonRecord, key: string, value: unknown): void {
  if (value === null || value === undefined) return;
  const before = target[key];
  if (typeof before === "string" && typeof value === "string") target[key] = before + value;
  else if (Array.isArray(before) && Array.isArray(value)) before.push(...value);
  else target[key] = Array.isArray(value) ? [...value] : value;
}
