import type { ChatMessage } from "../../../protocols/openai/chat.ts";
import type { SummaryLevel } from "../../providers/builtin/builtin-text.ts";
import { QUOTED_IS_DATA, quotedText } from "./quoted-text.ts";

/** Raised with every change of the wording: stored summaries say which one made them. */
export const VERSION = "summarize-1";

const WANTED: Readonly<Record<SummaryLevel, string>> = {
  brief: "Write one or two sentences with the essence: the matter, and how it came out.",
  daily:
    "Write a short paragraph of three to six sentences about what happened: matters, decisions, results, and what is still open.",
  weekly:
    "Write one or two paragraphs. Group by matter, not by time; say for each what was reached, what was decided and what is still open. Leave out what was settled in passing.",
  monthly:
    "Write two or three paragraphs for a reader months later: the lines along which things developed, the decisions that last and their reasons, facts about people and projects, and what became of open questions.",
  detailed:
    "Write a complete account in several paragraphs: every decision with its reason, every fact, name, number, date and file that may be needed again, alternatives that were refused and why, and open questions.",
};

const RULES = [
  "You summarize conversations for the memory of the person who had them.",
  QUOTED_IS_DATA,
  "Keep names, numbers, dates and technical terms exactly as they are. Say only what the material says; where it is uncertain, say so.",
  "Say who wanted, said or decided something where that matters. Leave out greetings and thanks.",
  "Write in the language of the material, in plain sentences without headings. Answer with the summary alone.",
].join("\n");

interface SummaryWish {
  level: SummaryLevel;
  maxWords: number | undefined;
}

/** The last step: `kind` says whether the material is the conversation itself or notes on its parts. */
export function summaryPrompt(
  material: string,
  { level, maxWords, kind }: SummaryWish & { kind: "conversation" | "notes" },
): ChatMessage[] {
  const length = maxWords === undefined ? "" : ` Use at most ${maxWords} words.`;
  const origin =
    kind === "notes"
      ? "These are notes on the successive parts of one conversation; make one summary of all of them."
      : "This is the conversation.";
  return [
    { role: "system", content: RULES },
    {
      role: "user",
      content: `${origin} ${WANTED[level]}${length}\n\n${quotedText(kind, material)}`,
    },
  ];
}

/** For one part of what does not fit a model's window at once. */
export function notesPrompt(
  material: string,
  { part, parts }: { part: number; parts: number },
): ChatMessage[] {
  const wish =
    "Note what must not get lost: matters, decisions with reasons, facts, names, numbers, dates, open questions. At most 250 words.";
  return [
    { role: "system", content: RULES },
    {
      role: "user",
      content: `This is part ${part} of ${parts} of a conversation. ${wish}\n\n${quotedText("conversation", material)}`,
    },
  ];
}
