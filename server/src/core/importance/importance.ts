import { splitSentences } from "../text/sentences.ts";
import { spelledLength } from "../text/spelled-length.ts";
import { CUES, type CueKind, isSmallTalk } from "./cue-phrases.ts";

export interface Importance {
  /** 1.0 to 10.0, one decimal. */
  score: number;
  /** What raised or lowered it, for a person. */
  reasons: string[];
}

interface Signal {
  points: number;
  reason: string;
}

/** Version 1 kept 5 for everything: what nothing speaks for or against stays in the middle. */
const BASE = 5;
const SMALL_TALK_SCORE = 2;
const POINTS: Readonly<Record<CueKind, number>> = {
  request_to_remember: 2,
  decision: 2,
  personal_fact: 2,
  plan: 1.25,
  problem: 1,
  preference: 1,
  lesson: 0.75,
};
/** Beyond so many characters more length says nothing more. */
const LONG = 20_000;
const NUMBERS =
  /[$€£¥]\s?\d|\d\s?(?:[$€£¥%]|eur|usd|kg|km|ms|gb)(?![\p{L}])|\d{1,2}:\d{2}|\d{4}-\d{2}-\d{2}|\d{1,2}[./]\d{1,2}[./]\d{2,4}/giu;

/**
 * How much a conversation is worth remembering, from 1 (small talk) to 10, by what it says: cue phrases, figures, code,
 * questions and length. A heuristic, not a judgement; it explains itself. Time grows with the text's length.
 */
export function scoreImportance(text: string): Importance {
  const sentences = splitSentences(text);
  const code = /^ {0,3}(?:`{3,}|~{3,})/m.test(text);
  if (!code && sentences.every(isSmallTalkOfAnyone)) {
    return { score: SMALL_TALK_SCORE, reasons: ["nothing but small talk"] };
  }
  const signals = [
    ...cueSignals(text),
    ...optional(code, { points: 0.75, reason: "code" }),
    ...figureSignal(text),
    ...optional(asks(sentences), { points: 0.25, reason: "a question" }),
    ...lengthSignal(text),
  ];
  const total = signals.reduce((sum, { points }) => sum + points, BASE);
  const reasons = signals.map(({ reason }) => reason);
  return {
    score: Math.round(Math.min(10, Math.max(1, total)) * 10) / 10,
    reasons: reasons.length > 0 ? reasons : ["nothing that stands out"],
  };
}

function isSmallTalkOfAnyone(sentence: string): boolean {
  return isSmallTalk(sentence.replace(/^(?:user|assistant|human|ai)\s*:\s*/i, ""));
}

/** The first phrase of a kind says it; further ones add a quarter each, up to twice. */
function cueSignals(text: string): Signal[] {
  return CUES.flatMap(({ kind, name, pattern }) => {
    const found = firstMatches(text, pattern, 3);
    const [first] = found;
    if (first === undefined) return [];
    const points = POINTS[kind] * (1 + 0.25 * (found.length - 1));
    return [{ points, reason: `${name} (“${first}”)` }];
  });
}

/** Not matchAll, which copies the expression for each text: that costs more than the search in a short one. */
function firstMatches(text: string, pattern: RegExp, count: number): string[] {
  const found: string[] = [];
  pattern.lastIndex = 0;
  while (found.length < count) {
    const match = pattern.exec(text);
    if (match === null) break;
    found.push(match[0].replace(/\s+/g, " "));
  }
  return found;
}

function figureSignal(text: string): Signal[] {
  const count = firstMatches(text, NUMBERS, 4).length;
  return optional(count > 0, {
    points: Math.min(1, 0.25 + count * 0.25),
    reason: "dates, amounts or measures",
  });
}

function asks(sentences: readonly string[]): boolean {
  return sentences.some(
    (sentence) => /[?？؟]["'”’)]*$/u.test(sentence) && !isSmallTalkOfAnyone(sentence),
  );
}

/** Nothing up to 200 characters, 1.5 points at 20,000. */
function lengthSignal(text: string): Signal[] {
  const length = spelledLength(text.trim());
  const size = Math.min(length, LONG);
  const points = 1.5 * (Math.log(Math.max(size, 200) / 200) / Math.log(LONG / 200));
  if (length < 40) return [{ points: -0.5, reason: "very short" }];
  return optional(points >= 0.5, { points, reason: `${text.length} characters` });
}

function optional(holds: boolean, signal: Signal): Signal[] {
  return holds ? [signal] : [];
}
