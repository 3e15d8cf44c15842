import type { Scope, Session } from "./data-sets.ts";
import { shuffled } from "./statistics.ts";

/** A conversation that is to be had: what the user says, and what the model answers. */
export interface Talk {
  name: string;
  scope: Scope;
  exchanges: { asked: string; answered: string }[];
  /** Session of the scope that the conversation is; it must not be in the memory already. */
  session: string | null;
}

/** A question of the set each turn, about all that a memory holds: more recall than any conversation needs. */
export function talkOfQuestions(scope: Scope, turns: number): Talk {
  const exchanges = shuffled(scope.questions, 5)
    .slice(0, turns)
    .map(({ q, answer }) => ({ asked: q, answered: `As far as I know: ${String(answer)}.` }));
  return { name: `${scope.name}, questions`, scope, exchanges, session: null };
}

/** The last session of a chat with an assistant, as it was; what came before it is the memory. */
export function talkOfSession(scope: Scope, turns: number): Talk {
  const session = scope.sessions.at(-1);
  if (session === undefined) throw new Error(`${scope.name} has no session`);
  const exchanges = exchangesOf(session).slice(0, turns);
  return { name: `${scope.name}, ${session.name}`, scope, exchanges, session: session.name };
}

function exchangesOf({ units }: Session): Talk["exchanges"] {
  return units.flatMap(({ role, text }, at) => {
    const answer = units[at + 1];
    const isExchange = role === "user" && answer?.role === "assistant";
    return isExchange ? [{ asked: text, answered: answer.text }] : [];
  });
}
