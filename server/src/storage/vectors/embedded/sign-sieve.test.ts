import { describe, expect, it } from "vitest";
import { BlockPool } from "./block-pool.ts";
import { clusteredVectors } from "./clustered-vectors.ts";
import { Partition } from "./partition.ts";
import { quantiseQuery, quantiseRow } from "./quantise.ts";
import { SignSieve } from "./sign-sieve.ts";
import { VectorMatrix } from "./vector-matrix.ts";

const isNegative = (value: number) => value < 0;

/** In how many signs two quantised vectors differ. */
function difference(left: Int8Array | Int16Array, right: Int8Array | Int16Array): number {
  return [...left].filter((value, at) => isNegative(value) !== isNegative(right[at] ?? 0)).length;
}

function rowOf(vector: Float32Array) {
  return quantiseRow(vector, new Int8Array(vector.length));
}

describe("the sieve of signs", () => {
  it.each([33, 100, 384, 1000, 1536])(
    "finds the rows with the fewest differing signs, %d components",
    (dimension) => {
      const vectors = clusteredVectors({ count: 1500, dimension, clusters: 12, seed: dimension });
      const pool = new BlockPool();
      const matrix = new VectorMatrix(pool, dimension);
      const sieve = new SignSieve(pool, matrix);
      expect(sieve.isPossible).toBe(true);
      const query = quantiseQuery(vectors[7] as Float32Array);
      // In two steps, so that signs are added to a block that has some.
      for (const [from, to] of [
        [0, 700],
        [700, 1500],
      ] as const) {
        for (const vector of vectors.slice(from, to)) matrix.append(rowOf(vector));
        const distances = vectors
          .slice(0, to)
          .map((vector) =>
            difference(rowOf(vector)?.components ?? new Int8Array(0), query.components),
          );
        const found = [...sieve.nearest(query, 60)];
        const limit = Math.max(...found.map((row) => distances[row] ?? 0));
        expect(found.length).toBeGreaterThanOrEqual(60);
        expect(found).toEqual(
          [...distances.keys()].filter((row) => (distances[row] ?? 0) <= limit),
        );
        expect(distances.filter((distance) => distance < limit).length).toBeLessThan(60);
      }
    },
  );

  it("reads everything again after rows have moved", () => {
    const vectors = clusteredVectors({ count: 900, dimension: 64, clusters: 5, seed: 1 });
    const pool = new BlockPool();
    const matrix = new VectorMatrix(pool, 64);
    const sieve = new SignSieve(pool, matrix);
    for (const vector of vectors) matrix.append(rowOf(vector));
    const query = quantiseQuery(vectors[899] as Float32Array);
    expect([...sieve.nearest(query, 1)]).toContain(899);
    matrix.move(899, 0);
    matrix.truncate(500);
    sieve.reset();
    const found = [...sieve.nearest(query, 1)];
    expect(found).toContain(0);
    expect(Math.max(...found)).toBeLessThan(500);
  });

  it("leaves vectors alone that are too long to count or too short to be worth it", () => {
    const pool = new BlockPool();
    expect(new SignSieve(pool, new VectorMatrix(pool, 4096)).isPossible).toBe(false);
    expect(new SignSieve(pool, new VectorMatrix(pool, 8)).isPossible).toBe(false);
  });
});

describe("a partition large enough for the sieve", () => {
  const model = { sequence: 1, id: "m", dimension: 64 };
  const LIMIT = 20;

  function filled(vectors: readonly Float32Array[]): Partition {
    const partition = new Partition(new BlockPool(), "ann", model);
    for (const [at, vector] of vectors.entries()) {
      partition.append({
        sequence: at + 1,
        message: at + 1,
        conversation: 1,
        role: "user",
        timestamp: 0,
        vector: new Uint8Array(vector.buffer, vector.byteOffset, vector.byteLength),
      });
    }
    return partition;
  }

  /** The mean share of the truly nearest that were found, over searches after the first ones. */
  function recall(partition: Partition, vectors: readonly Float32Array[]): number {
    let found = 0;
    for (let asked = 0; asked < 30; asked += 1) {
      const query = quantiseQuery(vectors[asked * 701] as Float32Array);
      const nearest = new Set(partition.nearest(query, LIMIT).map(({ row }) => row));
      const all = partition.nearestOf([...vectors.keys()], query, LIMIT);
      if (asked >= 10) found += all.filter(({ row }) => nearest.has(row)).length / all.length / 20;
    }
    return found;
  }

  it("finds what a full scan finds, also after rows were added and erased", () => {
    const vectors = clusteredVectors({
      count: 24_000,
      dimension: 64,
      clusters: 400,
      seed: 3,
      spread: 0.4,
    });
    const partition = filled(vectors.slice(0, 22_000));
    expect(recall(partition, vectors.slice(0, 22_000))).toBeGreaterThan(0.99);
    for (const [at, vector] of vectors.slice(22_000).entries()) {
      partition.append({
        sequence: 22_001 + at,
        message: 22_001 + at,
        conversation: 1,
        role: "user",
        timestamp: 0,
        vector: new Uint8Array(vector.buffer, vector.byteOffset, vector.byteLength),
      });
    }
    const query = quantiseQuery(vectors[23_500] as Float32Array);
    expect(partition.nearest(query, LIMIT)[0]?.row).toBe(23_500);
    partition.erase([23_500]);
    expect(partition.nearest(query, LIMIT).map(({ row }) => row)).not.toContain(23_500);
  });

  it("scans all of a memory whose signs say nothing", () => {
    // Every component is positive: all vectors have the same signs.
    const vectors = clusteredVectors({ count: 21_000, dimension: 64, clusters: 400, seed: 5 }).map(
      (vector) => vector.map((value) => value + 1),
    );
    expect(recall(filled(vectors), vectors)).toBeCloseTo(1, 10);
  });
});
