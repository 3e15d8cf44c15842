import type { ChatConnection, ChatMessage, MemoryTold, Way } from "./proxy-load.ts";
import type { Questions } from "./search-load.ts";

export const DIRECT = "bridge alone";
export const OFF = "proxy, memory off";
export const ON = "proxy, memory on";

export const KINDS = ["stream", "whole answer"] as const;
export type Kind = (typeof KINDS)[number];

/** Of the scripted provider's answer. */
export const TOKENS = 60;
const ANSWER = Array.from({ length: TOKENS }, (_, at) => ` word${at + 1}`).join("");
const TURNS = 4;

interface OpenWay {
  way: Way;
  connection: ChatConnection;
}

/** Of one round: the same prompt went all ways. */
export interface Round {
  ms: Record<string, number>;
  told: MemoryTold | undefined;
}

/** A conversation with another question each turn, begun anew after some turns. */
export class Talk {
  readonly #questions: Questions;
  #messages: ChatMessage[] = [];

  constructor(questions: Questions) {
    this.#questions = questions;
  }

  async round(ways: readonly OpenWay[], kind: Kind): Promise<Round> {
    if (this.#messages.length >= 2 * TURNS) this.#messages = [];
    this.#messages.push({ role: "user", content: this.#questions.next() });
    const round: Round = { ms: {}, told: undefined };
    for (const { way, connection } of ways) {
      const answer = await connection.ask(promptFor(way, this.#messages), kind === "stream");
      round.ms[way.name] = answer.firstByteMs;
      if (way.name === ON) round.told = answer.memory;
    }
    this.#messages.push({ role: "assistant", content: ANSWER });
    return round;
  }
}

/** What was said with memory off is never kept: that history must be another one than that with memory on. */
function promptFor({ name }: Way, messages: readonly ChatMessage[]): ChatMessage[] {
  const said = messages.map((message) =>
    name === OFF && message.role === "user"
      ? { ...message, content: `${message.content} Please` }
      : message,
  );
  return [{ role: "system", content: "You answer in a few words." }, ...said];
}
