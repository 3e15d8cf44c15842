import type { JsonRecord } from "../../server/src/protocols/loose-json.ts";

/** A prompt as a provider got it, in the order in which its cache reads it: tools, system, then each message. */
export function promptBytes({ tools, system, messages }: JsonRecord): Buffer {
  const parts = [tools, system, ...(Array.isArray(messages) ? messages : [])];
  const texts = parts.filter((part) => part !== undefined).map((part) => JSON.stringify(part));
  return Buffer.from(texts.join("\n"));
}

/** How much of a prompt the next one repeats from its beginning, byte by byte: 0 to 1. */
export function repeatedShare(before: Buffer, after: Buffer): number {
  const least = Math.min(before.length, after.length);
  let same = 0;
  while (same < least && before[same] === after[same]) same += 1;
  return before.length === 0 ? 1 : same / before.length;
}
