import { splitWords } from "../search/query-terms.ts";

/** What a subject, an attribute or a value is compared by: its words, without case, accents and punctuation. */
export function factKey(text: string): string {
  return splitWords(text).join(" ") || text.trim().toLowerCase();
}
