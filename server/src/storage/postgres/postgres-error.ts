import { errorMessage, isSekhaError, SekhaError } from "../../core/errors.ts";

/** SQLSTATE codes; see PostgreSQL's appendix "Error Codes". */
const SERIALIZATION_FAILURE = "40001";
const DEADLOCK = "40P01";
const UNIQUE_VIOLATION = "23505";
const QUERY_CANCELED = "57014";
const INSUFFICIENT_PRIVILEGE = "42501";
const READ_ONLY_TRANSACTION = "25006";
const DISK_FULL = "53100";
const INVALID_DATABASE = "3D000";
/** Classes: connection exceptions, the operator stops the server, too many connections. */
const AWAY = /^(?:08|57P|53300)/u;
const REFUSED_LOGIN = /^28/u;

const NETWORK_CODES = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "EPIPE",
  "ETIMEDOUT",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ENOTFOUND",
  "EAI_AGAIN",
]);
/** pg gives these no code. */
const NETWORK_MESSAGE =
  /connection terminated|timeout exceeded when trying to connect|client has encountered a connection error|not queryable|query read timeout/iu;

/** Of pg's pool: no connection became free in time. */
const POOL_IS_FULL = /timeout exceeded when trying to connect/iu;

const RETRY_AFTER_SECONDS = 2;

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "";
}

/** The server rolled the transaction back, and the same may succeed now. */
export function isRepeatable(error: unknown): boolean {
  return [SERIALIZATION_FAILURE, DEADLOCK].includes(codeOf(error));
}

/** Nobody answers, or the server ended the connection: a transaction that was not committed left nothing. */
export function isConnectionLost(error: unknown): boolean {
  if (isSekhaError(error)) return false;
  const code = codeOf(error);
  return NETWORK_CODES.has(code) || AWAY.test(code) || NETWORK_MESSAGE.test(errorMessage(error));
}

/** Row-level security refused a row of another owner. */
export function isForeignRow(error: unknown): boolean {
  return (
    codeOf(error) === INSUFFICIENT_PRIVILEGE && /row-level security/u.test(errorMessage(error))
  );
}

/** Any failure as an error that says what to do. */
export function postgresError(error: unknown, { committing = false } = {}): SekhaError {
  if (isSekhaError(error)) return error;
  const code = codeOf(error);
  const reason = errorMessage(error);
  if (code === UNIQUE_VIOLATION)
    return new SekhaError("conflict", "This exists already.", { cause: error });
  if (code === DISK_FULL) {
    return new SekhaError(
      "storage_full",
      "The database server's disk is full: nothing was stored. Free some space and send it again.",
      { cause: error },
    );
  }
  if (POOL_IS_FULL.test(reason)) {
    return unavailable(
      "Every connection to PostgreSQL was in use for too long. Try again in a moment; if it stays so, raise max_connections.",
      error,
    );
  }
  if (isConnectionLost(error)) {
    const doubt = committing
      ? " It is not known whether this was stored; with an Idempotency-Key it can be sent again safely."
      : "";
    // Whoever asks is told, also before his key was looked up: the server's address is for the log.
    return unavailable(`PostgreSQL cannot be reached.${doubt} Try again in a moment.`, error);
  }
  if (isRepeatable(error) || code === QUERY_CANCELED) {
    return unavailable("The database is busy. Try again in a moment.", error);
  }
  return new SekhaError("internal", explained(code, reason), { cause: error });
}

/** For the start, which only the one who runs Sekha sees: with what the server or the network said. */
export function withReason(error: unknown): unknown {
  if (!isSekhaError(error) || error.cause === undefined) return error;
  const reason = errorMessage(error.cause);
  if (error.message.includes(reason)) return error;
  const { code, message, cause, retryAfterSeconds } = error;
  return new SekhaError(code, `${message} (${reason})`, {
    cause,
    ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
  });
}

function unavailable(message: string, cause: unknown): SekhaError {
  return new SekhaError("unavailable", message, { cause, retryAfterSeconds: RETRY_AFTER_SECONDS });
}

function explained(code: string, reason: string): string {
  if (REFUSED_LOGIN.test(code)) {
    return `PostgreSQL refused the login (${reason}). Check user and password in database_url.`;
  }
  if (code === INVALID_DATABASE) {
    return `PostgreSQL has no such database (${reason}). Create it, or correct database_url.`;
  }
  if (code === INSUFFICIENT_PRIVILEGE) {
    return `PostgreSQL does not allow this (${reason}). The role in database_url has to own Sekha's schema.`;
  }
  if (code === READ_ONLY_TRANSACTION) {
    return "The database takes no writes: database_url names a replica. Name the primary.";
  }
  return `Storage failed: ${reason}`;
}
