import { GatewayError } from "../gateway.ts";
import { jsonAnswer } from "./json-answer.ts";
import { SCORE_FORMAT, scorePrompt } from "./prompts/score.ts";
import type { TaskRun } from "./task-run.ts";
import { checkPartCount, joinedPart, splitIntoParts } from "./text-parts.ts";

export interface ModelScore {
  /** 1.0 to 10.0. */
  score: number;
  reasoning: string;
}

/** The score of the most important part: what is worth remembering is not averaged away. Throws GatewayError. */
export async function scoreByModel(run: TaskRun, text: string): Promise<ModelScore> {
  const parts = splitIntoParts([text], run.inputTokens).map(joinedPart);
  checkPartCount(parts.length, run.inputTokens);
  const scores = await run.each(parts, async (part) => {
    const answer = await run.ask(scorePrompt(part), SCORE_FORMAT);
    return readScore(answer) ?? noScore(run.account.model);
  });
  const [first, ...others] = scores;
  const highest = others.reduce(
    (best, one) => (one.score > best.score ? one : best),
    first ?? noScore(""),
  );
  if (scores.length === 1) return highest;
  const { score, reasoning } = highest;
  return { score, reasoning: `${reasoning} (highest of ${scores.length} parts)` };
}

/** JSON, else as v1 read it: "score: N", "N/10", or a line that begins with a number. */
export function readScore(answer: string): ModelScore | undefined {
  const value = jsonAnswer(answer);
  const { score, reasoning } = (value ?? {}) as { score?: unknown; reasoning?: unknown };
  const said = typeof score === "string" ? Number.parseFloat(score) : score;
  if (typeof said === "number" && Number.isFinite(said)) {
    return { score: within(said), reasoning: typeof reasoning === "string" ? reasoning : "" };
  }
  const found =
    /\bscore\W{1,5}(\d{1,2}(?:\.\d{1,3})?)/i.exec(answer) ??
    /(\d{1,2}(?:\.\d{1,3})?)\s?\/\s?10\b/.exec(answer) ??
    /^\s*(\d{1,2}(?:\.\d{1,3})?)\b/m.exec(answer);
  if (found === null) return undefined;
  return { score: within(Number(found[1])), reasoning: answer.trim().slice(0, 500) };
}

function within(score: number): number {
  return Math.round(Math.min(10, Math.max(1, score)) * 10) / 10;
}

function noScore(model: string): never {
  throw new GatewayError("providers_unavailable", `${model} answered without a score.`);
}
