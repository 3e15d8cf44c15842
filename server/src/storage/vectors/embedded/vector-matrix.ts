import { type Arena, BLOCK_BYTES, type Block, type BlockPool, LISTED_ROWS } from "./block-pool.ts";
import { type QuantisedQuery, type QuantisedRow, strideOf } from "./quantise.ts";

/** Where hits of a scan go; `threshold` may rise while it runs. */
export interface HitSink {
  /** Only scores above this are offered. */
  readonly threshold: number;
  offer(row: number, score: number): void;
}

/** Rows of one arena whose addresses the kernel has been given. */
interface Listed {
  rows: Uint32Array;
  count: number;
}

const SCALE_BYTES = Float32Array.BYTES_PER_ELEMENT;

/**
 * The int8 rows of one partition. A block holds as many rows as fit, then their scales. A row
 * that is gone has zero bytes and the scale NaN, which no comparison passes.
 */
export class VectorMatrix {
  readonly dimension: number;
  readonly stride: number;
  readonly rowsPerBlock: number;
  readonly #pool: BlockPool;
  readonly #blocks: Block[] = [];
  #rows = 0;

  constructor(pool: BlockPool, dimension: number) {
    this.#pool = pool;
    this.dimension = dimension;
    this.stride = strideOf(dimension);
    this.rowsPerBlock = Math.floor(BLOCK_BYTES / (this.stride + SCALE_BYTES) / 4) * 4;
    if (this.rowsPerBlock === 0) {
      throw new RangeError(`vectors of ${dimension} components do not fit a block of memory`);
    }
  }

  get bytesPerRow(): number {
    return this.stride + SCALE_BYTES;
  }

  get rows(): number {
    return this.#rows;
  }

