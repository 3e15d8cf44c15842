import { fencedLines } from "../transfer/code-fence.ts";

/** Longer ones are cut: a text without punctuation would be one sentence. */
const MAXIMUM_LENGTH = 400;
/** A shorter line that ends without punctuation is a sentence of its own; a longer one was wrapped. */
const WRAPPED_LINE = 60;

const MARKERS = /^\s{0,40}(?:#{1,6}\s+|>\s?|(?:[-*+•]|\d{1,3}[.)])\s+(?:\[[ xX]\]\s+)?)+/;
const TABLE_OR_RULE = /^\s*(?:\||[-=*_]{3,}\s*$)/;
/** After these marks a sentence ends when white space and no small letter follows; CJK's and Indic's end it at once. */
const ENDS = /[.!?…؟۔]{1,8}["'”’»)\]]{0,3}(?=\s+(?!\p{Ll}))|[。！？｡।॥][”」』）]{0,3}/gu;
/** A dot after these ends nothing: initials, titles, common abbreviations of a few languages. */
const ABBREVIATION =
  /(?:^|[\s(])(?:\p{Lu}|\p{L}\.\p{L}|mr|mrs|ms|dr|prof|st|sr|jr|vs|etc|approx|no|nr|fig|vol|ca|bzw|usw|z\. ?b|d\. ?h|u\. ?a|mme|m|sra|dra)\.$/iu;

/**
 * The sentences of a text of any language, without fenced code, tables and the marks of lists and headings. Rules over
 * punctuation only, so that it needs no dictionary; time grows with the text's length.
 */
export function splitSentences(text: string): string[] {
  return paragraphs(text).flatMap(sentencesOf);
}

/** Lines that belong together: wrapped ones are joined, everything else stands alone. */
function paragraphs(text: string): string[] {
  const lines = text.split(/\r?\n/);
  const fenced = fencedLines(lines);
  const found: string[] = [];
  let open: string[] = [];
  const close = () => {
    if (open.length > 0) found.push(open.join(" "));
    open = [];
  };
  for (const [index, line] of lines.entries()) {
    const isText = fenced[index] !== true && !TABLE_OR_RULE.test(line);
    const words = isText ? line.replace(MARKERS, "").trim() : "";
    if (words === "" || !goesOn(open.at(-1), line)) close();
    if (words !== "") open.push(words);
  }
  close();
  return found;
}

function goesOn(before: string | undefined, line: string): boolean {
  if (before === undefined || MARKERS.test(line)) return false;
  return before.length >= WRAPPED_LINE && !/[.!?:…。！？]["'”’)]*$/u.test(before);
}

function sentencesOf(paragraph: string): string[] {
  const found: string[] = [];
  let start = 0;
  for (const match of paragraph.matchAll(ENDS)) {
    const end = match.index + match[0].length;
    // Enough for the longest abbreviation; a whole prefix each time would be quadratic.
    const ending = paragraph.slice(Math.max(start, end - 12), end);
    if (match[0] === "." && ABBREVIATION.test(ending)) continue;
    found.push(paragraph.slice(start, end));
    start = end;
  }
  found.push(paragraph.slice(start));
  return found.flatMap(bounded).filter((sentence) => /[\p{L}\p{N}]/u.test(sentence));
}

/** Cut at spaces where there are any. */
function bounded(sentence: string): string[] {
  const pieces: string[] = [];
  let rest = sentence.trim();
  while (rest.length > MAXIMUM_LENGTH) {
    const space = rest.lastIndexOf(" ", MAXIMUM_LENGTH);
    const cut = space > MAXIMUM_LENGTH / 2 ? space : wholeCharacters(rest, MAXIMUM_LENGTH);
    pieces.push(rest.slice(0, cut));
    rest = rest.slice(cut).trimStart();
  }
  return [...pieces, rest];
}

/** Never between the halves of a surrogate pair. */
function wholeCharacters(text: string, end: number): number {
  const before = text.charCodeAt(end - 1);
  return before >= 0xd800 && before <= 0xdbff ? end - 1 : end;
}
