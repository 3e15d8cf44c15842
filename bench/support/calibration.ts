/** Something said with a confidence, and whether it was right. */
export interface Judged {
  /** 0 to 1. */
  confidence: number;
  isRight: boolean;
}

export interface ReliabilityBin {
  from: number;
  below: number;
  count: number;
  /** Mean confidence inside. */
  mean: number;
  /** Share that is right. */
  right: number;
}

/** Bins between these edges, empty ones left out. */
export function reliability(judged: readonly Judged[], edges: readonly number[]): ReliabilityBin[] {
  return edges.slice(0, -1).flatMap((from, place) => {
    const below = edges[place + 1] ?? 1;
    const inside = judged.filter(({ confidence }) => confidence >= from && confidence < below);
    const count = inside.length;
    if (count === 0) return [];
    const mean = inside.reduce((sum, { confidence }) => sum + confidence, 0) / count;
    const right = inside.filter(({ isRight }) => isRight).length / count;
    return [{ from, below, count, mean, right }];
  });
}

const STEPS = 50;
/** Confidences come in hundredths; 0 and 1 have no logit. */
const EDGE = 0.005;

/**
 * Slope a and shift b of the logistic regression of being right on the logit of the confidence: 1 and 0 where
 * confidences are calibrated (D. R. Cox, "Two further applications of a model for binary regression", 1958). Newton's
 * method, with a weak pull to 1 and 0 so that separable data have an answer.
 */
export function slopeAndShift(judged: readonly Judged[]): { slope: number; shift: number } {
  let slope = 1;
  let shift = 0;
  for (let step = 0; step < STEPS; step += 1) {
    let [toSlope, toShift] = [slope - 1, shift];
    let [squares, products, ones] = [1, 0, 1];
    for (const { confidence, isRight } of judged) {
      const x = logit(confidence);
      const chance = 1 / (1 + Math.exp(-(slope * x + shift)));
      const miss = chance - (isRight ? 1 : 0);
      const weight = chance * (1 - chance);
      toSlope += miss * x;
      toShift += miss;
      squares += weight * x * x;
      products += weight * x;
      ones += weight;
    }
    const determinant = squares * ones - products * products;
    slope -= (ones * toSlope - products * toShift) / determinant;
    shift -= (squares * toShift - products * toSlope) / determinant;
  }
  return { slope, shift };
}

function logit(share: number): number {
  const inside = Math.min(1 - EDGE, Math.max(EDGE, share));
  return Math.log(inside / (1 - inside));
}
