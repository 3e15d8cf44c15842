/** A row as it is scanned: int8 components and what a component of 1 is worth in cosine. */
export interface QuantisedRow {
  components: Int8Array;
  scale: number;
}

/** A query as the kernel wants it. */
export interface QuantisedQuery {
  components: Int16Array;
  scale: number;
  /** The same query in full, unit length, for exact scores. */
  exact: Float32Array;
}

const ROW_MAXIMUM = 127;
const QUERY_MAXIMUM = 32_767;
const SUM_MAXIMUM = 2 ** 31 - 1;

/** Bytes of a row: whole 128-bit registers, the rest zero. */
export function strideOf(dimension: number): number {
  return Math.ceil(dimension / 16) * 16;
}

/** Euclidean length; NaN when a component is not a number, 0 for the zero vector. */
export function lengthOf(vector: Float32Array): number {
  let sum = 0;
  for (const component of vector) {
    sum += component * component;
  }
  return Math.sqrt(sum);
}

/**
 * One scale per vector: the largest component becomes 127. The length is folded into the scale,
 * so that a dot product is a cosine even should a stored vector not be of unit length.
 * Null for a vector that has no direction (zero, NaN, infinite).
 */
export function quantiseRow(vector: Float32Array, into: Int8Array): QuantisedRow | null {
  const length = lengthOf(vector);
  if (!Number.isFinite(length) || length === 0) {
    return null;
  }
  const step = largestOf(vector) / ROW_MAXIMUM;
  for (let index = 0; index < vector.length; index += 1) {
    into[index] = Math.round((vector[index] ?? 0) / step);
  }
  return { components: into, scale: step / length };
}

/** As many bits as the sum over a whole row can bear without overflow of 32 bits. */
export function quantiseQuery(vector: Float32Array): QuantisedQuery {
  const stride = strideOf(vector.length);
  const maximum = Math.min(QUERY_MAXIMUM, Math.floor(SUM_MAXIMUM / (ROW_MAXIMUM * stride)));
  const length = lengthOf(vector);
  const exact = vector.map((component) => component / length);
  const step = largestOf(exact) / maximum;
  const components = new Int16Array(stride);
  for (let index = 0; index < exact.length; index += 1) {
    components[index] = Math.round((exact[index] ?? 0) / step);
  }
  return { components, scale: step, exact };
}

/** The cosine of a unit-length query and a stored vector; NaN when that has no direction. */
export function exactSimilarity(query: Float32Array, vector: Float32Array): number {
  let dot = 0;
  let squares = 0;
  for (let index = 0; index < vector.length; index += 1) {
    const component = vector[index] ?? 0;
    dot += (query[index] ?? 0) * component;
    squares += component * component;
  }
  return dot / Math.sqrt(squares);
}

/** A blob of little-endian float32, which is the order of every machine Node runs on. */
export function vectorOfBlob(blob: Uint8Array): Float32Array {
  const aligned = blob.byteOffset % Float32Array.BYTES_PER_ELEMENT === 0 ? blob : blob.slice();
  return new Float32Array(
    aligned.buffer as ArrayBuffer,
    aligned.byteOffset,
    Math.floor(aligned.byteLength / Float32Array.BYTES_PER_ELEMENT),
  );
}

function largestOf(vector: Float32Array): number {
  let largest = 0;
  for (const component of vector) {
    largest = Math.max(largest, Math.abs(component));
  }
  return largest;
}
