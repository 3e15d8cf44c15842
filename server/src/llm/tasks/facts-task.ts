import { GatewayError } from "../gateway.ts";
import { jsonAnswer } from "./json-answer.ts";
import { FACTS_FORMAT, factsPrompt, numberedLine } from "./prompts/facts.ts";
import type { TaskRun } from "./task-run.ts";
import { joinedPart, splitIntoParts } from "./text-parts.ts";

export interface ModelFact {
  subject: string;
  attribute: string;
  value: string;
  /** Place of the text that says so, from 0. */
  source: number;
}

const MOST_SUBJECT_CHARACTERS = 100;
const MOST_ATTRIBUTE_CHARACTERS = 60;
const MOST_VALUE_CHARACTERS = 200;
/** Longer lists do not fit an answer. */
const MOST_INPUT_TOKENS = 6000;

/** Facts that the texts state; of a text that is longer than the model reads at once, of its beginning. Throws GatewayError. */
export async function factsByModel(run: TaskRun, texts: readonly string[]): Promise<ModelFact[]> {
  const room = Math.min(run.inputTokens, MOST_INPUT_TOKENS);
  const lines = texts.map((text, place) => {
    const [first] = splitIntoParts([numberedLine(text, place)], room);
    return first === undefined ? "" : joinedPart(first);
  });
  const found = await run.each(splitIntoParts(lines, room), async (part) => {
    const answer = await run.ask(factsPrompt(part.join("\n")), FACTS_FORMAT);
    const facts = readFacts(answer, texts);
    if (facts !== undefined) return facts;
    throw new GatewayError(
      "providers_unavailable",
      `${run.account.model} answered without a list of facts. Name a model that follows forms better.`,
    );
  });
  return found.flat();
}

/**
 * The facts of a model's answer, each once; undefined when there is no list. What is malformed is left out, and so is a
 * value that does not stand in the text it is said to come from: nothing that a model makes up, or that a text has it
 * write, is remembered as somebody's words.
 */
export function readFacts(answer: string, texts: readonly string[]): ModelFact[] | undefined {
  const value = jsonAnswer(answer) as { facts?: unknown } | undefined;
  const entries = Array.isArray(value) ? value : value?.facts;
  if (!Array.isArray(entries)) return undefined;
  const found = new Map<string, ModelFact>();
  for (const entry of entries) {
    const fact = factOf(entry);
    if (
      fact === undefined ||
      !normalized(texts[fact.source] ?? "").includes(normalized(fact.value))
    )
      continue;
    found.set(JSON.stringify(Object.values(fact)), fact);
  }
  return [...found.values()];
}

function factOf(entry: unknown): ModelFact | undefined {
  const { subject, attribute, value, source } = (entry ?? {}) as Record<string, unknown>;
  const fact = {
    subject: shortText(subject, MOST_SUBJECT_CHARACTERS),
    attribute: shortText(attribute, MOST_ATTRIBUTE_CHARACTERS),
    value: shortText(value, MOST_VALUE_CHARACTERS),
    source: Number(source) - 1,
  };
  const isWhole = fact.subject !== "" && fact.attribute !== "" && fact.value !== "";
  return isWhole ? fact : undefined;
}

/** Empty for what is no text or too long for one of these. */
function shortText(written: unknown, most: number): string {
  const given = typeof written === "number" ? String(written) : written;
  if (typeof given !== "string") return "";
  const text = given.replace(/[\s\p{Cc}]+/gu, " ").trim();
  return text.length > most ? "" : text;
}

function normalized(text: string): string {
  return text.toLowerCase().replace(/[\s\p{Cc}]+/gu, " ");
}
