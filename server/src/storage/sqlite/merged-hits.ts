import type { TextHit } from "../../core/ports/message-index.ts";

interface FoundHits {
  hits: TextHit[];
  total: number;
}

/** Hits of two indexes as one list, best first: who is in both has the scores of both. */
export function mergedHits(first: FoundHits, second: FoundHits, limit: number): FoundHits {
  const scores = new Map<number, number>();
  for (const hit of [...first.hits, ...second.hits]) {
    scores.set(hit.message, (scores.get(hit.message) ?? 0) + hit.score);
  }
  const hits = [...scores]
    .map(([message, score]) => ({ message, score }))
    .sort((a, b) => b.score - a.score)
    .slice(0, limit);
  return { hits, total: Math.max(first.total, second.total, scores.size) };
}
