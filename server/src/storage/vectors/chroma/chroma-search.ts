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
  /** What all records of this owner have, and what those that pass have for good: told as the last resort. */
  scope: Where[];
  lasting: Where[];
  /** Which vectors the rows have of these messages, and where they stand. */
  chunks(messages: readonly LocatedMessage[]): Promise<ChunkPlace[]>;
}

export interface ChromaSearch {
  owner: Owner;
  filter: MessageFilter;
  limit: number;
}

interface Asked {
  source: ChromaSource;
  within: Where[];
}

/** What a look found. */
interface Seen {
  wanted: number;
  hits: VectorHit[];
  /** Records of others stood among them. */
  sawOthers: boolean;
  /** As many as were asked for, or there is nothing more to be had. */
  isEnough: boolean;
}

/** Asked beyond the limit at first: several chunks of a message, hits that do not count any more. */
const SPARE = 16;
/** The next look goes at least and at most so many times deeper. */
const GROWTH = { least: 4, most: 32 };
/** Beyond what should be enough by how many passed so far. */
const MARGIN = 1.5;
/** With so few conversations that pass, Chroma is told their ids. */
const MOST_CONVERSATIONS = 500;
/** Where enough should pass down to here, looking deeper is faster than telling them (measured at 100,000 records). */
const DEEP = 6000;
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
  const begun = await look(rows, search, { source, wanted: first, within: [] });
  if (begun.isEnough) return begun.hits;
  const few = await fewConversations(rows, search);
  if (few?.length === 0) return [];
  const found = await deeper(rows, search, { source, begun, within: [], few });
  const within = few === null ? lastResort(source, found) : [{ conversation_id: { $in: few } }];
  if (found.isEnough || within.length === 0) return found.hits;
  const narrowed = await look(rows, search, { source, wanted: first, within });
  return (await deeper(rows, search, { source, begun: narrowed, within, few: null })).hits;
}

/** An owner whose records are all there is is not named: that would take Chroma long, and narrow nothing. */
function lastResort({ scope, lasting }: ChromaSource, { sawOthers }: Seen): Where[] {
  return [...(sawOthers ? scope : []), ...lasting];
}

/** Looks deeper until enough pass; not where they should lie deeper than it is worth, and few conversations can be told. */
async function deeper(
  rows: ChromaRows,
  search: ChromaSearch,
  { source, begun, within, few }: Asked & { begun: Seen; few: readonly string[] | null },
): Promise<Seen> {
  const depth = few === null ? DEEPEST : DEEP;
  let seen = begun;
  while (!seen.isEnough && seen.wanted < depth) {
    const expected = (MARGIN * seen.wanted * search.limit) / seen.hits.length;
    if (few !== null && expected > depth) break;
    const { least, most } = GROWTH;
    const next = Math.min(most * seen.wanted, Math.max(least * seen.wanted, expected));
    seen = await look(rows, search, { source, within, wanted: Math.min(depth, Math.ceil(next)) });
  }
  return seen;
}

async function look(
  rows: ChromaRows,
  search: ChromaSearch,
  { source, wanted, within }: Asked & { wanted: number },
): Promise<Seen> {
  const raw = await source.nearest(wanted, within);
  const hits = await passing(rows, search, { source, raw });
  const isEnough = raw.length < wanted || hits.length >= search.limit;
  const sawOthers = raw.some(({ place }) => place === null);
  return { wanted, hits: hits.slice(0, search.limit), sawOthers, isEnough };
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
