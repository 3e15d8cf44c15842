import { createHash } from "node:crypto";
import { withoutFrames } from "../../../core/context/frame-removal.ts";
import type { TurnMark } from "../../../core/ports/proxy-store.ts";
import type { ProxyTurn } from "../proxy-memory.ts";

/** A turn of a history with what it is recognised by. */
export interface HistoryTurn extends TurnMark {
  turn: ProxyTurn;
  /** Place in the request. */
  place: number;
  /** The last turns up to this one, as `ProxyConversation.window` keeps them; "" where there are too few. */
  window: string;
}

/** What people and models said, oldest first, without system turns: those may hold the date. */
export interface History {
  turns: readonly HistoryTurn[];
  /** What the client put into the model's mouth for it to go on from; "" mostly. */
  prefill: string;
}

/** Characters of a digest: 96 bits, so that no two turns of one memory meet by chance. */
const DIGEST_LENGTH = 16;
/**
 * So many turns in a row speak for a conversation whose beginning is missing. Three of them at least are answers, which
 * no other conversation has in just these words.
 */
const WINDOW_TURNS = 5;
const THOUGHTS = /<think(?:ing)?>[\s\S]*?<\/think(?:ing)?>/g;
const NO_WORD = /[^\p{L}\p{N}]+/gu;

export function historyOf(turns: readonly ProxyTurn[]): History {
  const said = turns.flatMap((turn, place) =>
    turn.role === "system" ? [] : [{ turn: cleaned(turn), place }],
  );
  const asked = said.findLastIndex(({ turn }) => turn.role !== "assistant") + 1;
  const prefill = said.slice(asked).map(({ turn }) => turn.text);
  return { turns: marked(said.slice(0, asked), []), prefill: prefill.join("\n") };
}

/** Turns that follow a history, with what they are recognised by then. */
export function continued(
  history: readonly HistoryTurn[],
  turns: readonly ProxyTurn[],
): HistoryTurn[] {
  const after = (history.at(-1)?.place ?? -1) + 1;
  const placed = turns.map((turn, index) => ({ turn: cleaned(turn), place: after + index }));
  return marked(placed, history);
}

function marked(
  said: readonly { turn: ProxyTurn; place: number }[],
  before: readonly HistoryTurn[],
): HistoryTurn[] {
  let hash = before.at(-1)?.hash ?? "";
  let recent = before
    .slice(1 - WINDOW_TURNS)
    .map(({ pair }) => pair.slice(-DIGEST_LENGTH))
    .join("");
  return said.map(({ turn, place }) => {
    const own = digest(spelling(turn));
    hash = digest(hash + own);
    recent = (recent + own).slice(-DIGEST_LENGTH * WINDOW_TURNS);
    const window = recent.length === DIGEST_LENGTH * WINDOW_TURNS ? recent : "";
    return { turn, place, hash, pair: recent.slice(-2 * DIGEST_LENGTH), window };
  });
}

/** Recalled memory that a client sends back is nobody's words. */
function cleaned(turn: ProxyTurn): ProxyTurn {
  const text = withoutFrames(turn.text);
  if (text === turn.text) return turn;
  const parts = turn.parts?.map(withoutFramesInPart) ?? null;
  const [before, after] = [turn.text, text].map((one) => JSON.stringify(one.trim()));
  return {
    ...turn,
    text,
    parts,
    canonical: turn.canonical.replace(before ?? "", () => after ?? ""),
  };
}

function withoutFramesInPart(part: unknown): unknown {
  if (typeof part !== "object" || part === null || !("text" in part)) return part;
  return typeof part.text === "string" ? { ...part, text: withoutFrames(part.text) } : part;
}

/**
 * What two sendings of one turn have in common. Clients show answers in their own dress and send that back: of what a
 * model said only letters and digits count, and no thoughts.
 */
function spelling({ role, text, canonical }: ProxyTurn): string {
  if (role !== "assistant") return canonical;
  const words = text.replace(THOUGHTS, "").replace(NO_WORD, "");
  return `assistant ${words === "" ? text : words}`;
}

function digest(text: string): string {
  return createHash("sha256").update(text).digest("base64url").slice(0, DIGEST_LENGTH);
}
