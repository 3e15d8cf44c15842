import type { Where } from "chromadb";
import type { MessageFilter, Owner } from "../../../core/conversations/conversation.ts";
import type { ConversationStore } from "../../../core/ports/conversation-store.ts";
import type { MessageIndex } from "../../../core/ports/message-index.ts";
import type { VectorHit } from "../../../core/ports/vector-store.ts";
import type { LocatedMessage, VectorRowSource } from "../vector-row-source.ts";
import { batchesOf } from "./chroma-records.ts";

/** The rows, as a search in Chroma needs them. */
export interface ChromaRows {
  vectors: VectorRowSource;
  index: Pick<MessageIndex, "briefs">;
  conversations: Pick<ConversationStore, "ids">;
}

/** What Chroma found, before the rows have been asked. */
export interface RawHit {
  messageId: string;
  chunk: number;
  start: number;
  /** Null: the end of the text. */
  end: number | null;
  similarity: number;
}

/** The nearest vectors of one collection, best first, at most so many; `where` narrows them. */
export type Nearest = (limit: number, where: Where[]) => Promise<RawHit[]>;

export interface ChromaSearch {
  owner: Owner;
  filter: MessageFilter;
  limit: number;
}

/** Asked beyond the limit at first: several chunks of a message, hits that do not count any more. */
const SPARE = 16;
const GROWTH = 4;
/** With so few conversations that pass, Chroma is told their ids. */
const MOST_CONVERSATIONS = 500;
/** A loose filter whose best hits lie deeper than this gets what was found until there. */
const DEEPEST = 20_000;
/** Messages looked up at once. */
const LOOKUP = 2000;

/**
 * The nearest messages that pass a filter. Chroma's metadata are as old as the vector, so the rows decide of every hit
 * whether it counts; Chroma is asked for more until enough do. Where few conversations pass, it is asked within them.
 */
export async function searchChroma(
  rows: ChromaRows,
  search: ChromaSearch,
  nearest: Nearest,
): Promise<VectorHit[]> {
  const { filter, limit } = search;
  if (limit === 0 || filter.roles?.length === 0 || filter.ids?.length === 0) return [];
  const first = limit + Math.ceil(limit / 4) + SPARE;
  const begun = await look(rows, search, { nearest, within: [], wanted: first });
  if (begun.isEnough) return begun.hits;
  const few = await fewConversations(rows, search);
  if (few?.length === 0) return [];
  const within: Where[] = few === null ? [] : [{ conversation_id: { $in: few } }];
  let wanted = few === null ? first * GROWTH : first;
  for (;;) {
    const { hits, isEnough } = await look(rows, search, { nearest, within, wanted });
    if (isEnough) return hits;
    wanted = Math.min(DEEPEST, wanted * GROWTH);
  }
}

/** Enough: as many as were asked for, or there is nothing more to be had. */
async function look(
  rows: ChromaRows,
  search: ChromaSearch,
  { nearest, within, wanted }: { nearest: Nearest; within: Where[]; wanted: number },
): Promise<{ hits: VectorHit[]; isEnough: boolean }> {
  const raw = await nearest(wanted, within);
  const hits = await passing(rows, search, raw);
  const isEnd = raw.length < wanted || wanted >= DEEPEST;
  return { hits: hits.slice(0, search.limit), isEnough: isEnd || hits.length >= search.limit };
}

/** The conversations that pass; null where they are too many. */
async function fewConversations(
  { conversations }: ChromaRows,
  { owner, filter }: ChromaSearch,
): Promise<string[] | null> {
  const ids = await conversations.ids(owner, filter, MOST_CONVERSATIONS + 1);
  return ids.length > MOST_CONVERSATIONS ? null : ids;
}

/** Each message once with its best chunk, as far as the rows have it and let it pass. */
async function passing(
  rows: ChromaRows,
  { owner, filter }: ChromaSearch,
  raw: readonly RawHit[],
): Promise<VectorHit[]> {
  const best = new Map<string, RawHit>();
  for (const hit of raw) {
    const known = best.get(hit.messageId);
    if (known === undefined || hit.similarity > known.similarity) best.set(hit.messageId, hit);
  }
  const found = new Map<string, LocatedMessage>();
  for (const ids of batchesOf([...best.keys()], LOOKUP)) {
    for (const row of await locatePassing(rows, { owner, filter }, ids)) found.set(row.id, row);
  }
  const hits = [...best.values()].flatMap((hit): VectorHit[] => {
    const row = found.get(hit.messageId);
    if (row === undefined) return [];
    const { message, conversation, length } = row;
    const { chunk, start, end, similarity } = hit;
    return [{ message, conversation, chunk, start, end: end ?? length, similarity }];
  });
  return hits.sort(
    (left, right) => right.similarity - left.similarity || left.message - right.message,
  );
}

async function locatePassing(
  { vectors, index }: ChromaRows,
  { owner, filter }: { owner: Owner; filter: MessageFilter },
  ids: readonly string[],
): Promise<LocatedMessage[]> {
  const located = await vectors.locate(owner, ids);
  const messages = located.map(({ message }) => message);
  const briefs = await index.briefs(owner, messages, filter);
  const passed = new Set(briefs.map(({ message }) => message));
  return located.filter(({ message }) => passed.has(message));
}
