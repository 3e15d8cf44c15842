import { mean } from "./statistics.ts";

/** How well one ranking answers one question (shared/data, README: Measures). */
export interface Measures {
  hit1: number;
  hit5: number;
  recall5: number;
  recall10: number;
  reciprocalRank: number;
}

export type MeasureName = keyof Measures;

/** `ranking` best first, without repetitions; `gold` is not empty. */
export function measure(ranking: readonly string[], gold: readonly string[]): Measures {
  const wanted = new Set(gold);
  const first = ranking.findIndex((id) => wanted.has(id));
  const found = (depth: number) => ranking.slice(0, depth).filter((id) => wanted.has(id)).length;
  return {
    hit1: first === 0 ? 1 : 0,
    hit5: first >= 0 && first < 5 ? 1 : 0,
    recall5: found(5) / wanted.size,
    recall10: found(10) / wanted.size,
    reciprocalRank: first < 0 ? 0 : 1 / (first + 1),
  };
}

export function averages(rows: readonly Measures[]): Measures {
  const of = (name: MeasureName) => mean(rows.map((row) => row[name]));
  return {
    hit1: of("hit1"),
    hit5: of("hit5"),
    recall5: of("recall5"),
    recall10: of("recall10"),
    reciprocalRank: of("reciprocalRank"),
  };
}
