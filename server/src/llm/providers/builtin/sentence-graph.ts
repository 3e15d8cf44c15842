/** tf·idf weights of one sentence by term number, of length 1. */
export type TermVector = ReadonlyMap<number, number>;

const DAMPING = 0.85;
const ITERATIONS = 30;
const SETTLED = 1e-4;

/** One unit vector a sentence; a term's weight falls with the number of sentences that have it. */
export function termVectors(sentences: readonly (readonly string[])[]): TermVector[] {
  const numbers = new Map<string, number>();
  const frequencies: number[] = [];
  const counts = sentences.map((stems) => {
    const count = new Map<number, number>();
    for (const stem of stems) {
      const number = numbers.get(stem) ?? numbers.size;
      numbers.set(stem, number);
      if (!count.has(number)) frequencies[number] = (frequencies[number] ?? 0) + 1;
      count.set(number, (count.get(number) ?? 0) + 1);
    }
    return count;
  });
  return counts.map((count) => unitVector(count, (term) => idf(frequencies[term] ?? 1)));

  function idf(frequency: number): number {
    return Math.log(1 + sentences.length / frequency);
  }
}

/** Cosine of two unit vectors. */
export function similarity(first: TermVector | undefined, second: TermVector | undefined): number {
  if (first === undefined || second === undefined) return 0;
  const [small, large] = first.size <= second.size ? [first, second] : [second, first];
  let sum = 0;
  for (const [term, weight] of small) sum += weight * (large.get(term) ?? 0);
  return sum;
}

/**
 * Continuous LexRank (Erkan and Radev 2004, §3.3): the stationary distribution of a walk from sentence to similar
 * sentence, scaled so that the mean is 1. Quadratic in the number of sentences: the caller bounds it.
 */
export function rankBySimilarity(vectors: readonly TermVector[]): number[] {
  const count = vectors.length;
  const weights = similarityMatrix(vectors);
  let ranks = new Float64Array(count).fill(1);
  for (let iteration = 0; iteration < ITERATIONS; iteration += 1) {
    const next = step(weights, ranks);
    const change = next.reduce((sum, rank, index) => sum + Math.abs(rank - (ranks[index] ?? 0)), 0);
    ranks = next;
    if (change < SETTLED * count) break;
  }
  return [...ranks];
}

/** Rows add up to 1; a sentence like no other leads everywhere alike. */
function similarityMatrix(vectors: readonly TermVector[]): Float64Array[] {
  const rows = vectors.map(() => new Float64Array(vectors.length));
  for (const [index, vector] of vectors.entries()) {
    for (let other = 0; other < index; other += 1) {
      const near = similarity(vector, vectors[other]);
      setWeight(rows, index, { other, near });
      setWeight(rows, other, { other: index, near });
    }
  }
  return rows.map((row) => {
    const sum = row.reduce((total, weight) => total + weight, 0);
    return sum === 0 ? row.fill(1 / vectors.length) : row.map((weight) => weight / sum);
  });
}

function setWeight(
  rows: readonly Float64Array[],
  index: number,
  { other, near }: { other: number; near: number },
): void {
  const row = rows[index];
  if (row !== undefined) row[other] = near;
}

function step(weights: readonly Float64Array[], ranks: Float64Array): Float64Array<ArrayBuffer> {
  const next = new Float64Array(ranks.length).fill(1 - DAMPING);
  for (const [from, row] of weights.entries()) {
    const share = DAMPING * (ranks[from] ?? 0);
    for (let to = 0; to < row.length; to += 1) {
      next[to] = (next[to] ?? 0) + share * (row[to] ?? 0);
    }
  }
  return next;
}

function unitVector(
  counts: ReadonlyMap<number, number>,
  weightOf: (term: number) => number,
): TermVector {
  const weighted = new Map<number, number>();
  let squares = 0;
  for (const [term, count] of counts) {
    const weight = (1 + Math.log(count)) * weightOf(term);
    weighted.set(term, weight);
    squares += weight * weight;
  }
  const length = Math.sqrt(squares) || 1;
  for (const [term, weight] of weighted) weighted.set(term, weight / length);
  return weighted;
}
