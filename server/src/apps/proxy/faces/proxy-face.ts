import type { JsonRecord } from "../../../protocols/loose-json.ts";
import type { AnsweredTurns, ProxyTurn } from "../proxy-memory.ts";

/** A turn with its place in the request's list of messages; null: it stands beside the list, as Anthropic's `system`. */
export interface PlacedTurn {
  turn: ProxyTurn;
  at: number | null;
}

/** Recalled memory and the message beside which it stands. */
export interface PlacedBlock {
  at: number;
  text: string;
}

/** All that the proxy knows of a client's protocol; the bridge's face of the same name does the rest. */
export interface ProxyFace {
  /** Whose words failures take. */
  protocol: "openai" | "anthropic" | "ollama";
  /** Whether a request without messages is refused here, in version 1's words, and not by the bridge. */
  refusesEmpty: boolean;
  /** The turns of a request's body, oldest first. What no turn can be made of is left out: the bridge refuses it. */
  turns(body: JsonRecord): PlacedTurn[];
  /** A copy of the body with each block before what its user turn says; everything else as it was. */
  withBlocks(body: JsonRecord, blocks: readonly PlacedBlock[]): JsonRecord;
  /** Images that the client sent. */
  imageCount(body: JsonRecord): number;
  /** What a whole answer says. */
  answered(answer: JsonRecord): AnsweredTurns;
  /** Reads a streamed answer; `metadata` is what is to be told of memory. */
  reader(metadata: JsonRecord): AnswerReader;
}

/** Reads the events of a stream while they pass. */
export interface AnswerReader {
  /** Takes the data of one event. Answers the data of those to be sent in its place; undefined: it passes as it is. */
  take(data: string): string[] | undefined;
  /** Whether the last event was read. */
  readonly isComplete: boolean;
  /** What arrived so far. */
  answered(): AnsweredTurns;
}

/** How memory is put before a user's own words; the same each time, so that the prompt's prefix stays. */
export function blockBefore(block: string, text: string): string {
  return text === "" ? block : `${block}\n\n${text}`;
}

/** The list with each block put into the message at its place. */
export function mapPlaces<T>(
  list: readonly T[],
  blocks: readonly PlacedBlock[],
  put: (item: T, block: string) => T,
): T[] {
  const byPlace = new Map(blocks.map(({ at, text }) => [at, text]));
  return list.map((item, at) => {
    const block = byPlace.get(at);
    return block === undefined ? item : put(item, block);
  });
}
