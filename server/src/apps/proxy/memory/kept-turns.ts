import type {
  KnownTurn,
  NewTurn,
  SpooledMessage,
  TurnState,
} from "../../../core/ports/proxy-store.ts";
import type { AnsweredTurns } from "../proxy-memory.ts";
import type { HistoryTurn } from "./turn-history.ts";

export interface Exchange {
  history: readonly HistoryTurn[];
  answer: readonly HistoryTurn[];
  /** What is known of these turns, by hash. */
  known: ReadonlyMap<string, KnownTurn>;
  /** Turns before this place are known by what stands around them, though not by their hash. */
  recognised: number;
  /** What is known of those, by pair. */
  pairs: ReadonlyMap<string, KnownTurn>;
}

/** Turns to be marked and messages to be sent. */
export interface Kept {
  turns: NewTurn[];
  messages: SpooledMessage[];
}

interface KeepingOptions {
  outcome: Pick<AnsweredTurns, "complete" | "model">;
  askedAt: number;
  answeredAt: number;
  newId: () => string;
}

/** What of an exchange is new and is to be kept, in its order. */
export function keptTurns(exchange: Exchange, options: KeepingOptions): Kept {
  const { history, answer, known, pairs } = exchange;
  const kept: Kept = { turns: [], messages: [] };
  let before: TurnState = "stored";
  for (const [index, one] of [...history, ...answer].entries()) {
    const isAnswer = index >= history.length;
    const { hash, pair } = one;
    const state = stateOf(one, { known: known.get(hash), before, exchange, index });
    before = state.effective;
    if (state.isKnown) continue;
    const twin = index < exchange.recognised ? pairs.get(pair) : undefined;
    const messageId = state.isNew ? options.newId() : (twin?.messageId ?? null);
    const blockId = twin?.blockId ?? null;
    kept.turns.push({ hash, pair, state: state.effective, messageId, blockId });
    if (state.isNew && messageId !== null) {
      kept.messages.push(messageOf(one, { id: messageId, isAnswer, ...options }));
    }
  }
  return kept;
}

/** What was said with memory off is not kept, nor what was answered to it. */
function stateOf(
  { turn }: HistoryTurn,
  context: { known: KnownTurn | undefined; before: TurnState; exchange: Exchange; index: number },
): { effective: TurnState; isKnown: boolean; isNew: boolean } {
  const { known, before, exchange, index } = context;
  if (known !== undefined && known.state !== "seen") {
    return { effective: known.state, isKnown: true, isNew: false };
  }
  if (index < exchange.recognised) return { effective: "stored", isKnown: false, isNew: false };
  const isAnsweredOff = turn.role !== "user" && before === "skipped";
  const isEmpty = turn.text.trim() === "" && turn.parts === null;
  if (isAnsweredOff) return { effective: "skipped", isKnown: false, isNew: false };
  if (isEmpty) return { effective: "stored", isKnown: false, isNew: false };
  return { effective: "stored", isKnown: false, isNew: true };
}

function messageOf(
  { turn }: HistoryTurn,
  options: KeepingOptions & { id: string; isAnswer: boolean },
): SpooledMessage {
  const { id, isAnswer, outcome, askedAt, answeredAt } = options;
  const { role, name, text, parts } = turn;
  const metadata = {
    ...(isAnswer && outcome.model !== null ? { model: outcome.model } : {}),
    ...(isAnswer && !outcome.complete ? { incomplete: true } : {}),
  };
  return { id, role, name, text, parts, timestamp: isAnswer ? answeredAt : askedAt, metadata };
}
