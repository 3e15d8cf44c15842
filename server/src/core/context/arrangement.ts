import type { ContextMessage } from "./context-types.ts";
import type { Restatement } from "./restatements.ts";

/** Names each other to the two statements of a pair that are both taken. */
export function marked(
  taken: readonly ContextMessage[],
  restatements: readonly Restatement[],
): ContextMessage[] {
  const present = new Set(taken.map((one) => one.message.id));
  const pairs = restatements.filter(({ older, newer }) => present.has(older) && present.has(newer));
  const newerOf = new Map(pairs.map(({ older, newer }) => [older, newer]));
  const olderOf = Map.groupBy(pairs, ({ newer }) => newer);
  return taken.map((one) => ({
    ...one,
    supersededBy: newerOf.get(one.message.id) ?? null,
    supersedes: (olderOf.get(one.message.id) ?? []).map(({ older }) => older),
  }));
}

/** Conversation by conversation, the one that began first at the beginning; inside, as it was said. */
export function arranged(taken: readonly ContextMessage[]): ContextMessage[] {
  const groups = [...Map.groupBy(taken, (one) => one.conversation.id).values()].map((group) =>
    group.toSorted(
      (one, other) =>
        one.message.timestamp - other.message.timestamp ||
        one.message.position - other.message.position,
    ),
  );
  const startOf = (group: readonly ContextMessage[]) => group[0]?.message.timestamp ?? 0;
  return groups.sort((one, other) => startOf(one) - startOf(other)).flat();
}
