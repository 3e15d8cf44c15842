import { SekhaError } from "../core/errors.ts";
import { readBytes } from "./body-bytes.ts";
import type { HttpHeaders, HttpRequest } from "./http-request.ts";
import { locateJsonFault } from "./json-fault.ts";

/** Deeper JSON has no use here, and recursive code behind the edge must not meet it. */
const MAXIMUM_DEPTH = 100;

/**
 * The JSON of a request; undefined when it has no body. Rejects with `unsupported_media_type`,
 * `payload_too_large` or `invalid_json`, never with a piece of the content in the message. `anyContentType` is for
 * protocols whose clients name none, such as Ollama's.
 */
export async function readJson(
  request: HttpRequest,
  limit: number,
  options: { anyContentType?: boolean } = {},
): Promise<unknown> {
  return parseJsonBody(await readBytes(request, limit), request, options);
}

/** The same for a body whose bytes were read already and are still needed. */
export function parseJsonBody(
  bytes: Uint8Array,
  { headers }: Pick<HttpRequest, "headers">,
  options: { anyContentType?: boolean } = {},
): unknown {
  if (bytes.byteLength === 0) return undefined;
  if (!options.anyContentType) requireJsonType(headers.get("content-type"));
  if (isDeeperThan(bytes, MAXIMUM_DEPTH)) {
    throw unreadable(
      headers,
      `The JSON is nested deeper than ${MAXIMUM_DEPTH} levels. Send a flatter body.`,
    );
  }
  const text = decode(bytes, headers);
  try {
    return JSON.parse(text);
  } catch {
    // The fault is located anew: V8's message repeats the content.
    const fault = locateJsonFault(text);
    throw unreadable(
      headers,
      fault === null
        ? "The body is not valid JSON."
        : `The body is not valid JSON at line ${fault.line}, column ${fault.column}: ${fault.problem}.`,
    );
  }
}

function requireJsonType(header: string | null): void {
  const type = (header ?? "").split(";")[0]?.trim().toLowerCase() ?? "";
  if (type === "" || type === "application/json" || type === "text/json") return;
  if (type.endsWith("+json")) return;
  throw new SekhaError(
    "unsupported_media_type",
    "This route reads JSON. Send it with the header Content-Type: application/json.",
  );
}

/** Making one costs more than a small body. */
const UTF8 = new TextDecoder("utf-8", { fatal: true });

function decode(bytes: Uint8Array, headers: HttpHeaders): string {
  try {
    return UTF8.decode(bytes);
  } catch {
    // V8 says no more than that.
    throw unreadable(headers, "The body is not valid UTF-8. Encode it as UTF-8.");
  }
}

/** Compressed bodies are not unpacked: what is wrong with one is not its JSON. */
function unreadable(headers: HttpHeaders, message: string): SekhaError {
  const encoding = headers.get("content-encoding")?.trim().toLowerCase() ?? "";
  if (encoding === "" || encoding === "identity") return new SekhaError("invalid_json", message);
  return new SekhaError(
    "unsupported_media_type",
    "The body is compressed (Content-Encoding), which is not read here. Send it as it is.",
  );
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

/** Counts brackets outside strings; all that matters is ASCII, so bytes do. */
function isDeeperThan(bytes: Uint8Array, maximum: number): boolean {
  let depth = 0;
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at];
    if (byte === QUOTE) at = endOfString(bytes, at);
    else if (byte === OPEN_LIST || byte === OPEN_OBJECT) depth += 1;
    else if (byte === CLOSE_LIST || byte === CLOSE_OBJECT) depth -= 1;
    if (depth > maximum) return true;
  }
  return false;
}

/** Searches natively: an image of megabytes is one string. */
function endOfString(bytes: Uint8Array, start: number): number {
  let at = bytes.indexOf(QUOTE, start + 1);
  while (at !== -1 && isEscaped(bytes, at, start)) at = bytes.indexOf(QUOTE, at + 1);
  return at === -1 ? bytes.length : at;
}

/** Whether an odd number of backslashes stands before the quote. */
function isEscaped(bytes: Uint8Array, at: number, start: number): boolean {
  let before = at - 1;
  while (before > start && bytes[before] === BACKSLASH) before -= 1;
  return (at - 1 - before) % 2 === 1;
}
