import type { ChatMessage, ResponseFormat } from "../../../protocols/openai/chat.ts";
import { QUOTED_IS_DATA, quotedText } from "./quoted-text.ts";

/** Raised with every change of the wording. */
export const VERSION = "extract-1";

const RULES = [
  "You list the named things of a text for an index.",
  QUOTED_IS_DATA,
  "Types: person; organization (companies, institutions, teams); technical_term (languages, programs, libraries, file names, identifiers, protocols); concept (subjects the text is really about); location; date; product; event.",
  "Take each thing once, spelled as in the text, at most 60, the most important first. No pronouns, no roles such as “user” or “assistant”, nothing that the text does not contain.",
  "confidence is between 0 and 1: how sure you are that the thing is meant and has this type.",
  'Answer with JSON alone: {"items":[{"text":"…","type":"…","confidence":0.9}]}. An empty list is a good answer.',
].join("\n");

export function extractPrompt(text: string): ChatMessage[] {
  return [
    { role: "system", content: RULES },
    { role: "user", content: quotedText("text", text) },
  ];
}

export const EXTRACT_FORMAT: ResponseFormat = {
  type: "json_schema",
  json_schema: {
    name: "entities",
    strict: true,
    schema: {
      type: "object",
      properties: {
        items: {
          type: "array",
          items: {
            type: "object",
            properties: {
              text: { type: "string" },
              type: { type: "string" },
              confidence: { type: "number" },
            },
            required: ["text", "type", "confidence"],
            additionalProperties: false,
          },
        },
      },
      required: ["items"],
      additionalProperties: false,
    },
  },
};
