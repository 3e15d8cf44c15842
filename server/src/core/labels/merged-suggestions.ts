import type { LabelSuggestion } from "./label-types.ts";

/**
 * Each label once, the surest first. What speaks for one label independently adds up as independent chances do:
 * 1 − (1 − a)(1 − b).
 */
export function mergedSuggestions(
  found: readonly LabelSuggestion[],
  count: number,
): LabelSuggestion[] {
  const merged = new Map<string, LabelSuggestion>();
  for (const one of found) {
    const key = one.label.trim().toLowerCase();
    const known = merged.get(key);
    merged.set(key, known === undefined ? one : joined(known, one));
  }
  return [...merged.values()]
    .map((one) => ({ ...one, confidence: Math.round(one.confidence * 100) / 100 }))
    .sort((a, b) => b.confidence - a.confidence || a.label.localeCompare(b.label))
    .slice(0, count);
}

/** In the spelling of the one that exists. */
function joined(known: LabelSuggestion, one: LabelSuggestion): LabelSuggestion {
  return {
    label: known.isExisting ? known.label : one.label,
    confidence: 1 - (1 - known.confidence) * (1 - one.confidence),
    isExisting: known.isExisting || one.isExisting,
    reason: `${known.reason} ${one.reason}`,
    sources: [...new Set([...known.sources, ...one.sources])],
  };
}
