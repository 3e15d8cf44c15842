import { KERNEL_BASE64 } from "./kernel-bytes.ts";

/** What memory is handed out in: four WebAssembly pages. */
export const BLOCK_BYTES = 256 * 1024;

const PAGE_BYTES = 64 * 1024;
const PAGES_PER_BLOCK = BLOCK_BYTES / PAGE_BYTES;
/** 4 GB, the end of a 32-bit address space. */
const MAXIMUM_PAGES = 65_536;
/** An arena grows by an eighth, by 1 MB at least and 64 MB at most. */
const GROWTH = 8;
const LEAST_GROWTH_BLOCKS = 4;
const MOST_GROWTH_BLOCKS = 256;
/** The first block of an arena is the kernel's: the query, then the hits of one block. */
const QUERY_ADDRESS = 0;
const HITS_ADDRESS = BLOCK_BYTES / 2;
/** The list of rows to score lies where hits lie. */
const LIST_INDEX = HITS_ADDRESS / Uint32Array.BYTES_PER_ELEMENT;
const ROWS_AT_ONCE = 4;
/** Rows that are scored by list in one call of the kernel. */
export const LISTED_ROWS = 4096;
/** Behind the longest query, which has 16 bits a component. */
const SIGNS_ADDRESS = BLOCK_BYTES / 4;

interface Kernel {
  scan(
    rows: number,
    scales: number,
    count: number,
    stride: number,
    query: number,
    threshold: number,
    hits: number,
  ): number;
  dots(list: number, count: number, stride: number, query: number): void;
  signs(rows: number, count: number, stride: number, width: number, out: number): void;
  distances(rows: number, count: number, width: number, query: number, out: number): void;
}

/** Where a block lies. */
export interface Block {
  arena: Arena;
  offset: number;
}

/** Rows of a block to be scored: `count` of them, `stride` bytes each, their scales after `rows`. */
export interface BlockScan {
  offset: number;
  scales: number;
  count: number;
  stride: number;
  threshold: number;
}

/** One WebAssembly memory with the kernel bound to it. */
export class Arena {
  readonly #memory: WebAssembly.Memory;
  readonly #kernel: Kernel;
  readonly #free: number[] = [];
  /** Views go stale when the memory grows; always read them from here. */
  bytes: Int8Array;
  floats: Float32Array;
  words: Int16Array;
  integers: Uint32Array;

  constructor(module: WebAssembly.Module) {
    this.#memory = new WebAssembly.Memory({ initial: PAGES_PER_BLOCK, maximum: MAXIMUM_PAGES });
    const instance = new WebAssembly.Instance(module, { host: { memory: this.#memory } });
    this.#kernel = instance.exports as unknown as Kernel;
    const buffer = this.#memory.buffer;
    this.bytes = new Int8Array(buffer);
    this.floats = new Float32Array(buffer);
    this.words = new Int16Array(buffer);
    this.integers = new Uint32Array(buffer);
  }

  /** The offset of a zeroed block; undefined when the arena is full. */
  allocate(): number | undefined {
    if (this.#free.length === 0) {
      this.#grow();
    }
    return this.#free.pop();
  }

  /** Erases the block: what was deleted must not stay in memory either. */
  release(offset: number): void {
    this.bytes.fill(0, offset, offset + BLOCK_BYTES);
    this.#free.push(offset);
  }

  setQuery(components: Int16Array): void {
    this.words.set(components, QUERY_ADDRESS / Int16Array.BYTES_PER_ELEMENT);
  }

  /** The number of hits; read them by `hitRow` and `hitScore`. */
  scan(scan: BlockScan): number {
    const end = this.#kernel.scan(
      scan.offset,
      scan.scales,
      scan.count,
      scan.stride,
      QUERY_ADDRESS,
      scan.threshold,
      HITS_ADDRESS,
    );
    return (end - HITS_ADDRESS) / 8;
  }

  hitRow(hit: number): number {
    return this.integers[HITS_ADDRESS / 4 + hit * 2] ?? 0;
  }

  hitScore(hit: number): number {
    return this.floats[HITS_ADDRESS / 4 + hit * 2 + 1] ?? 0;
  }

  /** Puts the address of a row on the list that `dots` works through; at most LISTED_ROWS. */
  list(place: number, address: number): void {
    this.integers[LIST_INDEX + place] = address;
  }

  /** The dot products of the first `count` listed rows with the query; valid until the next call. */
  dots(count: number, stride: number): Int32Array {
    const rounded = Math.ceil(count / ROWS_AT_ONCE) * ROWS_AT_ONCE;
    const last = this.integers[LIST_INDEX + count - 1] ?? 0;
    this.integers.fill(last, LIST_INDEX + count, LIST_INDEX + rounded);
    this.#kernel.dots(HITS_ADDRESS, rounded, stride, QUERY_ADDRESS);
    return new Int32Array(this.#memory.buffer, HITS_ADDRESS, count);
  }

  /** The signs of `count` rows, `width` bytes each; valid until the next call of the kernel. */
  signs(rows: number, { count, stride, width }: { count: number; stride: number; width: number }) {
    this.bytes.fill(0, HITS_ADDRESS, HITS_ADDRESS + count * width);
    this.#kernel.signs(rows, count, stride, width, HITS_ADDRESS);
    return this.bytes.subarray(HITS_ADDRESS, HITS_ADDRESS + count * width);
  }

  setQuerySigns(signs: Uint8Array): void {
    this.bytes.set(signs, SIGNS_ADDRESS);
  }

  /** In how many signs each of `count` rows differs from the query's; valid until the next call. */
  distances(signs: number, count: number, width: number): Uint16Array {
    this.#kernel.distances(signs, count, width, SIGNS_ADDRESS, HITS_ADDRESS);
    return new Uint16Array(this.#memory.buffer, HITS_ADDRESS, count);
  }

  #grow(): void {
    const held = this.#memory.buffer.byteLength / BLOCK_BYTES;
    const wanted = Math.ceil(held / GROWTH);
    const step = Math.min(Math.max(wanted, LEAST_GROWTH_BLOCKS), MOST_GROWTH_BLOCKS);
    const blocks = Math.min(step, MAXIMUM_PAGES / PAGES_PER_BLOCK - held);
    if (blocks <= 0) {
      return;
    }
    this.#memory.grow(blocks * PAGES_PER_BLOCK);
    const buffer = this.#memory.buffer;
    this.bytes = new Int8Array(buffer);
    this.floats = new Float32Array(buffer);
    this.words = new Int16Array(buffer);
    this.integers = new Uint32Array(buffer);
    // Pushed from the end, so that blocks are handed out by ascending address.
    for (let index = held + blocks - 1; index >= held; index -= 1) {
      this.#free.push(index * BLOCK_BYTES);
    }
  }
}

/**
 * Blocks for all partitions of the process. One memory per partition would cost gigabytes of
 * address space each; one memory for all ends at 4 GB, so a further arena opens when one is full.
 */
export class BlockPool {
  readonly #module = new WebAssembly.Module(Buffer.from(KERNEL_BASE64, "base64"));
  readonly #arenas: Arena[] = [];

  /** A zeroed block. Throws a RangeError when the machine has no memory left. */
  allocate(): Block {
    for (const arena of this.#arenas) {
      const offset = arena.allocate();
      if (offset !== undefined) {
        return { arena, offset };
      }
    }
    const arena = new Arena(this.#module);
    this.#arenas.push(arena);
    const offset = arena.allocate();
    if (offset === undefined) {
      throw new RangeError("a new WebAssembly memory has no room for a block");
    }
    return { arena, offset };
  }
}
