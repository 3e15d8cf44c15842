import type { MessageDraft } from "./conversation.ts";

const MAXIMUM_LENGTH = 80;
/** No more of a long message is looked at. */
const LOOKED_AT = 2000;

/** A title from the first user message (else the first message), cut at a word. */
export function deriveLabel(messages: readonly MessageDraft[]): string {
  const source =
    messages.find((message) => message.role === "user" && message.content.trim() !== "") ??
    messages.find((message) => message.content.trim() !== "");
  const beginning = (source?.content ?? "").trimStart().slice(0, LOOKED_AT);
  const text = beginning.replace(/[\s\p{Cc}]+/gu, " ").trim();
  if (text === "") return "Untitled conversation";
  const characters = [...text];
  if (characters.length <= MAXIMUM_LENGTH) return text;
  const cut = characters.slice(0, MAXIMUM_LENGTH - 1).join("");
  const space = cut.lastIndexOf(" ");
  return `${space > MAXIMUM_LENGTH / 2 ? cut.slice(0, space) : cut}…`;
}
