import type { Collection, Metadata, Where } from "chromadb";
import { lengthOf } from "../embedded/quantise.ts";
import type { Space } from "./chroma-collections.ts";

/** A record near a query. */
export interface Neighbour {
  id: string;
  /** Null unless it was asked for. */
  metadata: Metadata | null;
  similarity: number;
}

interface NearestQuery {
  vector: Float32Array;
  limit: number;
  where: Where[];
  space: Space;
  /** Usual length of the collection's vectors. */
  length: number;
  /** Costs Chroma many times what finding a record costs. */
  withMetadata: boolean;
}

const UNIT_TOLERANCE = 0.001;

/** The nearest vectors with their cosines, best first. */
export async function queryNearest(
  collection: Pick<Collection, "query">,
  { vector, limit, where, space, length, withMetadata }: NearestQuery,
): Promise<Neighbour[]> {
  // Only a cosine, or a distance between vectors of length 1, tells the direction.
  const exact = space === "cosine" || Math.abs(length - 1) < UNIT_TOLERANCE;
  // Of the collection's own length, so that the nearest by l2 are the nearest by direction.
  const factor = length / lengthOf(vector);
  const answer = await collection.query({
    queryEmbeddings: [Array.from(vector, (component) => component * factor)],
    nResults: limit,
    include: [
      "distances",
      ...(withMetadata ? (["metadatas"] as const) : []),
      ...(exact ? [] : (["embeddings"] as const)),
    ],
    ...narrowed(where),
  });
  const found = foundIn(answer).map(
    ({ id, metadata, distance, embedding }): Neighbour => ({
      ...{ id, metadata },
      similarity: embedding === null ? similarityOf(distance, space) : cosineOf(vector, embedding),
    }),
  );
  return found.sort((left, right) => right.similarity - left.similarity);
}

/** The cosine of two vectors of length 1 from their distance (l2 is the squared one). */
function similarityOf(distance: number, space: Space): number {
  const cosine = space === "l2" ? 1 - distance / 2 : 1 - distance;
  return Math.min(1, Math.max(-1, cosine));
}

/** 0 for a vector without direction. */
export function cosineOf(left: Float32Array, right: Float32Array): number {
  let dot = 0;
  for (let at = 0; at < left.length; at += 1) dot += (left[at] ?? 0) * (right[at] ?? 0);
  const cosine = dot / (lengthOf(left) * lengthOf(right));
  return Number.isFinite(cosine) ? Math.min(1, Math.max(-1, cosine)) : 0;
}

function narrowed(where: Where[]): { where?: Where } {
  const [first] = where;
  if (first === undefined) return {};
  return { where: where.length === 1 ? first : { $and: where } };
}

/** The part of an answer that is read. */
interface Found {
  id: string;
  distance: number;
  metadata: Metadata | null;
  embedding: Float32Array | null;
}

/** @throws Error for an answer that is not one: a proxy's page, say. */
function foundIn(answer: Awaited<ReturnType<Collection["query"]>>): Found[] {
  const [ids] = answer.ids;
  const [distances] = answer.distances;
  const [metadatas] = answer.metadatas;
  const [embeddings] = answer.embeddings;
  if (!(Array.isArray(ids) && Array.isArray(distances))) throw new Error("an answer without hits");
  return ids.flatMap((id, at): Found[] => {
    const distance = distances[at];
    if (typeof distance !== "number" || !Number.isFinite(distance)) return [];
    const embedding = embeddings?.[at];
    return [
      {
        ...{ id, distance, metadata: metadatas?.[at] ?? null },
        embedding: embedding == null ? null : Float32Array.from(embedding),
      },
    ];
  });
}

/** v1 named its vectors after their messages, and says so in the metadata too. */
export function messageIdOf(id: string, metadata: Metadata | null): string {
  const given = metadata?.message_id;
  return typeof given === "string" && given !== "" ? given : id;
}
