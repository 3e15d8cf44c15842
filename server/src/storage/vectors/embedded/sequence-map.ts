const LEAST_CAPACITY = 16;
/** 2^32 divided by the golden ratio: spreads consecutive numbers over the table (Knuth 6.4). */
const SPREAD = 0x9e3779b1;

/**
 * From sequences (1 to 2^32 - 1) to row numbers, by open addressing in two typed arrays: a
 * million entries take 16 MB and no garbage collection, where a Map takes three times that.
 */
export class SequenceMap {
  #keys: Uint32Array;
  #values: Uint32Array;
  #size = 0;

  constructor(expected = 0) {
    let capacity = LEAST_CAPACITY;
    while (capacity < expected * 2) {
      capacity *= 2;
    }
    this.#keys = new Uint32Array(capacity);
    this.#values = new Uint32Array(capacity);
  }

  /** Keys ever set; there is no way to take one away. */
  get size(): number {
    return this.#size;
  }

  get(key: number): number | undefined {
    const slot = this.#slot(key);
    return this.#keys[slot] === key ? this.#values[slot] : undefined;
  }

  set(key: number, value: number): void {
    let slot = this.#slot(key);
    if (this.#keys[slot] !== key) {
      if ((this.#size + 1) * 2 > this.#keys.length) {
        this.#grow();
        slot = this.#slot(key);
      }
      this.#keys[slot] = key;
      this.#size += 1;
    }
    this.#values[slot] = value;
  }

  /** Where the key is, or the empty place where it would be. */
  #slot(key: number): number {
    const mask = this.#keys.length - 1;
    let slot = Math.imul(key, SPREAD) >>> Math.clz32(mask);
    while (this.#keys[slot] !== 0 && this.#keys[slot] !== key) {
      slot = (slot + 1) & mask;
    }
    return slot;
  }

  #grow(): void {
    const larger = new SequenceMap(this.#keys.length);
    for (const [slot, key] of this.#keys.entries()) {
      if (key !== 0) {
        larger.set(key, this.#values[slot] ?? 0);
      }
    }
    this.#keys = larger.#keys;
    this.#values = larger.#values;
  }
}
