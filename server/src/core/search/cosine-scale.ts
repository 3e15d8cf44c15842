/** How the cosines of one model spread for a query over texts that have nothing to do with it. */
export interface CosineScale {
  mean: number;
  deviation: number;
}

/**
 * Of all-MiniLM-L6-v2, with which the ranking was measured: 60 questions of LoCoMo and BEAM against 400 unrelated
 * messages each (means -0.01 to 0.15, deviations 0.06 to 0.11).
 */
const REFERENCE: CosineScale = { mean: 0.05, deviation: 0.085 };
/** With fewer unrelated texts the spread is a guess, … */
const LEAST_SAMPLE = 8;
/** … and rather shows too much of a small memory than too little. */
const GUESS: CosineScale = { mean: 0.4, deviation: 0.1 };
const LEAST_DEVIATION = 0.02;

/**
 * The spread of a sample. Where that is too small, no hit counts as less than unrelated.
 * @param sample cosines of messages taken at random
 * @param found cosines of the hits
 */
export function scaleOf(sample: readonly number[], found: readonly number[]): CosineScale {
  if (sample.length < LEAST_SAMPLE) {
    return { ...GUESS, mean: Math.min(GUESS.mean, ...found, ...sample) };
  }
  const mean = sample.reduce((sum, value) => sum + value, 0) / sample.length;
  const variance = sample.reduce((sum, value) => sum + (value - mean) ** 2, 0) / sample.length;
  return { mean, deviation: Math.max(LEAST_DEVIATION, Math.sqrt(variance)) };
}

/**
 * A cosine of any model as the reference model would have given it: as far above unrelated texts, counted in their
 * deviations. Raw cosines of two models say nothing of each other (decisions.md 20).
 */
export function toReference(cosine: number, { mean, deviation }: CosineScale): number {
  const calibrated = REFERENCE.mean + ((cosine - mean) / deviation) * REFERENCE.deviation;
  return Math.min(1, Math.max(-1, calibrated));
}
