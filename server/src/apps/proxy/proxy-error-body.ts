import { ERROR_STATUS, type ErrorCode } from "@sekha/sdk/contract";
import type { SekhaError } from "../../core/errors.ts";
import type { HttpRequest } from "../../http/http-request.ts";
import { anthropicError } from "../../protocols/anthropic/error-body.ts";
import type { AnthropicErrorType } from "../../protocols/anthropic/wire.ts";

const ANTHROPIC_PATH = /^\/v1\/messages(?:\/|$)/;
const OLLAMA_PATH = /^\/api\/(?!v1\/|info\/?$)/;

/** The proxy's own failures in the words of the protocol that was spoken; the bridge's pass as they are. */
export function proxyErrorBody(error: SekhaError, requestId: string, request: HttpRequest): object {
  const { pathname } = new URL(request.url);
  if (ANTHROPIC_PATH.test(pathname)) {
    return { ...anthropicError(anthropicType(error.code), error.message), request_id: requestId };
  }
  if (OLLAMA_PATH.test(pathname)) return { error: error.message };
  return {
    error: {
      message: error.message,
      type: openAiType(error.code),
      param: error.details[0]?.path || null,
      code: error.code === "unauthorized" ? "invalid_api_key" : error.code,
    },
    detail: error.message,
    request_id: requestId,
  };
}

/** https://platform.openai.com/docs/guides/error-codes */
function openAiType(code: ErrorCode): string {
  if (code === "rate_limited") return "rate_limit_error";
  return ERROR_STATUS[code] >= 500 ? "server_error" : "invalid_request_error";
}

const ANTHROPIC_TYPES: Partial<Record<number, AnthropicErrorType>> = {
  401: "authentication_error",
  403: "permission_error",
  404: "not_found_error",
  413: "request_too_large",
  429: "rate_limit_error",
};

/** https://docs.anthropic.com/en/api/errors */
function anthropicType(code: ErrorCode): AnthropicErrorType {
  const status = ERROR_STATUS[code];
  return ANTHROPIC_TYPES[status] ?? (status >= 500 ? "api_error" : "invalid_request_error");
}
