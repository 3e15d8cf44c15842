/**
 * PostgreSQL cannot keep a NUL in text. U+FDD0, which Unicode promises never to give a character, stands before what
 * is written in its place; a U+FDD0 of the text itself is written the same way, so that every text comes back as it was.
 */
const MARK = "\uFDD0";
const NUL_CODE = `${MARK}0`;
const MARK_CODE = `${MARK}1`;

/** Text as PostgreSQL can keep it. */
export function toStored(text: string): string {
  if (!text.includes("\0") && !text.includes(MARK)) return text;
  return text.replaceAll(MARK, MARK_CODE).replaceAll("\0", NUL_CODE);
}

/** Text as it was given. */
export function fromStored(text: string): string {
  return text.includes(MARK) ? text.replace(/\uFDD0([01])/gu, toOriginal) : text;
}

/** The same for JSON that PostgreSQL made of such texts: there a NUL has to stay an escape. */
export function fromStoredJson(json: string): string {
  return json.includes(MARK)
    ? json.replace(/\uFDD0([01])/gu, (_, code) => (code === "0" ? "\\u0000" : MARK))
    : json;
}

function toOriginal(_: string, code: string): string {
  return code === "0" ? "\0" : MARK;
}
