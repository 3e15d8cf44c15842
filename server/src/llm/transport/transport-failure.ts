import errors from "undici/lib/core/errors.js";
import { type FailureCategory, ProviderFailure } from "../failure.ts";
import { type CallTarget, configKey, targetName } from "./call-target.ts";

/** What a refused or broken connection means, by the code of Node's or undici's error. */
const CONNECT_REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: "the connection was refused; is it running there",
  ENOTFOUND: "its host name does not resolve",
  EAI_AGAIN: "its host name does not resolve for now",
  EHOSTUNREACH: "its host cannot be reached",
  ENETUNREACH: "its network cannot be reached",
  ETIMEDOUT: "its host did not answer",
  ECONNRESET: "it closed the connection before it answered",
  EPIPE: "it closed the connection before it answered",
  UND_ERR_SOCKET: "it closed the connection before it answered",
};
const TLS_CODE = /CERT|TLS|SSL|EPROTO|SELF_SIGNED|UNABLE_TO/;

/** The failure of a call whose headers did not come. */
export function connectFailure(error: unknown, target: CallTarget): ProviderFailure {
  const name = targetName(target);
  if (error instanceof errors.ConnectTimeoutError) {
    return failure(
      "timeout",
      `No connection to ${name} in time. Check ${configKey(target, "base_url")} and the network.`,
      error,
    );
  }
  if (error instanceof errors.InvalidArgumentError) {
    // A line break in a key, mostly from a file read into a variable.
    return failure(
      "unauthorized",
      `The headers for ${name} cannot be sent. Check ${configKey(target, "api_key")} and its headers for line breaks and other control characters.`,
      error,
    );
  }
  if (isNotHttp(error)) {
    return failure(
      "malformed",
      `The answer of ${name} is not HTTP. Check ${configKey(target, "base_url")}.`,
      error,
    );
  }
  return failure(
    "connect",
    `Cannot reach ${name}: ${connectReason(error)}. Check ${configKey(target, "base_url")}.`,
    error,
  );
}

export function slowFailure(milliseconds: number, target: CallTarget): ProviderFailure {
  return failure(
    "timeout",
    `No answer from ${targetName(target)} within ${milliseconds / 1000} s. Raise ${configKey(target, "headers_timeout_secs")} if it needs longer.`,
    undefined,
  );
}

/** The failure of a call in the middle of its body. */
export function bodyFailure(error: unknown, target: CallTarget): ProviderFailure {
  const name = targetName(target);
  return isNotHttp(error)
    ? failure("malformed", `The body of the answer of ${name} is not HTTP.`, error)
    : failure("interrupted", `The answer of ${name} broke off before its end.`, error);
}

export function silenceFailure(milliseconds: number, target: CallTarget): ProviderFailure {
  return failure(
    "interrupted",
    `The answer of ${targetName(target)} stood still for ${milliseconds / 1000} s. Raise ${configKey(target, "chunk_timeout_secs")} if that is usual.`,
    undefined,
  );
}

export function oversizeFailure(limit: number, target: CallTarget): ProviderFailure {
  return failure(
    "malformed",
    `The answer of ${targetName(target)} is larger than ${limit / 2 ** 20} MB.`,
    undefined,
  );
}

/** What ends a call from outside: the attempt engine's own failure, such as a timer's, as it is. */
export function abortFailure(reason: unknown, target: CallTarget): ProviderFailure {
  if (reason instanceof ProviderFailure) return reason;
  return failure("aborted", `The call of ${targetName(target)} was ended.`, reason);
}

/**
 * A timer of the attempt engine that ran out before there was a place: nothing is wrong with the provider, so it is not
 * counted against it.
 */
export function queueFailure(reason: unknown, target: CallTarget): ProviderFailure {
  if (!(reason instanceof ProviderFailure) || reason.category !== "timeout") {
    return abortFailure(reason, target);
  }
  return failure(
    "rate_limited",
    `All places of ${targetName(target)} stayed taken. Raise ${configKey(target, "max_concurrency")} if it can do more at a time.`,
    reason,
  );
}

function isNotHttp(error: unknown): boolean {
  return (
    error instanceof errors.HTTPParserError ||
    error instanceof errors.HeadersOverflowError ||
    (error instanceof Error && "code" in error && String(error.code).startsWith("HPE_"))
  );
}

function connectReason(error: unknown): string {
  const code = errorCode(error);
  const known = CONNECT_REASONS[code];
  if (known !== undefined) return known;
  if (TLS_CODE.test(code)) return `its TLS certificate or protocol is not accepted (${code})`;
  return code === "" ? "the connection failed" : `the connection failed (${code})`;
}

function errorCode(error: unknown): string {
  if (!(error instanceof Error)) return "";
  if ("code" in error && typeof error.code === "string") return error.code;
  return error.cause === undefined ? "" : errorCode(error.cause);
}

function failure(category: FailureCategory, message: string, cause: unknown): ProviderFailure {
  return new ProviderFailure(category, message, cause === undefined ? {} : { cause });
}
