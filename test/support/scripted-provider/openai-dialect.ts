import { type Answer, type Frame, jsonAnswer, sseAnswer } from "./answer.ts";
import type { Dialect } from "./dialect.ts";
import { openAiError } from "./openai-errors.ts";
import { readOpenAiChat } from "./openai-request.ts";
import type { Reply, ReplyUsage } from "./reply.ts";

/** Seconds since the epoch: fixed, so that answers are the same each time. */
export const CREATED = 1_764_072_000;
const ID = "chatcmpl-scripted";

/** What OpenRouter's answers have beyond OpenAI's. */
export interface Extras {
  /** Beside `choices`. */
  top: Record<string, unknown>;
  /** Beside `finish_reason`. */
  choice: (finish: string | null) => Record<string, unknown>;
  usage: (usage: ReplyUsage) => Record<string, unknown>;
}

const OPENAI_EXTRAS: Extras = {
  top: { system_fingerprint: "fp_scripted", service_tier: "default" },
  choice: () => ({ logprobs: null }),
  usage: () => ({}),
};

/** https://platform.openai.com/docs/api-reference/chat */
export const openAiDialect: Dialect = {
  name: "openai",
  readChat: readOpenAiChat,
  answer: (reply, stream) =>
    stream ? openAiStream(reply, OPENAI_EXTRAS) : openAiWhole(reply, OPENAI_EXTRAS),
  error: openAiError,
  errorFrame: (model) => sseData(openAiError("server_error", { model }).body),
};

export function openAiWhole(reply: Reply, extras: Extras): Answer {
  const calls = reply.toolCalls.map((call) => ({
    id: `call_${call.id}`,
    type: "function",
    function: { name: call.name, arguments: JSON.stringify(call.arguments) },
  }));
  return jsonAnswer({
    id: ID,
    object: "chat.completion",
    created: CREATED,
    model: reply.model,
    choices: [
      {
        index: 0,
        message: {
          role: "assistant",
          content: calls.length > 0 ? null : reply.tokens.join(""),
          ...(calls.length > 0 ? { tool_calls: calls } : {}),
          refusal: null,
          annotations: [],
        },
        finish_reason: reply.finish,
        ...extras.choice(reply.finish),
      },
    ],
    usage: usageOf(reply.usage, extras),
    ...extras.top,
  });
}

/** The role first, then a chunk a token, then the reason; the usage, when asked for, in a chunk without choices. */
export function openAiStream(reply: Reply, extras: Extras): Answer {
  const chunk = (delta: Record<string, unknown>, finish: string | null = null) =>
    sseData({
      ...head(reply, extras),
      choices: [{ index: 0, delta, finish_reason: finish, ...extras.choice(finish) }],
      ...(reply.includeUsage ? { usage: null } : {}),
    });
  const frames: Frame[] = [
    { part: "start", text: chunk({ role: "assistant", content: "", refusal: null }) },
  ];
  for (const content of reply.tokens) frames.push({ part: "token", text: chunk({ content }) });
  for (const delta of toolDeltas(reply)) frames.push({ part: "token", text: chunk(delta) });
  frames.push({ part: "finish", text: chunk({}, reply.finish) });
  if (reply.includeUsage) {
    const usage = usageOf(reply.usage, extras);
    frames.push({
      part: "usage",
      text: sseData({ ...head(reply, extras), choices: [], usage }),
    });
  }
  frames.push({ part: "end", text: "data: [DONE]\n\n" });
  return sseAnswer(frames);
}

function head(reply: Reply, extras: Extras) {
  return {
    id: ID,
    object: "chat.completion.chunk",
    created: CREATED,
    model: reply.model,
    ...extras.top,
  };
}

/** Name and id come first, the arguments in pieces after them. */
function toolDeltas(reply: Reply): Record<string, unknown>[] {
  return reply.toolCalls.flatMap((call, index) => {
    const text = JSON.stringify(call.arguments);
    const half = Math.ceil(text.length / 2);
    const first = {
      index,
      id: `call_${call.id}`,
      type: "function",
      function: { name: call.name, arguments: "" },
    };
    const pieces = [text.slice(0, half), text.slice(half)].filter((piece) => piece !== "");
    return [
      { tool_calls: [first] },
      ...pieces.map((piece) => ({ tool_calls: [{ index, function: { arguments: piece } }] })),
    ];
  });
}

function usageOf(usage: ReplyUsage, extras: Extras) {
  return {
    prompt_tokens: usage.prompt,
    completion_tokens: usage.completion,
    total_tokens: usage.prompt + usage.completion,
    prompt_tokens_details: { cached_tokens: usage.cached, audio_tokens: 0 },
    completion_tokens_details: {
      reasoning_tokens: usage.reasoning,
      audio_tokens: 0,
      accepted_prediction_tokens: 0,
      rejected_prediction_tokens: 0,
    },
    ...extras.usage(usage),
  };
}

export function sseData(value: unknown): string {
  return `data: ${JSON.stringify(value)}\n\n`;
}
