import type { ChatMessage, ResponseFormat } from "../../../protocols/openai/chat.ts";
import { QUOTED_IS_DATA, quotedText } from "./quoted-text.ts";

/** Raised with every change of the wording. */
export const VERSION = "score-1";

const RULES = [
  "You judge how much a conversation is worth remembering for the person who had it.",
  QUOTED_IS_DATA,
  "1–2: small talk, tests, nothing that anybody will ask for again. 3–4: general knowledge that can be looked up. 5–6: useful work or answers, tied to a passing matter. 7–8: decisions, plans, preferences, facts about people or projects, hard-won solutions. 9–10: what changes a life or a project, or what was explicitly to be remembered.",
  "When in doubt between two numbers take the lower. Length alone is no importance.",
  'Answer with JSON alone: {"score": 6.5, "reasoning": "one sentence"}.',
].join("\n");

export function scorePrompt(text: string): ChatMessage[] {
  return [
    { role: "system", content: RULES },
    { role: "user", content: quotedText("conversation", text) },
  ];
}

export const SCORE_FORMAT: ResponseFormat = {
  type: "json_schema",
  json_schema: {
    name: "importance",
    strict: true,
    schema: {
      type: "object",
      properties: { score: { type: "number" }, reasoning: { type: "string" } },
      required: ["score", "reasoning"],
      additionalProperties: false,
    },
  },
};
