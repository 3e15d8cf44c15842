import { FRAME } from "./framing.ts";

const [OPENING = "", NOTE = "", CLOSING = ""] = FRAME.split("\n");
const BEGINNING = `${OPENING}\n${NOTE}\n`;

/**
 * The text without the frames of recalled memory in it, and without the blank lines that parted them from it. Only
 * whole frames as `frameContext` writes them count: no stored text can hold one, and somebody who writes about the tag
 * loses nothing.
 */
export function withoutFrames(text: string): string {
  let rest = text;
  for (let start = rest.indexOf(BEGINNING); start >= 0; start = rest.indexOf(BEGINNING, start)) {
    const end = rest.indexOf(`\n${CLOSING}`, start);
    if (end < 0) return rest;
    const before = rest.slice(0, start);
    const after = rest.slice(end + 1 + CLOSING.length).replace(/^\n{1,2}/, "");
    rest = before + after;
  }
  return rest;
}
