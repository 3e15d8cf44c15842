import { BARE, stemsOf, UNITS } from "./stated-values.ts";

const HOW_MANY = /\bhow many ((?:\p{L}+ ?){1,3})/giu;
const HOW_MUCH_MONEY = /\bhow much money\b/i;
const HOW_LONG = /\bhow long\b/i;
const WHEN =
  /^\W*(?:by |since )?(?:when|wann|quand|cuándo)\b|\bwhat time\b|\b(?:date|day|deadline|schedul\w+|due)\b/i;

/**
 * Tells whether a value of a kind may answer the question: "how many books" counts books, "how long" is in units, dates
 * and times answer who asks for them. Pure; English for the most part, what it does not understand asks for anything else.
 */
export function askedKinds(query: string): (kind: string) => boolean {
  if (HOW_LONG.test(query)) return (kind) => UNITS.has(kind);
  const counted = [...query.matchAll(HOW_MANY)].flatMap(([, words]) => [...stemsOf(words ?? "")]);
  if (counted.length > 0) return (kind) => kind === BARE || counted.includes(kind);
  if (HOW_MUCH_MONEY.test(query)) return (kind) => kind === "money";
  const asksWhen = WHEN.test(query);
  return (kind) => (kind === "date" || kind === "time") === asksWhen;
}
