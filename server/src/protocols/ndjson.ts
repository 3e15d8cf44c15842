import { FramingError } from "./stream-failure.ts";

/** UTF-16 units, as for server-sent events. */
const MAXIMUM_LINE = 16 * 1024 * 1024;

/**
 * The lines of newline-delimited JSON, not parsed, blank ones left out, from bytes that may be cut anywhere. The last
 * line needs no line feed. Leaving the loop ends the bytes.
 *
 * @throws FramingError when one line is larger than 16 Mi characters.
 */
export async function* parseNdjson(
  bytes: AsyncIterable<Uint8Array>,
): AsyncGenerator<string, void, undefined> {
  const decoder = new TextDecoder();
  let partial = "";
  for await (const piece of bytes) {
    const text = decoder.decode(piece, { stream: true });
    let start = 0;
    for (let end = text.indexOf("\n"); end !== -1; end = text.indexOf("\n", start)) {
      const line = (partial + text.slice(start, end)).trim();
      partial = "";
      start = end + 1;
      if (line !== "") yield line;
    }
    partial += start === 0 ? text : text.slice(start);
    if (partial.length > MAXIMUM_LINE) {
      throw new FramingError("malformed: one line of JSON is larger than 16 MB");
    }
  }
  const last = (partial + decoder.decode()).trim();
  if (last !== "") yield last;
}

/** One value as one line, with its line feed. */
export function ndjsonLine(value: unknown): string {
  return `${JSON.stringify(value)}\n`;
}
