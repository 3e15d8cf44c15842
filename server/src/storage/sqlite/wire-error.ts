import { isSekhaError, SekhaError } from "../../core/errors.ts";
import { storageError } from "./storage-error.ts";
import type { WireError } from "./worker-protocol.ts";

/** Anything thrown in a worker, as it crosses to the main thread. */
export function toWireError(error: unknown): WireError {
  const known = isSekhaError(error) ? error : storageError(error);
  const { code, message, details, retryAfterSeconds } = known;
  return {
    code,
    message,
    details,
    ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
  };
}

export function fromWireError({ code, message, ...options }: WireError): SekhaError {
  return new SekhaError(code, message, options);
}
