export interface ClusteredVectorsOptions {
  count: number;
  dimension: number;
  clusters: number;
  seed: number;
  /** Standard deviation within a cluster, relative to that of the centres. */
  spread?: number;
}

/** Unit vectors around random centres, the same for the same options: for tests and benchmarks. */
export function clusteredVectors(options: ClusteredVectorsOptions): Float32Array[] {
  const { count, dimension, clusters, seed, spread = 0.7 } = options;
  const next = gaussian(seed);
  const centres = Array.from({ length: clusters }, () =>
    Float32Array.from({ length: dimension }, () => next()),
  );
  return Array.from({ length: count }, (_, at) => {
    const centre = centres[at % clusters] ?? new Float32Array(dimension);
    return unit(centre.map((component) => component + spread * next()));
  });
}

function unit(vector: Float32Array): Float32Array {
  const length = Math.hypot(...vector);
  return vector.map((component) => component / length);
}

/** Mulberry32 for uniform numbers, the sum of four for a bell curve that is good enough here. */
function gaussian(seed: number): () => number {
  let state = (seed + 1) * 0x6d2b79f5;
  const uniform = () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return () => (uniform() + uniform() + uniform() + uniform() - 2) * Math.sqrt(3);
}
