import stringWidth from "string-width";

const ELLIPSIS = "…";
/** Would move the cursor, recolour the terminal or turn the reading direction of what follows. */
const UNSAFE = /[\p{Cc}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;
const segmenter = new Intl.Segmenter(undefined, { granularity: "grapheme" });

/** Stored text that is safe to print: line breaks and tabs stay, other control characters go. */
export function safeText(text: string): string {
  return text
    .replace(/\r\n?/g, "\n")
    .replace(UNSAFE, (character) => (character === "\n" || character === "\t" ? character : ""));
}

/** The same as one line. */
export function safeLine(text: string): string {
  return safeText(text).replace(/\s+/g, " ").trim();
}

/** Columns the text takes on a terminal. */
export function widthOf(text: string): number {
  return stringWidth(text);
}

/** At most so many columns, with an ellipsis where something was cut. */
export function fitText(text: string, columns: number): string {
  if (widthOf(text) <= columns) return text;
  if (columns <= 0) return "";
  return `${cut(text, columns - 1)}${ELLIPSIS}`;
}

/** Exactly so many columns. */
export function padText(text: string, columns: number, align: "left" | "right" = "left"): string {
  const space = " ".repeat(Math.max(0, columns - widthOf(text)));
  return align === "left" ? text + space : space + text;
}

/** Lines of at most so many columns, broken between words where there is a space. */
export function wrapText(text: string, columns: number): string[] {
  return text.split("\n").flatMap((paragraph) => wrapParagraph(paragraph, columns));
}

function wrapParagraph(paragraph: string, columns: number): string[] {
  if (widthOf(paragraph) <= columns) return [paragraph];
  const lines: string[] = [];
  let line = "";
  for (const word of paragraph.split(" ")) {
    const longer = line === "" ? word : `${line} ${word}`;
    if (widthOf(longer) <= columns) {
      line = longer;
      continue;
    }
    if (line !== "") lines.push(line);
    const pieces = breakWord(word, columns);
    line = pieces.pop() ?? "";
    for (const piece of pieces) lines.push(piece);
  }
  return [...lines, line];
}

/** A word that is wider than the line, as a web address or text without spaces is; in one pass. */
function breakWord(word: string, columns: number): string[] {
  if (widthOf(word) <= columns) return [word];
  const pieces: string[] = [];
  let piece = "";
  let used = 0;
  for (const { segment } of segmenter.segment(word)) {
    const width = widthOf(segment);
    // One character even where it is too wide, so that this ends.
    if (piece !== "" && used + width > columns) {
      pieces.push(piece);
      piece = "";
      used = 0;
    }
    piece += segment;
    used += width;
  }
  return [...pieces, piece];
}

/** The longest beginning within the columns, whole characters only. */
function cut(text: string, columns: number): string {
  let result = "";
  let used = 0;
  for (const { segment } of segmenter.segment(text)) {
    used += widthOf(segment);
    if (used > columns) break;
    result += segment;
  }
  return result;
}
