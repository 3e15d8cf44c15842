import { asNumber, asRecord, asRecords, asText, type JsonRecord } from "../loose-json.ts";
import type { ChatChunk, Usage } from "../openai/chat.ts";
import { BlockSequence } from "./block-sequence.ts";
import { anthropicId } from "./face-message.ts";
import { stopReasonOf } from "./stop-reasons.ts";
import { ToolQueue } from "./tool-queue.ts";
import { usageToAnthropic } from "./usage.ts";

export interface AnthropicEvent {
  event: string;
  data: string;
}

/**
 * OpenAI's chunks as Anthropic's events: message_start, blocks one after the other, message_delta with the stop reason
 * and the usage, message_stop. What the chunks throw is thrown on, and nothing after it pretends an end.
 *
 * @throws FramingError when a tool call goes on after its end.
 */
export async function* toAnthropicEvents(
  chunks: AsyncIterable<ChatChunk>,
): AsyncGenerator<AnthropicEvent, void, undefined> {
  const translation = new ChunkTranslation();
  for await (const chunk of chunks) yield* translation.events(chunk).map(asEvent);
  yield* translation.end().map(asEvent);
}

function asEvent(body: JsonRecord): AnthropicEvent {
  return { event: String(body.type), data: JSON.stringify(body) };
}

class ChunkTranslation {
  readonly #blocks = new BlockSequence();
  readonly #tools = new ToolQueue(this.#blocks);
  #started = false;
  #finishReason: unknown;
  #stopSequence: string | undefined;
  #usage: Usage | null | undefined;

  events(chunk: ChatChunk): JsonRecord[] {
    const events = this.#started ? [] : [this.#start(chunk)];
    this.#usage = chunk.usage ?? this.#usage;
    for (const choice of asRecords(chunk.choices)) {
      // Anthropic has one choice.
      if ((asNumber(choice.index) ?? 0) === 0) events.push(...this.#choice(choice));
    }
    return events;
  }

  end(): JsonRecord[] {
    if (!this.#started) return [];
    const events = [...this.#tools.close(), ...this.#blocks.close()];
    const reason = stopReasonOf(this.#finishReason, {
      stopSequence: this.#stopSequence,
      callsTools: this.#tools.used,
    });
    const isSequence = reason === "stop_sequence";
    events.push(
      {
        type: "message_delta",
        delta: {
          stop_reason: reason,
          stop_sequence: isSequence ? this.#stopSequence : null,
        },
        usage: usageToAnthropic(this.#usage),
      },
      { type: "message_stop" },
    );
    return events;
  }

  #start(chunk: ChatChunk): JsonRecord {
    this.#started = true;
    return {
      type: "message_start",
      message: {
        id: anthropicId(chunk.id),
        type: "message",
        role: "assistant",
        model: chunk.model,
        content: [],
        stop_reason: null,
        stop_sequence: null,
        usage: usageToAnthropic(chunk.usage),
      },
    };
  }

  #choice(choice: JsonRecord): JsonRecord[] {
    this.#finishReason = asText(choice.finish_reason) ?? this.#finishReason;
    this.#stopSequence = asText(choice.stop_reason) ?? this.#stopSequence;
    const delta = asRecord(choice.delta) ?? {};
    const events: JsonRecord[] = [];
    const thinking = asText(delta.reasoning_content) ?? asText(delta.reasoning);
    const signed = asRecords(delta.thinking_blocks);
    const text = asText(delta.content) ?? asText(delta.refusal);
    const isOther = thinking !== undefined || signed.length > 0 || text !== undefined;
    if (isOther) events.push(...this.#tools.close());
    if (thinking !== undefined) events.push(...this.#blocks.think(thinking));
    for (const block of signed) events.push(...this.#blocks.sign(block));
    if (text !== undefined) events.push(...this.#blocks.text(text));
    return [...events, ...this.#tools.add(delta.tool_calls)];
  }
}
