import { GatewayError } from "../gateway.ts";
import { jsonAnswer } from "./json-answer.ts";
import { LABELS_FORMAT, type LabelsWish, labelsPrompt } from "./prompts/labels.ts";
import type { TaskRun } from "./task-run.ts";
import { joinedPart, splitIntoParts } from "./text-parts.ts";

export interface ModelLabel {
  label: string;
  /** 0 to 1, as the model says. */
  confidence: number;
  reason: string;
}

const UNSAID_CONFIDENCE = 0.5;
const MOST_CHARACTERS = 80;
const MOST_REASON_CHARACTERS = 300;

/** Labels for a text; of one that is longer than the model reads at once, for its beginning. Throws GatewayError. */
export async function labelsByModel(run: TaskRun, wish: LabelsWish): Promise<ModelLabel[]> {
  const [first] = splitIntoParts([wish.text], run.inputTokens);
  const text = first === undefined ? "" : joinedPart(first);
  const answer = await run.ask(labelsPrompt({ ...wish, text }), LABELS_FORMAT);
  const labels = readLabels(answer, wish.existing);
  if (labels !== undefined) return labels.slice(0, wish.count);
  throw new GatewayError(
    "providers_unavailable",
    `${run.account.model} answered without a list of labels. Name a model that follows forms better.`,
  );
}

/** The labels of a model's answer, each once, existing ones in their own spelling; undefined when there is no list. */
export function readLabels(answer: string, existing: readonly string[]): ModelLabel[] | undefined {
  const value = jsonAnswer(answer) as { labels?: unknown } | undefined;
  const entries = Array.isArray(value) ? value : value?.labels;
  if (!Array.isArray(entries)) return undefined;
  const spelling = new Map(existing.map((label) => [label.toLowerCase(), label]));
  const found = new Map<string, ModelLabel>();
  for (const entry of entries) {
    const read = labelOf(entry);
    if (read === undefined) continue;
    const key = read.label.toLowerCase();
    if (!found.has(key)) found.set(key, { ...read, label: spelling.get(key) ?? read.label });
  }
  return [...found.values()].sort((a, b) => b.confidence - a.confidence);
}

function labelOf(entry: unknown): ModelLabel | undefined {
  const { label, confidence, reason } = (
    typeof entry === "string" ? { label: entry } : (entry ?? {})
  ) as { label?: unknown; confidence?: unknown; reason?: unknown };
  if (typeof label !== "string") return undefined;
  const name = label
    .replace(/[\s\p{Cc}]+/gu, " ")
    .trim()
    .replace(/^["“'](.*)["”']$/u, "$1");
  if (name === "" || name.length > MOST_CHARACTERS) return undefined;
  return {
    label: name,
    confidence: confidenceOf(confidence),
    reason: typeof reason === "string" ? reason.trim().slice(0, MOST_REASON_CHARACTERS) : "",
  };
}

/** Some models write percent. */
function confidenceOf(written: unknown): number {
  const number = typeof written === "number" ? written : Number.parseFloat(String(written));
  if (!Number.isFinite(number)) return UNSAID_CONFIDENCE;
  const share = number > 1 ? number / 100 : number;
  return Math.round(Math.min(1, Math.max(0, share)) * 100) / 100;
}
