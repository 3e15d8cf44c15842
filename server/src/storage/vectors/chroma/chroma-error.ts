import { errorMessage, isSekhaError, SekhaError } from "../../../core/errors.ts";

/** Where a Chroma server is and what it is asked as. */
export interface ChromaTarget {
  url: string;
  authToken?: string | undefined;
  tenant: string;
  database: string;
}

/** The client's own names of what it may throw. */
const RETRYABLE = new Set(["ChromaConnectionError", "ChromaServerError", "ChromaRateLimitError"]);
const REFUSED_TOKEN = new Set(["ChromaAuthError", "ChromaForbiddenError"]);
const REFUSED_REQUEST = new Set([
  ...["ChromaClientError", "ChromaNotFoundError", "ChromaUniqueError", "ChromaValueError"],
  ...["ChromaQuotaExceededError", "InvalidArgumentError", "InvalidCollectionError"],
]);

export function isMissing(error: unknown): boolean {
  return nameOf(error) === "ChromaNotFoundError";
}

export function isTaken(error: unknown): boolean {
  return nameOf(error) === "ChromaUniqueError";
}

export function isRefusedToken(error: unknown): boolean {
  return REFUSED_TOKEN.has(nameOf(error));
}

/** What Chroma refused as it is would be refused again; anything else may pass at the next try. */
export function mayPassLater(error: unknown): boolean {
  const name = nameOf(error);
  if (RETRYABLE.has(name)) return true;
  return !isSekhaError(error) && !isRefusedToken(error) && !REFUSED_REQUEST.has(name);
}

/** What a person reads: who failed, why, what to do. */
export function toSekhaError(error: unknown, target: ChromaTarget, what: string): SekhaError {
  if (isSekhaError(error)) return error;
  const place = placeName(target);
  const name = nameOf(error);
  const say = (message: string) => new SekhaError("unavailable", message, { cause: error });
  if (isRefusedToken(error)) {
    const token = target.authToken === undefined ? "asks for a token" : "refuses the token";
    return say(`${place} ${token} (${what}). Set chroma_auth_token to one it accepts.`);
  }
  if (name === "ChromaConnectionError") {
    return say(`${place} cannot be reached (${what}). Start it, or correct chroma_url.`);
  }
  if (name === "ChromaRateLimitError") return say(`${place} has too much to do (${what}).`);
  if (name === "ChromaServerError") return say(`${place} failed (${what}): ${errorMessage(error)}`);
  if (REFUSED_REQUEST.has(name)) return say(`${place} refused (${what}): ${errorMessage(error)}`);
  return say(
    `${place} answered what cannot be read (${what}): ${errorMessage(error)}. Is chroma_url a ChromaDB server, 1.0 or newer?`,
  );
}

/** Without a password that the address may hold. */
export function placeName({ url }: ChromaTarget): string {
  return `ChromaDB at ${new URL(url).origin}`;
}

export function missingClient(cause: unknown): SekhaError {
  return new SekhaError(
    "unavailable",
    "chroma_url is set, and the client of ChromaDB is not installed: npm install chromadb (beside Sekha), or remove chroma_url.",
    { cause },
  );
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : "";
}
