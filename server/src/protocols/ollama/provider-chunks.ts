import { asRecord, asString, asText, type JsonRecord, parseRecord } from "../loose-json.ts";
import type { ChatChunk, ChatDelta } from "../openai/chat.ts";
import { StreamCut } from "../stream-failure.ts";
import {
  finishReasonOf,
  logprobsOf,
  throwReportedError,
  toolCallsOf,
  usageOf,
} from "./answer-parts.ts";

/**
 * Ollama's lines as OpenAI's chunks: deltas, the finish reason, then the usage in a chunk without choices. `created` in
 * seconds.
 *
 * @throws ProtocolErrorEvent for a line with an error, StreamCut when the lines end without `done: true`, FramingError for
 * a line that is no JSON object.
 */
export async function* fromOllamaChunks(
  lines: AsyncIterable<string>,
  options: { id: string; created: number },
): AsyncGenerator<ChatChunk, void, undefined> {
  const translation = new LineTranslation(options);
  for await (const line of lines) {
    const body = parseRecord(line, "a line of Ollama's");
    throwReportedError(body);
    yield* translation.chunks(body);
    if (body.done === true) return;
  }
  throw new StreamCut("Ollama's stream ended before done: true");
}

class LineTranslation {
  readonly #head: Pick<ChatChunk, "id" | "object" | "created" | "model">;
  #started = false;
  #tools = 0;

  constructor(options: { id: string; created: number }) {
    const { id, created } = options;
    this.#head = { id, object: "chat.completion.chunk", created, model: "" };
  }

  chunks(body: JsonRecord): ChatChunk[] {
    this.#head.model = asText(body.model) ?? this.#head.model;
    const delta = this.#delta(asRecord(body.message) ?? {});
    const isEmpty = Object.keys(delta).length === 0;
    const choice = { index: 0, delta, ...logprobsOf(body), finish_reason: null };
    const chunks: ChatChunk[] = isEmpty ? [] : [{ ...this.#head, choices: [choice] }];
    return body.done === true ? [...chunks, ...this.#end(body)] : chunks;
  }

  #delta(message: JsonRecord): ChatDelta {
    const delta: ChatDelta = {};
    if (!this.#started) {
      this.#started = true;
      delta.role = "assistant";
      delta.content = "";
    }
    const content = asText(message.content);
    const thinking = asText(message.thinking);
    const calls = toolCallsOf(message, { id: this.#head.id, first: this.#tools });
    if (content !== undefined) delta.content = content;
    if (thinking !== undefined) delta.reasoning_content = thinking;
    if (calls.length > 0) {
      delta.tool_calls = calls.map((call, at) => ({ index: this.#tools + at, ...call }));
      this.#tools += calls.length;
    }
    return delta;
  }

  #end(body: JsonRecord): ChatChunk[] {
    const finish_reason = finishReasonOf(asString(body.done_reason), this.#tools > 0);
    return [
      { ...this.#head, choices: [{ index: 0, delta: {}, finish_reason }] },
      { ...this.#head, choices: [], usage: usageOf(body) },
    ];
  }
}
