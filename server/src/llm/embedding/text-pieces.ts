/** A stretch of a text; offsets in UTF-16 units. */
export interface TextPiece {
  start: number;
  end: number;
}

/** Longest stretch looked back for a place between words. */
const LOOK_BACK = 120;

/**
 * Cuts a text into overlapping pieces of at most so many UTF-8 bytes, between words where there are any. Together they
 * cover all of it; blank ones are left out.
 */
export function piecesOf(
  text: string,
  { bytes, overlap }: { bytes: number; overlap: number },
): TextPiece[] {
  const pieces: TextPiece[] = [];
  let start = 0;
  while (start < text.length) {
    const reach = reachOf(text, start, bytes);
    const end = reach >= text.length ? text.length : betweenWords(text, start, reach);
    if (text.slice(start, end).trim() !== "") pieces.push({ start, end });
    if (end >= text.length) break;
    const back = Math.floor((end - start) * overlap);
    start = Math.max(start + 1, wholeCharacter(text, betweenWords(text, start + 1, end - back)));
  }
  return pieces;
}

/** How far so many bytes reach; never into the middle of a character, and at least one character. */
function reachOf(text: string, start: number, bytes: number): number {
  let left = bytes;
  let at = start;
  while (at < text.length) {
    const code = text.codePointAt(at) ?? 0;
    const size = encodedSize(code);
    if (size > left && at > start) break;
    left -= size;
    at += code < 0x1_0000 ? 1 : 2;
  }
  return at;
}

/** UTF-8 bytes of a code point. */
function encodedSize(code: number): number {
  if (code < 0x80) return 1;
  if (code < 0x800) return 2;
  return code < 0x1_0000 ? 3 : 4;
}

function betweenWords(text: string, from: number, to: number): number {
  const least = Math.max(from, to - LOOK_BACK);
  for (let at = to; at > least; at -= 1) {
    if (/\s/.test(text[at - 1] ?? "")) return at;
  }
  return wholeCharacter(text, to);
}

function wholeCharacter(text: string, at: number): number {
  const code = text.charCodeAt(at);
  return code >= 0xdc00 && code <= 0xdfff ? at - 1 : at;
}
