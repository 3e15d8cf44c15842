import type { HistoryTurn } from "./turn-history.ts";

/** A question of fewer characters says too little alone ("and that one?"). */
const SHORT = 40;
/** So much of the exchange before it helps out. */
const HELPING = 300;
/** A longer turn (a pasted document) asks with its beginning and its end, where questions stand. */
const LONGEST = 4000;

/** What memory is asked for the newest user turn. */
export function recallQuery(history: readonly HistoryTurn[], newest: number): string {
  const asked = history[newest]?.turn.text.trim() ?? "";
  if (asked.length >= SHORT) return shortened(asked);
  const before = history.slice(0, newest).map(({ turn }) => turn);
  const question = before.findLast(({ role }) => role === "user")?.text.trim() ?? "";
  const answer = before.findLast(({ role }) => role === "assistant")?.text.trim() ?? "";
  const helping = [question.slice(0, HELPING), answer.slice(0, HELPING)];
  return [...helping, asked].filter((text) => text !== "").join("\n");
}

function shortened(text: string): string {
  if (text.length <= LONGEST) return text;
  const half = LONGEST / 2;
  return `${text.slice(0, half)}\n${text.slice(-half)}`;
}
