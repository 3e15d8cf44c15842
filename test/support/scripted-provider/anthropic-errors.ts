import type { ErrorBody, ErrorKind } from "./dialect.ts";

interface Words {
  status: number;
  type: string;
  message: (model: string) => string;
}

/** https://docs.anthropic.com/en/api/errors */
const WORDS: Record<ErrorKind, Words> = {
  rate_limited: {
    status: 429,
    type: "rate_limit_error",
    message: () =>
      "This request would exceed the rate limit for your organization of 50 requests per minute. Please reduce the prompt length or the maximum tokens requested, or try again later.",
  },
  quota_exceeded: {
    status: 400,
    type: "invalid_request_error",
    message: () =>
      "Your credit balance is too low to access the Anthropic API. Please go to Plans & Billing to upgrade or purchase credits.",
  },
  server_error: { status: 500, type: "api_error", message: () => "Internal server error" },
  overloaded: { status: 529, type: "overloaded_error", message: () => "Overloaded" },
  unauthorized: { status: 401, type: "authentication_error", message: () => "invalid x-api-key" },
  payment_required: {
    status: 402,
    type: "billing_error",
    message: () => "There is an issue with your billing or payment information.",
  },
  forbidden: {
    status: 403,
    type: "permission_error",
    message: () => "Your API key does not have permission to use the specified resource.",
  },
  model_not_found: {
    status: 404,
    type: "not_found_error",
    message: (model) => `model: ${model}`,
  },
  context_length: {
    status: 400,
    type: "invalid_request_error",
    message: () => "prompt is too long: 208310 tokens > 200000 maximum",
  },
  content_filter: {
    status: 400,
    type: "invalid_request_error",
    message: () => "Output blocked by content filtering policy",
  },
  invalid_request: {
    status: 400,
    type: "invalid_request_error",
    message: () => "temperature: Input should be less than or equal to 1",
  },
  refuses_prefill: {
    status: 400,
    type: "invalid_request_error",
    message: () =>
      "This model does not support assistant message prefill. The conversation must end with a user message.",
  },
};

export function anthropicError(
  kind: ErrorKind,
  { model, message }: { model: string; message?: string },
): ErrorBody {
  const { status, type, message: words } = WORDS[kind];
  return {
    status,
    body: {
      type: "error",
      error: { type, message: message ?? words(model) },
      request_id: "req_scripted",
    },
  };
}
