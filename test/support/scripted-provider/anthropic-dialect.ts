import { type Answer, type Frame, jsonAnswer, sseAnswer } from "./answer.ts";
import { anthropicError } from "./anthropic-errors.ts";
import { readAnthropicChat } from "./anthropic-request.ts";
import type { Dialect } from "./dialect.ts";
import type { Reply, ReplyUsage } from "./reply.ts";

const ID = "msg_scripted";
const HEADERS = { "request-id": "req_scripted" };

const STOP_REASONS: Record<Reply["finish"], string> = {
  stop: "end_turn",
  length: "max_tokens",
  tool_calls: "tool_use",
  content_filter: "refusal",
};

/** https://docs.anthropic.com/en/api/messages and messages-streaming */
export const anthropicDialect: Dialect = {
  name: "anthropic",
  readChat: readAnthropicChat,
  answer: (reply, stream) => (stream ? streamed(reply) : whole(reply)),
  error: anthropicError,
  errorFrame: (model) => event(anthropicError("overloaded", { model }).body),
};

function whole(reply: Reply): Answer {
  const text = reply.tokens.join("");
  const content = [
    ...(text === "" ? [] : [{ type: "text", text }]),
    ...reply.toolCalls.map(({ id, name, arguments: input }) => ({
      type: "tool_use",
      id: `toolu_${id}`,
      name,
      input,
    })),
  ];
  const body = {
    id: ID,
    type: "message",
    role: "assistant",
    model: reply.model,
    content,
    stop_reason: STOP_REASONS[reply.finish],
    stop_sequence: null,
    usage: usageOf(reply.usage),
  };
  return jsonAnswer(body, { headers: HEADERS });
}

function streamed(reply: Reply): Answer {
  const frames: Frame[] = [{ part: "start", text: event(messageStart(reply)) }];
  if (reply.tokens.length > 0) frames.push(...textBlock(reply.tokens));
  const first = reply.tokens.length > 0 ? 1 : 0;
  reply.toolCalls.forEach((call, at) => {
    frames.push(...toolBlock(call, first + at));
  });
  frames.splice(2, 0, { part: "start", text: event({ type: "ping" }) });
  frames.push({
    part: "finish",
    text: event({
      type: "message_delta",
      delta: { stop_reason: STOP_REASONS[reply.finish], stop_sequence: null },
      usage: { output_tokens: reply.usage.completion },
    }),
  });
  frames.push({ part: "end", text: event({ type: "message_stop" }) });
  return sseAnswer(frames, HEADERS);
}

function messageStart(reply: Reply) {
  return {
    type: "message_start",
    message: {
      id: ID,
      type: "message",
      role: "assistant",
      model: reply.model,
      content: [],
      stop_reason: null,
      stop_sequence: null,
      usage: { ...usageOf(reply.usage), output_tokens: 1 },
    },
  };
}

function textBlock(tokens: readonly string[]): Frame[] {
  const delta = (text: string) =>
    event({ type: "content_block_delta", index: 0, delta: { type: "text_delta", text } });
  const begin = {
    type: "content_block_start",
    index: 0,
    content_block: { type: "text", text: "" },
  };
  return [
    { part: "start", text: event(begin) },
    ...tokens.map((token): Frame => ({ part: "token", text: delta(token) })),
    { part: "finish", text: event({ type: "content_block_stop", index: 0 }) },
  ];
}

function toolBlock(call: Reply["toolCalls"][number], index: number): Frame[] {
  const text = JSON.stringify(call.arguments);
  const half = Math.ceil(text.length / 2);
  const delta = (piece: string): Frame => ({
    part: "token",
    text: event({
      type: "content_block_delta",
      index,
      delta: { type: "input_json_delta", partial_json: piece },
    }),
  });
  const block = { type: "tool_use", id: `toolu_${call.id}`, name: call.name, input: {} };
  return [
    { part: "start", text: event({ type: "content_block_start", index, content_block: block }) },
    delta(""),
    delta(text.slice(0, half)),
    delta(text.slice(half)),
    { part: "finish", text: event({ type: "content_block_stop", index }) },
  ];
}

/** Anthropic's input_tokens leave out what was read from the cache or written to it. */
function usageOf({ prompt, cached, cacheWrite, completion }: ReplyUsage) {
  return {
    input_tokens: prompt - cached - cacheWrite,
    cache_creation_input_tokens: cacheWrite,
    cache_read_input_tokens: cached,
    output_tokens: completion,
    service_tier: "standard",
  };
}

function event(value: unknown): string {
  const { type } = value as { type: string };
  return `event: ${type}\ndata: ${JSON.stringify(value)}\n\n`;
}
