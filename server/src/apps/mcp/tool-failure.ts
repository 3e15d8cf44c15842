import { ProtocolError, ProtocolErrorCode } from "@modelcontextprotocol/server";
import { SekhaError as SdkError, SekhaApiError } from "@sekha/sdk";
import { ERROR_STATUS, type ErrorCode } from "@sekha/sdk/contract";
import { isSekhaError, SekhaError } from "../../core/errors.ts";

/** What a model is told of a failure; null for what nobody foresaw, of which the log says more. */
export function failureText(error: unknown): string | null {
  if (error instanceof SekhaApiError) {
    if (error.status === 404) {
      return `${error.message.replace(/\w$/, "$&.")} memory_search finds conversations and their ids.`;
    }
    return withDetails(error.message, error.details);
  }
  if (error instanceof SdkError) return error.message;
  return isSekhaError(error) ? withDetails(error.message, error.details) : null;
}

/** Runs what answers a resource or a prompt; its failures say no more than they should. */
export async function guarded<T>(
  what: string,
  logFailure: (error: unknown, what: string) => void,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof ProtocolError) throw error;
    const known = failureText(error);
    if (known === null) logFailure(error, what);
    const text = known ?? `${what} failed inside Sekha. Its log says more; try again.`;
    throw new ProtocolError(ProtocolErrorCode.InternalError, text);
  }
}

/** The same failure for a caller over HTTP, with the status that the memory answered. */
export function httpFailure(error: unknown): unknown {
  if (error instanceof SekhaApiError) {
    const code = error.code in ERROR_STATUS ? (error.code as ErrorCode) : "unavailable";
    return new SekhaError(code, error.message, { details: [...error.details], cause: error });
  }
  if (error instanceof SdkError) {
    return new SekhaError("unavailable", error.message, { cause: error });
  }
  return error;
}

function withDetails(
  message: string,
  details: readonly { path: string; message: string }[],
): string {
  if (details.length < 2) return message;
  return `${message}\n${details.map((one) => `- ${one.path}: ${one.message}`).join("\n")}`;
}
