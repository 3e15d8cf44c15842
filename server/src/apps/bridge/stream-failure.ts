import type { SekhaError } from "../../core/errors.ts";
import { publicError } from "../../http/error-response.ts";
import type { HttpLogger } from "../../http/http-logger.ts";

/** Writes the failure of a stream that has begun, in its protocol's words. */
export interface StreamFailures {
  /** undefined: nobody is there to read it. */
  textOf(error: unknown, write: (shown: SekhaError) => string): string | undefined;
}

/** What a failure is for the caller; what is no error of ours is logged under the request's id. */
export function streamFailures({
  requestId,
  signal,
  logger,
}: {
  requestId: string;
  signal: AbortSignal;
  logger: HttpLogger;
}): StreamFailures {
  return {
    textOf: (error, write) => {
      if (signal.aborted) return undefined;
      const shown = publicError(error, requestId);
      if (shown.code === "internal") logger.error({ err: error, requestId }, "stream failed");
      else logger.info({ requestId, code: shown.code }, "stream broke off");
      return write(shown);
    },
  };
}
