import { asCount, asRecord, asRecords, asString, asText, parseRecord } from "../loose-json.ts";
import type { ChatChunk, FinishReason, Usage } from "../openai/chat.ts";
import { argumentText, ToolCallAssembly } from "../openai/tool-call-assembly.ts";
import type { OllamaFigures, OllamaToolCall } from "./wire.ts";

/** The end of an answer; `totalDuration` in nanoseconds, 0 where nobody measured. */
export function figuresOf(
  usage: Usage | null | undefined,
  extra: { totalDuration?: number },
): Required<OllamaFigures> {
  return {
    total_duration: extra.totalDuration ?? 0,
    load_duration: 0,
    prompt_eval_count: asCount(usage?.prompt_tokens),
    prompt_eval_duration: 0,
    eval_count: asCount(usage?.completion_tokens),
    eval_duration: 0,
  };
}

/** Ollama knows two reasons. */
export function doneReason(reason: FinishReason | null | undefined): string {
  return reason === "length" ? "length" : "stop";
}

/** Seconds since the epoch as Ollama writes times. */
export function timestamp(created: number): string {
  return new Date(asCount(created) * 1000).toISOString();
}

/**
 * OpenAI's tool calls as Ollama's.
 *
 * @throws FramingError when the model wrote arguments that are no JSON object.
 */
export function ollamaToolCalls(calls: unknown): OllamaToolCall[] {
  return asRecords(calls).map((call, index) => {
    const { name, arguments: input } = asRecord(call.function) ?? {};
    const id = asText(call.id);
    return {
      ...(id === undefined ? {} : { id }),
      function: {
        index,
        name: asString(name) ?? "",
        arguments: parseRecord(argumentText(input) || "{}", "the arguments of a tool call"),
      },
    };
  });
}

/** What a face of Ollama's passes on of one chunk. */
export interface AnswerPart {
  content: string;
  thinking: string | undefined;
}

/** Reads chunks for a face of Ollama's: texts at once, tool calls, reason and usage at the end. */
export class AnswerReading {
  readonly #toolCalls = new ToolCallAssembly();
  finishReason: FinishReason | undefined;
  usage: Usage | null | undefined;
  model = "";
  createdAt = timestamp(0);

  /** The texts of the chunk's first choice; undefined where it has none. */
  read(chunk: ChatChunk): AnswerPart | undefined {
    this.model = asText(chunk.model) ?? this.model;
    this.createdAt = timestamp(chunk.created);
    this.usage = chunk.usage ?? this.usage;
    const choice = asRecords(chunk.choices).find(({ index }) => (index ?? 0) === 0);
    const delta = asRecord(choice?.delta) ?? {};
    this.finishReason = (asText(choice?.finish_reason) as FinishReason) ?? this.finishReason;
    this.#toolCalls.add(delta.tool_calls);
    const content = asText(delta.content) ?? asText(delta.refusal);
    const thinking = asText(delta.reasoning_content) ?? asText(delta.reasoning);
    if (content === undefined && thinking === undefined) return undefined;
    return { content: content ?? "", thinking };
  }

  /** @throws FramingError when the model wrote arguments that are no JSON object. */
  toolCalls(): OllamaToolCall[] {
    return ollamaToolCalls(this.#toolCalls.calls());
  }
}
