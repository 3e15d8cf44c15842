import { asRecords, asText } from "../loose-json.ts";

/** The text of a message's content, parts put together by `separator`; what is no text is left out. */
export function messageText(content: unknown, separator = ""): string {
  if (typeof content === "string") return content;
  return asRecords(content)
    .map((part) => asText(part.text) ?? asText(part.refusal))
    .filter((text) => text !== undefined)
    .join(separator);
}
