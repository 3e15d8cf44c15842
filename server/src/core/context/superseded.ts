import { factKey } from "../facts/fact-key.ts";
import type { MessageFact } from "../ports/fact-store.ts";
import type { ContextCandidate } from "./context-types.ts";
import { compareAge } from "./near-duplicates.ts";
import { findRestatements, type Restatement } from "./restatements.ts";

export interface SupersedingClues {
  query: string;
  /** Stems of the query's words. */
  stems: ReadonlySet<string>;
  /** What a model found in the candidates; empty where none was asked. */
  facts: readonly MessageFact[];
}

/**
 * Statements that a newer one replaces, as pairs of message ids; each older one once. By facts first: two messages name
 * the same attribute of the same subject with different values. Then by words, for what no fact speaks of. Pure.
 */
export function findSuperseded(
  candidates: readonly ContextCandidate[],
  { query, stems, facts }: SupersedingClues,
): Restatement[] {
  const byFacts = changedFacts(candidates, facts);
  const known = new Set(byFacts.map(({ older }) => older));
  const byWords = findRestatements(candidates, { text: query, stems });
  return [...byFacts, ...byWords.filter(({ older }) => !known.has(older))];
}

/** The newest message that names an attribute says how it is; older ones that name none of its values are superseded. */
function changedFacts(
  candidates: readonly ContextCandidate[],
  facts: readonly MessageFact[],
): Restatement[] {
  if (facts.length === 0) return [];
  const order = candidates.toSorted(compareAge).map(({ message }) => message.id);
  const ages = new Map(order.map((id, age) => [id, age]));
  const newest = new Map<string, string>();
  const about = Map.groupBy(
    facts.filter(({ messageId }) => ages.has(messageId)),
    ({ subject, attribute }) => JSON.stringify([factKey(subject), factKey(attribute)]),
  );
  for (const stated of about.values()) {
    const values = valuesByMessage(stated);
    const latest = [...values.keys()].reduce((best, id) =>
      ageOf(ages, id) > ageOf(ages, best) ? id : best,
    );
    const current = values.get(latest) ?? new Set();
    for (const [older, own] of values) {
      if ([...own].some((value) => current.has(value))) continue;
      const known = newest.get(older);
      const isNewer = known === undefined || ageOf(ages, latest) > ageOf(ages, known);
      if (isNewer) newest.set(older, latest);
    }
  }
  return [...newest].map(([older, newer]) => ({ older, newer }));
}

function valuesByMessage(facts: readonly MessageFact[]): Map<string, Set<string>> {
  const values = new Map<string, Set<string>>();
  for (const { messageId, value } of facts) {
    const own = values.get(messageId) ?? new Set();
    values.set(messageId, own.add(factKey(value)));
  }
  return values;
}

function ageOf(ages: ReadonlyMap<string, number>, id: string): number {
  return ages.get(id) ?? -1;
}
