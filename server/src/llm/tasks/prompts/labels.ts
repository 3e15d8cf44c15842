import type { ChatMessage, ResponseFormat } from "../../../protocols/openai/chat.ts";
import { QUOTED_IS_DATA, quotedText } from "./quoted-text.ts";

/** Raised with every change of the wording. */
export const VERSION = "labels-1";

const RULES = [
  "You file a conversation under labels: short names of its subject, as a person would write them on a folder.",
  QUOTED_IS_DATA,
  "Take an existing label, spelled exactly as it is given, where the conversation belongs beside what such a label holds. Otherwise propose a new one: one to four words, in the conversation's language, no sentence, no quotation marks.",
  "confidence is between 0 and 1: how likely it is that the person would file the conversation under exactly this label. Below 0.5 for a guess. reason is one short sentence that names what in the conversation speaks for it.",
  'Answer with JSON alone, the best label first: {"labels":[{"label":"…","confidence":0.8,"reason":"…"}]}.',
].join("\n");

export interface LabelsWish {
  text: string;
  existing: readonly string[];
  count: number;
}

export function labelsPrompt({ text, existing, count }: LabelsWish): ChatMessage[] {
  const known =
    existing.length === 0
      ? "There are no labels yet."
      : `Existing labels, one a line:\n${quotedText("labels", existing.map(oneLine).join("\n"))}`;
  return [
    { role: "system", content: RULES },
    {
      role: "user",
      content: `${known}\n\nAt most ${count} labels.\n\n${quotedText("conversation", text)}`,
    },
  ];
}

export const LABELS_FORMAT: ResponseFormat = {
  type: "json_schema",
  json_schema: {
    name: "labels",
    strict: true,
    schema: {
      type: "object",
      properties: {
        labels: {
          type: "array",
          items: {
            type: "object",
            properties: {
              label: { type: "string" },
              confidence: { type: "number" },
              reason: { type: "string" },
            },
            required: ["label", "confidence", "reason"],
            additionalProperties: false,
          },
        },
      },
      required: ["labels"],
      additionalProperties: false,
    },
  },
};

function oneLine(label: string): string {
  return label.replace(/\s+/g, " ").trim();
}
