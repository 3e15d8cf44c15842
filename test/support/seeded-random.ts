/** Numbers from 0 to 1 that a seed repeats. Mulberry32, Tommy Ettinger, public domain. */
export class SeededRandom {
  readonly seed: number;
  #state: number;

  constructor(seed: number) {
    this.seed = seed;
    this.#state = seed >>> 0;
  }

  /** From 0 inclusive to 1 exclusive. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  }

  /** A whole number from `low` to `high`, both included. */
  whole(low: number, high: number): number {
    return low + Math.floor(this.next() * (high - low + 1));
  }

  pick<T>(values: readonly [T, ...T[]]): T {
    return values[Math.floor(this.next() * values.length)] ?? values[0];
  }
}

/** From SEKHA_SEED to repeat a run, else new each time; printed either way. */
export function announcedSeed(what: string): number {
  const given = Number(process.env.SEKHA_SEED);
  const seed = Number.isSafeInteger(given) && given > 0 ? given : Date.now() % 2_147_483_647;
  process.stdout.write(`${what}: SEKHA_SEED=${seed} repeats this run\n`);
  return seed;
}
