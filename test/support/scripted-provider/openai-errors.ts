import type { ErrorBody, ErrorKind } from "./dialect.ts";

interface Words {
  status: number;
  message: (model: string) => string;
  type: string | null;
  param?: string;
  code: string | null;
}

/** As the API words them (https://platform.openai.com/docs/guides/error-codes); 402 is DeepSeek's. */
const WORDS: Record<ErrorKind, Words> = {
  rate_limited: {
    status: 429,
    message: (model) =>
      `Rate limit reached for ${model} in organization org-scripted on requests per min (RPM): Limit 3, Used 3, Requested 1. Please try again in 1s.`,
    type: "requests",
    code: "rate_limit_exceeded",
  },
  quota_exceeded: {
    status: 429,
    message: () =>
      "You exceeded your current quota, please check your plan and billing details. For more information on this error, read the docs: https://platform.openai.com/docs/guides/error-codes/api-errors.",
    type: "insufficient_quota",
    code: "insufficient_quota",
  },
  server_error: {
    status: 500,
    message: () =>
      "The server had an error while processing your request. Sorry about that! (Please include the request ID req_scripted in your email.)",
    type: "server_error",
    code: null,
  },
  overloaded: {
    status: 503,
    message: () => "The engine is currently overloaded, please try again later.",
    type: "server_error",
    code: null,
  },
  unauthorized: {
    status: 401,
    message: () =>
      "Incorrect API key provided: test-k**. You can find your API key at https://platform.openai.com/account/api-keys.",
    type: "invalid_request_error",
    code: "invalid_api_key",
  },
  payment_required: {
    status: 402,
    message: () => "Insufficient Balance",
    type: "unknown_error",
    code: "invalid_request_error",
  },
  forbidden: {
    status: 403,
    message: () => "Country, region, or territory not supported",
    type: "request_forbidden",
    code: "unsupported_country_region_territory",
  },
  model_not_found: {
    status: 404,
    message: (model) => `The model \`${model}\` does not exist or you do not have access to it.`,
    type: "invalid_request_error",
    code: "model_not_found",
  },
  context_length: {
    status: 400,
    message: () =>
      "This model's maximum context length is 8192 tokens. However, your messages resulted in 9000 tokens. Please reduce the length of the messages.",
    type: "invalid_request_error",
    param: "messages",
    code: "context_length_exceeded",
  },
  content_filter: {
    status: 400,
    message: () =>
      "The response was filtered due to the prompt triggering Azure OpenAI's content management policy. Please modify your prompt and retry.",
    type: null,
    param: "prompt",
    code: "content_filter",
  },
  invalid_request: {
    status: 400,
    message: () => "Invalid value for 'temperature': expected a value of at most 2.",
    type: "invalid_request_error",
    param: "temperature",
    code: "decimal_above_max_value",
  },
  refuses_prefill: {
    status: 400,
    message: () => "The last message must have role 'user' or 'tool', got 'assistant'.",
    type: "invalid_request_error",
    param: "messages",
    code: null,
  },
};

export function openAiError(
  kind: ErrorKind,
  { model, message }: { model: string; message?: string },
): ErrorBody {
  const { status, message: words, type, param = null, code } = WORDS[kind];
  return { status, body: { error: { message: message ?? words(model), type, param, code } } };
}
