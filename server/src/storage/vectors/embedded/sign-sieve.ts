import { BLOCK_BYTES, type Block, type BlockPool } from "./block-pool.ts";
import type { QuantisedQuery } from "./quantise.ts";
import type { VectorMatrix } from "./vector-matrix.ts";

/** Bits in one 128-bit register, and as many of those as the kernel can count in. */
const REGISTER_BITS = 128;
const MOST_REGISTERS = 31;

/**
 * One bit a component, its sign: two vectors with a small angle have most signs in common (Charikar 2002, random
 * hyperplanes). Comparing signs reads an eighth of what the int8 rows are, so the few rows that may be near are found
 * eight times as fast; those are then scored as always. Derived from the matrix, kept up to date when it is asked.
 */
export class SignSieve {
  readonly #pool: BlockPool;
  readonly #matrix: VectorMatrix;
  /** Bytes of a row. */
  readonly #width: number;
  /** Where the signs of each block of the matrix lie. */
  readonly #areas: Block[] = [];
  /** Blocks of the pool, each with several areas. */
  readonly #held: Block[] = [];
  /** Rows whose signs are right. */
  #rows = 0;
  #distances = new Uint16Array(0);

  constructor(pool: BlockPool, matrix: VectorMatrix) {
    this.#pool = pool;
    this.#matrix = matrix;
    this.#width = Math.ceil(matrix.dimension / REGISTER_BITS) * (REGISTER_BITS / 8);
  }

  /** Whether vectors of this dimension can be sifted: very long and very short ones cannot. */
  get isPossible(): boolean {
    const isCountable = this.#width / (REGISTER_BITS / 8) <= MOST_REGISTERS;
    return isCountable && this.#matrix.rowsPerBlock * this.#width <= BLOCK_BYTES / 2;
  }

  /** To be called when rows have moved: all signs are read again. */
  reset(): void {
    this.#rows = 0;
    this.#areas.length = 0;
    for (const { arena, offset } of this.#held.splice(0)) arena.release(offset);
  }

  /** At least `wanted` rows, those that differ from the query in the fewest signs; ascending. */
  nearest(query: QuantisedQuery, wanted: number): Uint32Array {
    this.#update();
    const distances = this.#compare(query);
    const counts = new Uint32Array(this.#width * 8 + 1);
    for (let row = 0; row < this.#rows; row += 1) {
      const distance = distances[row] ?? 0;
      counts[distance] = (counts[distance] ?? 0) + 1;
    }
    let limit = 0;
    let found = counts[0] ?? 0;
    while (found < wanted && limit < counts.length - 1) {
      limit += 1;
      found += counts[limit] ?? 0;
    }
    const rows = new Uint32Array(found);
    let at = 0;
    for (let row = 0; row < this.#rows; row += 1) {
      if ((distances[row] ?? 0) <= limit) {
        rows[at] = row;
        at += 1;
      }
    }
    return rows;
  }

  #compare(query: QuantisedQuery): Uint16Array {
    const signs = signsOf(query.components, this.#width);
    for (const arena of new Set(this.#held.map((block) => block.arena))) arena.setQuerySigns(signs);
    if (this.#distances.length < this.#rows) {
      this.#distances = new Uint16Array(Math.ceil(this.#rows * 1.2));
    }
    const { rowsPerBlock } = this.#matrix;
    for (const [number, { arena, offset }] of this.#areas.entries()) {
      const first = number * rowsPerBlock;
      const count = Math.min(rowsPerBlock, this.#rows - first);
      this.#distances.set(arena.distances(offset, count, this.#width), first);
    }
    return this.#distances;
  }

  /** Reads the signs of rows that are new. */
  #update(): void {
    const { rows, rowsPerBlock, stride } = this.#matrix;
    if (this.#rows === rows) return;
    for (let number = Math.floor(this.#rows / rowsPerBlock); ; number += 1) {
      const block = this.#matrix.block(number);
      if (block === undefined) break;
      const area = this.#area(number);
      const options = { count: block.count, stride, width: this.#width };
      // Copied at once: the arenas may differ, and a view does not outlive the next call.
      area.arena.bytes.set(block.arena.signs(block.offset, options), area.offset);
    }
    this.#rows = rows;
  }

  #area(number: number): Block {
    const known = this.#areas[number];
    if (known !== undefined) return known;
    const bytes = this.#matrix.rowsPerBlock * this.#width;
    const perBlock = Math.floor(BLOCK_BYTES / bytes);
    const place = number % perBlock;
    if (place === 0) this.#held.push(this.#pool.allocate());
    const block = this.#held.at(-1);
    if (block === undefined) throw new RangeError("areas are handed out in order");
    const area = { arena: block.arena, offset: block.offset + place * bytes };
    this.#areas.push(area);
    return area;
  }
}

function signsOf(components: Int16Array, width: number): Uint8Array {
  const signs = new Uint8Array(width);
  for (const [index, component] of components.entries()) {
    if (component < 0) signs[index >> 3] = (signs[index >> 3] ?? 0) | (1 << (index & 7));
  }
  return signs;
}
