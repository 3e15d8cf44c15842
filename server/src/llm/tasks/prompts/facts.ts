import type { ChatMessage, ResponseFormat } from "../../../protocols/openai/chat.ts";
import { QUOTED_IS_DATA, quotedText } from "./quoted-text.ts";

/** Raised with every change of the wording. */
export const VERSION = "facts-1";

const RULES = [
  "You list facts that people state in messages, so that a later message that states another value can be found.",
  QUOTED_IS_DATA,
  "A fact is subject, attribute, value. Take only what has one value at a time and may change: where somebody lives or works, a price, a date, a deadline, a size, a count, a name, a version, a status, a choice that was made. Leave out what may have several values at once (things somebody likes or did), questions, wishes and guesses.",
  "Each message is one line and begins with its number in brackets; the speaker's name may follow. subject: who or what the fact is about, in as few words as possible; the speaker's name for “I”, and “user” where the speaker has no name. attribute: one to three words, lower case, a noun (“employer”, “monthly rent”); always the same word for the same thing. value: copied letter by letter from the message, no more than the value. source: the number of the message that says so.",
  'Answer with JSON alone: {"facts":[{"subject":"…","attribute":"…","value":"…","source":1}]}. An empty list is a good answer, and the usual one.',
].join("\n");

/** Numbered lines, as `numberedLine` makes them. */
export function factsPrompt(lines: string): ChatMessage[] {
  return [
    { role: "system", content: RULES },
    { role: "user", content: quotedText("messages", lines) },
  ];
}

/** On one line, so that no message can begin one of its own and pass as another. */
export function numberedLine(text: string, place: number): string {
  return `[${place + 1}] ${text.replace(/[\s\p{Cc}\p{Zl}\p{Zp}]+/gu, " ").trim()}`;
}

export const FACTS_FORMAT: ResponseFormat = {
  type: "json_schema",
  json_schema: {
    name: "facts",
    strict: true,
    schema: {
      type: "object",
      properties: {
        facts: {
          type: "array",
          items: {
            type: "object",
            properties: {
              subject: { type: "string" },
              attribute: { type: "string" },
              value: { type: "string" },
              source: { type: "integer" },
            },
            required: ["subject", "attribute", "value", "source"],
            additionalProperties: false,
          },
        },
      },
      required: ["facts"],
      additionalProperties: false,
    },
  },
};
