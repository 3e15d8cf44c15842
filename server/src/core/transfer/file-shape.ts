/** What a file is, judged by how it begins. */
export type FileShape = "json" | "xml" | "sekha-markdown" | "text" | { unusable: string };

const ZIP_MARKS = ["PK\u0003\u0004", "PK\u0005\u0006"];

/** `head` is the beginning of the file as UTF-8, at least some hundred bytes of it. */
export function detectShape(head: Uint8Array): FileShape {
  const text = Buffer.from(head.buffer, head.byteOffset, head.byteLength).toString("utf8");
  const start = text.trimStart();
  if (start === "") {
    return { unusable: "the file is empty" };
  }
  if (/^\[\s*(?:\{|\]\s*$|$)/.test(start) || /^\{\s*(?:"|\}|$)/.test(start)) {
    return "json";
  }
  if (ZIP_MARKS.some((mark) => text.startsWith(mark))) {
    return {
      unusable: "it is a ZIP archive inside another source; unpack it and import what is in it",
    };
  }
  if (/^---\r?\nsekha_conversation:/.test(start)) {
    return "sekha-markdown";
  }
  if (start.includes("\0")) {
    return { unusable: "it is not a text file" };
  }
  if (/^<!doctype html|^<html/i.test(start)) {
    return {
      unusable:
        "it is a web page; import conversations.json from the same export instead (chat.html is only for reading)",
    };
  }
  return /^<\?xml|^<(?:!--[\s\S]*?--\s*>\s*<)?conversations?[\s>]|^<!DOCTYPE/i.test(start)
    ? "xml"
    : "text";
}
