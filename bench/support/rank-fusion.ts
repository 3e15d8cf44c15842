/** One hit of one list, in the order of the list. */
export interface ListedHit {
  id: string;
  conversation: string;
  score: number;
}

/** Reciprocal rank fusion (Cormack, Clarke and Büttcher 2009), k = 60 as there. */
export function reciprocalRankFusion(lists: readonly (readonly ListedHit[])[]): ListedHit[] {
  return combined(lists, (_hit, rank) => 1 / (60 + rank + 1));
}

/** Equal shares of the scores of each list, divided by the best score of the list. */
export function equalShares(lists: readonly (readonly ListedHit[])[]): ListedHit[] {
  return combined(lists, (hit, _rank, best) => hit.score / Math.max(best, 1e-9));
}

function combined(
  lists: readonly (readonly ListedHit[])[],
  worth: (hit: ListedHit, rank: number, best: number) => number,
): ListedHit[] {
  const sums = new Map<string, ListedHit>();
  for (const list of lists) {
    const best = list[0]?.score ?? 1;
    for (const [rank, hit] of list.entries()) {
      const known = sums.get(hit.id)?.score ?? 0;
      sums.set(hit.id, { ...hit, score: known + worth(hit, rank, best) });
    }
  }
  return [...sums.values()].sort((left, right) => right.score - left.score);
}

/** Conversations by the sum of their three best messages, each next one counting half. */
export function conversationsOf(hits: readonly ListedHit[]): string[] {
  const scores = new Map<string, { sum: number; count: number }>();
  for (const { conversation, score } of hits) {
    const known = scores.get(conversation) ?? { sum: 0, count: 0 };
    if (known.count < 3) {
      scores.set(conversation, {
        sum: known.sum + score * 0.5 ** known.count,
        count: known.count + 1,
      });
    }
  }
  return [...scores]
    .sort((left, right) => right[1].sum - left[1].sum)
    .map(([conversation]) => conversation);
}

/** Conversations in the order of their first message. */
export function conversationsByFirst(hits: readonly ListedHit[]): string[] {
  return [...new Set(hits.map((hit) => hit.conversation))];
}
