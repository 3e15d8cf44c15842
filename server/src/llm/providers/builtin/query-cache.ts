/** The vectors of the latest queries; the least recently used leaves first. */
export class QueryCache {
  readonly #vectors = new Map<string, Float32Array>();
  readonly #capacity: number;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** A copy, so that no caller changes another's vector. */
  get(text: string): Float32Array | undefined {
    const vector = this.#vectors.get(text);
    if (vector === undefined) return undefined;
    this.#vectors.delete(text);
    this.#vectors.set(text, vector);
    return vector.slice();
  }

  set(text: string, vector: Float32Array): void {
    if (text.length > LONGEST_CACHED_TEXT) return;
    this.#vectors.delete(text);
    this.#vectors.set(text, vector.slice());
    const [oldest] = this.#vectors.keys();
    if (this.#vectors.size > this.#capacity && oldest !== undefined) this.#vectors.delete(oldest);
  }
}

/** UTF-16 units; long texts are seldom asked twice and would make the cache large. */
const LONGEST_CACHED_TEXT = 4_096;
