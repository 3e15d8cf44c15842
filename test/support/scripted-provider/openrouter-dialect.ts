import type { Answer } from "./answer.ts";
import type { Dialect, ErrorBody, ErrorKind } from "./dialect.ts";
import { CREATED, type Extras, openAiStream, openAiWhole, sseData } from "./openai-dialect.ts";
import { readOpenAiChat } from "./openai-request.ts";
import type { Reply } from "./reply.ts";

const PROVIDER = "Scripted";
const PROCESSING = ": OPENROUTER PROCESSING\n\n";

const EXTRAS: Extras = {
  top: { provider: PROVIDER },
  choice: (finish) => ({ native_finish_reason: finish, logprobs: null }),
  usage: ({ cost }) => ({
    cost,
    is_byok: false,
    cost_details: { upstream_inference_cost: null },
  }),
};

/** OpenAI's format with comments, costs and errors of its own (https://openrouter.ai/docs/api-reference). */
export const openRouterDialect: Dialect = {
  name: "openrouter",
  readChat: readOpenAiChat,
  answer: (reply, stream) => (stream ? streamed(reply) : openAiWhole(reply, EXTRAS)),
  error: openRouterError,
  errorFrame: (model) =>
    sseData({
      id: "gen-scripted",
      object: "chat.completion.chunk",
      created: CREATED,
      model,
      provider: PROVIDER,
      error: { code: 502, message: "Provider disconnected unexpectedly" },
      choices: [
        {
          index: 0,
          delta: { role: "assistant", content: "" },
          finish_reason: "error",
          native_finish_reason: null,
        },
      ],
    }),
};

/** Usage is always in the stream, asked for or not. */
function streamed(reply: Reply): Answer {
  const answer = openAiStream({ ...reply, includeUsage: true }, EXTRAS);
  const comment = { part: "start", text: PROCESSING } as const;
  return { ...answer, frames: [comment, comment, ...answer.frames] };
}

interface Words {
  status: number;
  message: (model: string) => string;
  metadata?: Record<string, unknown>;
}

/** https://openrouter.ai/docs/api-reference/errors */
const WORDS: Record<ErrorKind, Words> = {
  rate_limited: {
    status: 429,
    message: () => "Provider returned error",
    metadata: {
      raw: "the model is temporarily rate-limited upstream. Please retry shortly.",
      provider_name: PROVIDER,
    },
  },
  quota_exceeded: { status: 429, message: () => "Rate limit exceeded: free-models-per-day." },
  server_error: { status: 500, message: () => "Internal Server Error" },
  overloaded: { status: 503, message: () => "No instances available" },
  unauthorized: { status: 401, message: () => "User not found." },
  payment_required: {
    status: 402,
    message: () =>
      "This request requires more credits, or fewer max_tokens. To increase, visit https://openrouter.ai/settings/credits and add more credits",
    metadata: { provider_name: null },
  },
  forbidden: { status: 403, message: () => "Key limit exceeded (total limit)." },
  model_not_found: { status: 404, message: (model) => `No endpoints found for ${model}.` },
  context_length: {
    status: 400,
    message: () =>
      "This endpoint's maximum context length is 8192 tokens. However, you requested about 9000 tokens (8000 of text input, 1000 in the output). Please reduce the length of either one, or use the context-compression plugin to compress your prompt automatically.",
    metadata: { provider_name: null },
  },
  content_filter: {
    status: 403,
    message: () =>
      "The model requires moderation on Scripted. Your input was flagged for violence.",
    metadata: {
      reasons: ["violence"],
      flagged_input: "…",
      provider_name: PROVIDER,
      model_slug: "scripted",
    },
  },
  invalid_request: {
    status: 400,
    message: () => "Invalid input: temperature must be at most 2",
  },
  refuses_prefill: {
    status: 400,
    message: () => "Provider returned error",
    metadata: {
      raw: '{"type":"error","error":{"type":"invalid_request_error","message":"This model does not support assistant message prefill. The conversation must end with a user message."}}',
      provider_name: PROVIDER,
    },
  },
};

function openRouterError(
  kind: ErrorKind,
  { model, message }: { model: string; message?: string },
): ErrorBody {
  const { status, message: words, metadata } = WORDS[kind];
  const error = {
    message: message ?? words(model),
    code: status,
    ...(metadata ? { metadata } : {}),
  };
  return { status, body: { error, user_id: "user_scripted" } };
}
