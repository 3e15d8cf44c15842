import type { Where } from "chromadb";
import type { MessageFilter, Owner } from "../../../core/conversations/conversation.ts";
import type { ConversationStore } from "../../../core/ports/conversation-store.ts";
import type { MessageIndex } from "../../../core/ports/message-index.ts";
import type { VectorHit } from "../../../core/ports/vector-store.ts";
import type { ChunkPlace, LocatedMessage, VectorRowSource } from "../vector-row-source.ts";
import { batchesOf, type RecordPlace } from "./chroma-records.ts";

/** The rows, as a search in Chroma needs them. */
export interface ChromaRows {
  vectors: VectorRowSource;
  index: Pick<MessageIndex, "briefs">;
  conversations: Pick<ConversationStore, "ids">;
}

/** What Chroma found, before the rows have been asked. */
export interface RawHit {
  /** Null: a record of another owner, model or memory. */
  place: RecordPlace | null;
  similarity: number;
}

/** One collection, as a search asks it. */
export interface ChromaSource {
  /** The nearest vectors, best first, at most so many; `where` narrows them. */
  nearest(limit: number, where: Where[]): Promise<RawHit[]>;
  /** What Chroma is told as the last resort, to find few records among very many. */
  narrow: Where[];
  /** Which vectors the rows have of these messages, and where they stand. */
  chunks(messages: readonly LocatedMessage[]): Promise<ChunkPlace[]>;
}

export interface ChromaSearch {
  owner: Owner;
  filter: MessageFilter;
  limit: number;
}

/** How often Chroma is asked, and for what. */
interface Look {
  wanted: number;
  within: Where[];
}

/** Asked beyond the limit at first: several chunks of a message, hits that do not count any more. */
const SPARE = 16;
/** Finding sixteen times as many takes Chroma about three times as long (13 ms for 1,536 of 100,000). */
const GROWTH = 16;
/** With so few conversations that pass, Chroma is told their ids. */
const MOST_CONVERSATIONS = 500;
/** Beyond so many, looking deeper is faster than telling them. */
const HANDFUL = 32;
/** A loose filter whose best hits lie deeper than this gets what was found until there. */
const DEEPEST = 20_000;
/** Messages looked up at once. */
const LOOKUP = 2000;

/**
 * The nearest messages that pass a filter. The rows decide of every hit whether it counts: Chroma's metadata are as old as
 * the vector, and narrowing by them takes it long (0.2 s and more for what most of 100,000 records have, where finding the
 * nearest takes 2 ms). So it is asked for the nearest of all and for more until enough pass, and narrowed where few do.
 */
export async function searchChroma(
  rows: ChromaRows,
  search: ChromaSearch,
  source: ChromaSource,
): Promise<VectorHit[]> {
  const { filter, limit } = search;
  if (limit === 0 || filter.roles?.length === 0 || filter.ids?.length === 0) return [];
  const first = limit + Math.ceil(limit / 4) + SPARE;
  let found = await look(rows, search, { source, wanted: first, within: [] });
  if (found.isEnough) return found.hits;
  const few = await fewConversations(rows, search);
  if (few?.length === 0) return [];
  for (const next of looksAfter(first, few, source.narrow)) {
    found = await look(rows, search, { source, ...next });
    if (found.isEnough) break;
  }
  return found.hits;
}

function* looksAfter(first: number, few: string[] | null, narrow: Where[]): Generator<Look> {
  if (few === null) yield* deeper(first * GROWTH, []);
  else if (few.length > HANDFUL) yield { wanted: Math.min(DEEPEST, first * GROWTH), within: [] };
  const within: Where[] = few === null ? narrow : [{ conversation_id: { $in: few } }];
  if (within.length > 0) yield* deeper(first, within);
}

function* deeper(first: number, within: Where[]): Generator<Look> {
  for (let wanted = first; wanted < DEEPEST; wanted *= GROWTH) yield { wanted, within };
  yield { wanted: DEEPEST, within };
}

/** Enough: as many as were asked for, or there is nothing more to be had. */
async function look(
  rows: ChromaRows,
  search: ChromaSearch,
  { source, wanted, within }: Look & { source: ChromaSource },
): Promise<{ hits: VectorHit[]; isEnough: boolean }> {
  const raw = await source.nearest(wanted, within);
  const hits = await passing(rows, search, { source, raw });
  const isEnough = raw.length < wanted || hits.length >= search.limit;
  return { hits: hits.slice(0, search.limit), isEnough };
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
  { source, raw }: { source: ChromaSource; raw: readonly RawHit[] },
): Promise<VectorHit[]> {
  const own = raw.flatMap(({ place, similarity }) =>
    place === null ? [] : [{ ...place, similarity }],
  );
  const located = new Map<string, LocatedMessage>();
  for (const ids of batchesOf([...new Set(own.map(({ messageId }) => messageId))], LOOKUP)) {
    for (const row of await locatePassing(rows, { owner, filter }, ids)) located.set(row.id, row);
  }
  const places = new Map(
    (await source.chunks([...located.values()])).map((one) => [`${one.message}/${one.chunk}`, one]),
  );
  const hits = new Map<number, VectorHit>();
  for (const { messageId, chunk, similarity } of own) {
    const row = located.get(messageId);
    const place = row === undefined ? undefined : places.get(`${row.message}/${chunk}`);
    // They come best first.
    if (row === undefined || place === undefined || hits.has(row.message)) continue;
    hits.set(row.message, { ...place, conversation: row.conversation, similarity });
  }
  return [...hits.values()].sort(
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
