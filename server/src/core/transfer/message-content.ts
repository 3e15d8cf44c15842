import type { ContentPart, JsonValue } from "../conversations/conversation.ts";
import { asList, asObject, asText, cleanJson, cleanText } from "./loose-json.ts";

/** A message's text and, when the text alone does not say it all, what it was made of. */
export interface MessageContent {
  content: string;
  parts: ContentPart[] | null;
}

/** Keys under which the many kinds of parts carry something to read. */
const READABLE_KEYS = [
  "title",
  "url",
  "text",
  "summary",
  "content",
  "result",
  "snippet",
  "thinking",
  "code",
  "output",
  "extracted_content",
];

/** Content as the OpenAI and Anthropic APIs send it: a text, or a list of texts and parts. */
export function readContent(value: JsonValue | undefined): MessageContent {
  if (typeof value === "string") {
    return { content: cleanText(value), parts: null };
  }
  const items = asList(value) ?? (asObject(value) === undefined ? [] : [value as JsonValue]);
  const parts = items.map(toPart);
  const texts = parts.flatMap((part) => partText(part) ?? []);
  return {
    content: texts.length > 0 ? texts.join("\n") : parts.map(partReadable).join("\n"),
    parts: parts.every(isPlainText) ? null : parts,
  };
}

/** A list's entry as a part: a bare text becomes a text part. */
export function toPart(value: JsonValue): ContentPart {
  const object = asObject(value);
  if (object !== undefined) {
    return cleanJson(object);
  }
  return {
    type: "text",
    text: typeof value === "string" ? cleanText(value) : JSON.stringify(value),
  };
}

/** What a part says in words, if it does. */
export function partText(part: ContentPart): string | undefined {
  return asText(part.text);
}

/** Something to read for any part: its words, else a mark such as `[image]`, else its JSON. */
export function partReadable(part: ContentPart): string {
  return partText(part) ?? mediaMark(part) ?? (readableText(part) || JSON.stringify(part));
}

/** Every readable text inside a value of a kind unknown to us, in a fixed order of keys. */
export function readableText(value: JsonValue | undefined): string {
  const list = asList(value);
  if (list !== undefined) {
    return joinTexts(list.map(readableText), "\n");
  }
  const object = asObject(value);
  if (object === undefined) {
    return asText(value) ?? "";
  }
  return joinTexts(
    READABLE_KEYS.map((key) => readableText(object[key])),
    "\n",
  );
}

export function joinTexts(texts: string[], separator: string): string {
  return texts.filter((text) => text !== "").join(separator);
}

function isPlainText(part: ContentPart): boolean {
  return (
    typeof part.text === "string" &&
    Object.keys(part).every((key) => key === "type" || key === "text")
  );
}

function mediaMark(part: ContentPart): string | undefined {
  const kind = `${asText(part.type) ?? ""} ${asText(part.content_type) ?? ""}`;
  const medium = /image|audio|video|file|document/.exec(kind)?.[0];
  if (medium === undefined) {
    return undefined;
  }
  const name = asText(part.file_name) ?? asText(part.name);
  return name === undefined ? `[${medium}]` : `[${medium}: ${name}]`;
}
