import type { Observation } from "./observation.ts";

/**
 * pass: a complete right answer, or the right error at once for the client's own mistake. partial: the answer, but
 * something beside it is wrong. safe: an explicit error, never what looks like an answer. fail: a cut answer that looks
 * whole, a hang beyond the deadline, wrong accounting, the wrong error.
 */
export type Verdict = "pass" | "partial" | "safe" | "fail";

export interface Judgement {
  verdict: Verdict;
  note: string;
}

/** What each provider says when nothing is wrong, by model. */
export type RightAnswers = ReadonlyMap<string, string>;

export const pass = (note: string): Judgement => ({ verdict: "pass", note });
export const partial = (note: string): Judgement => ({ verdict: "partial", note });
export const fail = (note: string): Judgement => ({ verdict: "fail", note });

/** One answer to a question that any healthy provider could have answered. */
export function judgeAnswer(seen: Observation, right: RightAnswers): Judgement {
  if (seen.hung) return fail("hangs beyond the deadline");
  if (seen.error !== null) {
    if (seen.done && seen.status === 200) return fail("an error, and a clean end after it");
    const place = seen.text === "" ? "before any text" : "inside the stream";
    return { verdict: "safe", note: `explicit error ${place} (${seen.status})` };
  }
  if (seen.broken) return { verdict: "safe", note: "the connection breaks" };
  if (!seen.done) return fail("ends without [DONE] and without an error: silent truncation");
  if (seen.text !== right.get(seen.model ?? "")) {
    const served = [...right].find(([, text]) => text === seen.text)?.[0];
    if (served === undefined) return fail(`a wrong answer looks whole: ${seen.text.length} bytes`);
    return fail(`${served} answered under the name ${String(seen.model)}`);
  }
  if (seen.finish !== "stop") return fail(`the finish reason is ${String(seen.finish)}`);
  return pass(`complete, by ${seen.model}`);
}

/** The client's own mistake, or a refusal: this error, and no answer. */
export function judgeError(
  seen: Observation,
  asked: { status: number; words: RegExp; atMostMs: number },
): Judgement {
  if (seen.hung) return fail("hangs beyond the deadline");
  if (seen.status !== asked.status) return fail(`status ${seen.status}, not ${asked.status}`);
  if (!asked.words.test(seen.error ?? "")) return fail(`the error says: ${String(seen.error)}`);
  if (seen.tookMs > asked.atMostMs) return partial(`only after ${seen.tookMs.toFixed(0)} ms`);
  return pass(`${seen.status} in ${seen.tookMs.toFixed(0)} ms`);
}

/** Of several requests under one fault. */
export function judgeAll(judgements: readonly Judgement[]): Judgement {
  const failed = judgements.find(({ verdict }) => verdict === "fail");
  if (failed !== undefined) return failed;
  const count = (verdict: Verdict) =>
    judgements.filter((judgement) => judgement.verdict === verdict).length;
  const passed = count("pass");
  const note = `${passed} of ${judgements.length} complete`;
  if (passed === judgements.length) return pass(note);
  return count("safe") === judgements.length
    ? { verdict: "safe", note: `${note}, all with an explicit error` }
    : partial(note);
}