  /** Raw rows of a block in use, by the block's number from 0; undefined behind the last. */
  block(number: number): (Block & { count: number }) | undefined {
    const block = this.#blocks[number];
    const count = Math.min(this.rowsPerBlock, this.#rows - number * this.rowsPerBlock);
    return block === undefined || count <= 0 ? undefined : { ...block, count };
  }

  /** Null appends a row that is never found. */
  append(row: QuantisedRow | null): void {
    this.extend(this.#rows + 1);
    if (row !== null) {
      const { block, index } = this.#locate(this.#rows - 1);
      block.arena.bytes.set(row.components, block.offset + index * this.stride);
      block.arena.floats[this.#scaleIndex(block, index)] = row.scale;
    }
  }

  /** Makes room up to `rows`; the new ones are not found before they are set. */
  extend(rows: number): void {
    while (this.#blocks.length * this.rowsPerBlock < rows) {
      const block = this.#pool.allocate();
      const first = this.#scaleIndex(block, 0);
      block.arena.floats.fill(Number.NaN, first, first + this.rowsPerBlock);
      this.#blocks.push(block);
    }
    this.#rows = Math.max(this.#rows, rows);
  }

  erase(row: number): void {
    const { block, index } = this.#locate(row);
    const start = block.offset + index * this.stride;
    block.arena.bytes.fill(0, start, start + this.stride);
    block.arena.floats[this.#scaleIndex(block, index)] = Number.NaN;
  }

  /** Copies one row over another, earlier one. */
  move(from: number, to: number): void {
    const source = this.#locate(from);
    const target = this.#locate(to);
    const start = source.block.offset + source.index * this.stride;
    target.block.arena.bytes.set(
      source.block.arena.bytes.subarray(start, start + this.stride),
      target.block.offset + target.index * this.stride,
    );
    target.block.arena.floats[this.#scaleIndex(target.block, target.index)] =
      source.block.arena.floats[this.#scaleIndex(source.block, source.index)] ?? Number.NaN;
  }

  /** Drops and erases all rows from `rows` on. */
  truncate(rows: number): void {
    const kept = Math.ceil(rows / this.rowsPerBlock);
    for (let row = rows; row < Math.min(this.#rows, kept * this.rowsPerBlock); row += 1) {
      this.erase(row);
    }
    for (const block of this.#blocks.splice(kept)) {
      block.arena.release(block.offset);
    }
    this.#rows = rows;
  }

  /** Offers every row whose cosine is above the sink's threshold. */
  scan(query: QuantisedQuery, sink: HitSink): void {
    this.#prepare(query);
    for (const [number, block] of this.#blocks.entries()) {
      const first = number * this.rowsPerBlock;
      const hits = block.arena.scan({
        offset: block.offset,
        scales: block.offset + this.rowsPerBlock * this.stride,
        count: Math.min(this.rowsPerBlock, this.#rows - first),
        stride: this.stride,
        threshold: sink.threshold / query.scale,
      });
      for (let hit = 0; hit < hits; hit += 1) {
        const score = block.arena.hitScore(hit) * query.scale;
        if (score > sink.threshold) {
          sink.offer(first + block.arena.hitRow(hit), score);
        }
      }
    }
  }

  /** Calls back with the cosine of each given row; NaN for one that is gone. */
  score(query: QuantisedQuery, rows: Iterable<number>, use: HitSink["offer"]): void {
    this.#prepare(query);
    const listed: Listed = { rows: new Uint32Array(LISTED_ROWS), count: 0 };
    let arena: Arena | undefined;
    for (const row of rows) {
      const number = Math.floor(row / this.rowsPerBlock);
      const block = this.#blocks[number];
      if (block === undefined) continue;
      if (arena !== block.arena || listed.count === LISTED_ROWS) {
        if (arena !== undefined) this.#scoreListed(arena, listed, { query, use });
        arena = block.arena;
        listed.count = 0;
      }
      const index = row - number * this.rowsPerBlock;
      arena.list(listed.count, block.offset + index * this.stride);
      listed.rows[listed.count] = row;
      listed.count += 1;
    }
    if (arena !== undefined) this.#scoreListed(arena, listed, { query, use });
  }

  #scoreListed(
    arena: Arena,
    { rows, count }: Listed,
    { query, use }: { query: QuantisedQuery; use: HitSink["offer"] },
  ): void {
    const dots = arena.dots(count, this.stride);
    for (let at = 0; at < count; at += 1) {
      const row = rows[at] ?? 0;
      const number = Math.floor(row / this.rowsPerBlock);
      const block = this.#blocks[number];
      if (block === undefined) continue;
      const scale = arena.floats[this.#scaleIndex(block, row - number * this.rowsPerBlock)];
      use(row, (dots[at] ?? 0) * (scale ?? Number.NaN) * query.scale);
    }
  }

  /** The bytes of one row, for comparison; valid until the next append. */
  components(row: number): Int8Array {
    const { block, index } = this.#locate(row);
    const start = block.offset + index * this.stride;
    return block.arena.bytes.subarray(start, start + this.stride);
  }

  /**
   * Pieces of raw memory that together are rows 0 to `rows` - 1, for saving and loading: of each
   * block the rows in use, then their scales. Read or write them before memory can grow.
   */
  *pieces(rows: number): Generator<{ bytes: number; view: () => Uint8Array }> {
    for (const [number, block] of this.#blocks.entries()) {
      const count = Math.min(this.rowsPerBlock, rows - number * this.rowsPerBlock);
      if (count <= 0) {
        return;
      }
      const scales = block.offset + this.rowsPerBlock * this.stride;
      yield piece(block, block.offset, count * this.stride);
      yield piece(block, scales, count * SCALE_BYTES);
    }
  }

  #prepare(query: QuantisedQuery): void {
    for (const arena of new Set(this.#blocks.map((block) => block.arena))) {
      arena.setQuery(query.components);
    }
  }

  #locate(row: number): { block: Block; index: number } {
    const number = Math.floor(row / this.rowsPerBlock);
    const block = this.#blocks[number];
    if (block === undefined || row >= this.#rows) {
      throw new RangeError(`row ${row} of ${this.#rows}`);
    }
    return { block, index: row - number * this.rowsPerBlock };
  }

  #scaleIndex(block: Block, index: number): number {
    return (block.offset + this.rowsPerBlock * this.stride) / SCALE_BYTES + index;
  }
}

function piece(block: Block, start: number, bytes: number) {
  return {
    bytes,
    view: () => new Uint8Array(block.arena.bytes.buffer, start, bytes),
  };
}
