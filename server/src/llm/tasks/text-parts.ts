import { GatewayError } from "../gateway.ts";

/** UTF-8 bytes that hold at least one token less than `tokens` (see llm/money/tokens.ts). */
const BYTES_PER_TOKEN = 3;
/** The share of a piece in which a good place to cut is looked for. */
const CUT_ZONE = 0.3;
const CUTS = ["\n\n", "\n", ". ", "。", " "];

/**
 * The messages in order, in as few parts as hold `maxTokens` each (an upper bound). A message that is too long alone is
 * cut between paragraphs, lines, sentences or words. Nothing is left out.
 */
export function splitIntoParts(messages: readonly string[], maxTokens: number): string[][] {
  const maxBytes = maxTokens * BYTES_PER_TOKEN;
  const parts: string[][] = [];
  let open: string[] = [];
  let size = 0;
  for (const piece of messages.flatMap((message) => pieces(message, maxBytes))) {
    const bytes = Buffer.byteLength(piece) + SEPARATOR.length;
    if (open.length > 0 && size + bytes > maxBytes) {
      parts.push(open);
      open = [];
      size = 0;
    }
    open.push(piece);
    size += bytes;
  }
  if (open.length > 0) parts.push(open);
  return parts;
}

const SEPARATOR = "\n\n";

/** A part as one text. */
export function joinedPart(part: readonly string[]): string {
  return part.join(SEPARATOR);
}

function pieces(message: string, maxBytes: number): string[] {
  const room = maxBytes - SEPARATOR.length;
  const found: string[] = [];
  let rest = message;
  while (Buffer.byteLength(rest) > room) {
    const cut = goodCut(rest, lengthWithin(rest, room));
    found.push(rest.slice(0, cut));
    rest = rest.slice(cut);
  }
  return [...found, rest];
}

/** So many UTF-16 units fit; never half a character, and at least one. */
function lengthWithin(text: string, bytes: number): number {
  let length = Math.min(text.length, bytes);
  let size = Buffer.byteLength(text.slice(0, length));
  while (size > bytes && length > 2) {
    length = Math.max(2, Math.min(length - 1, Math.floor((length * bytes) / size)));
    size = Buffer.byteLength(text.slice(0, length));
  }
  const before = text.charCodeAt(length - 1);
  return before >= 0xd800 && before <= 0xdbff && length > 1 ? length - 1 : length;
}

function goodCut(text: string, length: number): number {
  const zone = text.slice(0, length);
  for (const mark of CUTS) {
    const at = zone.lastIndexOf(mark);
    if (at > length * (1 - CUT_ZONE)) return at + mark.length;
  }
  return length;
}

/** Beyond these a task would be hundreds of calls that nobody has asked for. */
const MOST_PARTS = 200;

/** Throws GatewayError `context_length`. */
export function checkPartCount(parts: number, maxTokens: number): void {
  if (parts <= MOST_PARTS) return;
  throw new GatewayError(
    "context_length",
    `The text would take ${parts} calls of ${maxTokens} tokens each; at most ${MOST_PARTS} are made. Send less at once, or name a model with a larger context window.`,
  );
}
