import { asRecord, asString, asText, type JsonRecord, parseRecord } from "../loose-json.ts";
import type { ChatChunk, ChatDelta } from "../openai/chat.ts";
import type { ServerSentEvent } from "../sse.ts";
import { StreamCut } from "../stream-failure.ts";
import { errorEvent } from "./provider-message.ts";
import { finishReasonOf } from "./stop-reasons.ts";
import { mergedUsage, usageFromAnthropic } from "./usage.ts";

/**
 * Anthropic's events as OpenAI's chunks: role, deltas, the finish reason, then the usage in a chunk without choices. The
 * last two come only after `message_stop`. `created` in seconds.
 *
 * @throws ProtocolErrorEvent for an `error` event, StreamCut when the events end without `message_stop`, FramingError for
 * an event that is no JSON object.
 */
export async function* fromAnthropicEvents(
  events: AsyncIterable<ServerSentEvent>,
  options: { created: number },
): AsyncGenerator<ChatChunk, void, undefined> {
  const translation = new EventTranslation(options.created);
  for await (const { event, data } of events) {
    if (event === "ping") continue;
    yield* translation.chunks(parseRecord(data, "an event of Anthropic's"), event);
    if (translation.stopped) return;
  }
  throw new StreamCut("Anthropic's stream ended before message_stop");
}

class EventTranslation {
  readonly #head: Pick<ChatChunk, "id" | "object" | "created" | "model">;
  #usage: JsonRecord = {};
  #stopReason: unknown;
  #stopSequence: string | undefined;
  #tools = 0;
  /** The index of the tool call whose block is open; Anthropic's blocks come one after the other. */
  #openTool: { index: number; hasInput: boolean } | undefined;
  /** The thinking of the open block, which goes out with its signature at the block's end. */
  #thinking: { thinking: string; signature: string } | undefined;
  stopped = false;

  constructor(created: number) {
    this.#head = { id: "", object: "chat.completion.chunk", created, model: "" };
  }

  chunks(body: JsonRecord, event: string | undefined): ChatChunk[] {
    switch (asString(body.type) ?? event) {
      case "message_start":
        return [this.#start(asRecord(body.message) ?? {})];
      case "content_block_start":
        return this.#delta(this.#blockStart(asRecord(body.content_block) ?? {}));
      case "content_block_delta":
        return this.#delta(this.#blockDelta(asRecord(body.delta) ?? {}));
      case "content_block_stop":
        return this.#delta(this.#blockStop());
      case "message_delta":
        this.#messageDelta(body);
        return [];
      case "message_stop":
        this.stopped = true;
        return this.#end();
      case "error":
        throw errorEvent(body);
      default:
        return [];
    }
  }

  #start(message: JsonRecord): ChatChunk {
    this.#head.id = asString(message.id) ?? "";
    this.#head.model = asString(message.model) ?? "";
    this.#usage = mergedUsage(this.#usage, message.usage);
    return this.#chunk({ role: "assistant", content: "" });
  }

  #blockStart(block: JsonRecord): ChatDelta | undefined {
    switch (block.type) {
      case "tool_use":
        return this.#toolStart(block);
      case "thinking":
        this.#thinking = { thinking: "", signature: "" };
        return this.#think(block.thinking);
      case "redacted_thinking":
        return { thinking_blocks: [{ type: block.type, data: asString(block.data) ?? "" }] };
      case "text":
        return textDelta("content", block.text);
      default:
        return undefined;
    }
  }

  #toolStart(block: JsonRecord): ChatDelta {
    const input = asRecord(block.input) ?? {};
    // Empty here as a rule, since the input follows in parts; some compatible servers send it whole.
    const text = Object.keys(input).length === 0 ? "" : JSON.stringify(input);
    const call = { name: asString(block.name) ?? "", arguments: text };
    const index = this.#tools;
    this.#tools += 1;
    this.#openTool = { index, hasInput: text !== "" };
    const id = asString(block.id) ?? "";
    return { tool_calls: [{ index, id, type: "function", function: call }] };
  }

  #blockDelta(delta: JsonRecord): ChatDelta | undefined {
    switch (delta.type) {
      case "text_delta":
        return textDelta("content", delta.text);
      case "thinking_delta":
        return this.#think(delta.thinking);
      case "signature_delta":
        if (this.#thinking) this.#thinking.signature += asString(delta.signature) ?? "";
        return undefined;
      case "input_json_delta":
        return this.#toolInput(asText(delta.partial_json));
      default:
        return undefined;
    }
  }

  /** Nothing for a tool of Anthropic's own, which is no call to the client. */
  #toolInput(text: string | undefined): ChatDelta | undefined {
    if (text === undefined || this.#openTool === undefined) return undefined;
    this.#openTool.hasInput = true;
    return { tool_calls: [{ index: this.#openTool.index, function: { arguments: text } }] };
  }

  #think(text: unknown): ChatDelta | undefined {
    if (this.#thinking) this.#thinking.thinking += asString(text) ?? "";
    return textDelta("reasoning_content", text);
  }

  #blockStop(): ChatDelta | undefined {
    const thinking = this.#thinking;
    const tool = this.#openTool;
    this.#thinking = undefined;
    this.#openTool = undefined;
    if (thinking !== undefined && thinking.signature !== "") {
      return { thinking_blocks: [{ type: "thinking", ...thinking }] };
    }
    if (tool === undefined || tool.hasInput) return undefined;
    // A call without arguments has no input parts at all; OpenAI's clients parse what they get.
    return { tool_calls: [{ index: tool.index, function: { arguments: "{}" } }] };
  }

  #messageDelta(body: JsonRecord): void {
    const delta = asRecord(body.delta) ?? {};
    this.#stopReason = delta.stop_reason ?? this.#stopReason;
    this.#stopSequence = asText(delta.stop_sequence) ?? this.#stopSequence;
    this.#usage = mergedUsage(this.#usage, body.usage);
  }

  #end(): ChatChunk[] {
    const stop = this.#stopSequence === undefined ? {} : { stop_reason: this.#stopSequence };
    const finish_reason = finishReasonOf(this.#stopReason);
    const choice = { index: 0, delta: {}, finish_reason, ...stop };
    const usage = usageFromAnthropic(this.#usage);
    const end = { ...this.#head, choices: [choice] };
    return usage === undefined ? [end] : [end, { ...this.#head, choices: [], usage }];
  }

  #delta(delta: ChatDelta | undefined): ChatChunk[] {
    return delta === undefined ? [] : [this.#chunk(delta)];
  }

  #chunk(delta: ChatDelta): ChatChunk {
    return { ...this.#head, choices: [{ index: 0, delta, finish_reason: null }] };
  }
}

function textDelta(field: "content" | "reasoning_content", text: unknown): ChatDelta | undefined {
  return asText(text) === undefined ? undefined : { [field]: text };
}
