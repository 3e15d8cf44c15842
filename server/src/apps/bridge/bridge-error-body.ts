import { ERROR_STATUS, type ErrorCode, type ErrorDetail } from "@sekha/sdk/contract";
import type { SekhaError } from "../../core/errors.ts";
import type { HttpRequest } from "../../http/http-request.ts";
import { GatewayError } from "../../llm/gateway.ts";
import { anthropicError } from "../../protocols/anthropic/error-body.ts";
import type { AnthropicErrorType } from "../../protocols/anthropic/wire.ts";
import { type Face, faceOf } from "./face.ts";
import { attemptToWire, candidateToWire } from "./routing-metadata.ts";

/** The body of a failure in the words of the protocol that was spoken (decisions.md 7). */
export function bridgeErrorBody(
  error: SekhaError,
  requestId: string,
  request: HttpRequest,
): object {
  return failureBody(error, faceOf(request), requestId);
}

export function failureBody(error: SekhaError, face: Face, requestId: string): object {
  switch (face) {
    case "openai":
      return { error: openAiError(error), detail: detailOf(error), request_id: requestId };
    case "anthropic":
      return { ...anthropicError(anthropicType(error.code), error.message), request_id: requestId };
    case "ollama":
      return { error: error.message };
    case "bridge":
      return {
        ...{ detail: detailOf(error), type: error.code },
        ...{ ...trail(error), request_id: requestId },
      };
  }
}

const OPENAI_CODES: Partial<Record<ErrorCode, string>> = {
  unauthorized: "invalid_api_key",
  context_length: "context_length_exceeded",
  content_filtered: "content_filter",
  rate_limited: "rate_limit_exceeded",
};

export interface OpenAiError {
  message: string;
  type: string;
  param: string | null;
  code: string;
  [key: string]: unknown;
}

/** https://platform.openai.com/docs/guides/error-codes */
export function openAiError(error: SekhaError): OpenAiError {
  return {
    message: error.message,
    type: openAiType(error.code),
    param: error.details[0]?.path || null,
    code: OPENAI_CODES[error.code] ?? error.code,
    ...trail(error),
  };
}

function openAiType(code: ErrorCode): string {
  if (code === "rate_limited") return "rate_limit_error";
  if (code === "budget_exceeded") return "insufficient_quota";
  return ERROR_STATUS[code] >= 500 ? "server_error" : "invalid_request_error";
}

const ANTHROPIC_TYPES: Partial<Record<number, AnthropicErrorType>> = {
  401: "authentication_error",
  402: "billing_error",
  403: "permission_error",
  404: "not_found_error",
  413: "request_too_large",
  429: "rate_limit_error",
};

function anthropicType(code: ErrorCode): AnthropicErrorType {
  const status = ERROR_STATUS[code];
  return ANTHROPIC_TYPES[status] ?? (status >= 500 ? "api_error" : "invalid_request_error");
}

/** What was tried and what was left, for programs; the message says it for people. */
function trail(error: SekhaError): object {
  if (!(error instanceof GatewayError)) return {};
  const { attempts, plan } = error;
  return {
    ...(attempts.length === 0 ? {} : { attempts: attempts.map(attemptToWire) }),
    ...(plan === null ? {} : { candidates: plan.candidates.map(candidateToWire) }),
  };
}

/** v1's `{"detail":[{loc, msg, type}]}` where fields are wrong, else the message. */
function detailOf(error: SekhaError): unknown {
  if (error.code !== "validation_failed" || error.details.length === 0) return error.message;
  return error.details.map(detailToWire);
}

function detailToWire({ path, message }: ErrorDetail) {
  const place = path === "" ? [] : path.split(".");
  const missing = message === "is required";
  return {
    loc: ["body", ...place.map((part) => (/^\d+$/.test(part) ? Number(part) : part))],
    msg: missing ? "Field required" : message,
    type: missing ? "missing" : "value_error",
  };
}
