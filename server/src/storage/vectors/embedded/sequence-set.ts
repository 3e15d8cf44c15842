/** A set of sequences as one bit each. */
export class SequenceSet {
  readonly #bits: Uint8Array;
  readonly size: number;

  constructor(sequences: readonly number[]) {
    let largest = 0;
    for (const sequence of sequences) {
      largest = Math.max(largest, sequence);
    }
    this.#bits = new Uint8Array(Math.floor(largest / 8) + 1);
    for (const sequence of sequences) {
      const index = Math.floor(sequence / 8);
      this.#bits[index] = (this.#bits[index] ?? 0) | (1 << (sequence % 8));
    }
    this.size = sequences.length;
  }

  has(sequence: number): boolean {
    return ((this.#bits[sequence >>> 3] ?? 0) & (1 << (sequence & 7))) !== 0;
  }
}
