import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { BlockPool } from "./block-pool.ts";
import { exactSimilarity, quantiseQuery, quantiseRow } from "./quantise.ts";
import { VectorMatrix } from "./vector-matrix.ts";

const component = fc.double({ min: -1, max: 1, noNaN: true });

function scanAll(matrix: VectorMatrix, query: number[], threshold = Number.NEGATIVE_INFINITY) {
  const scores = new Map<number, number>();
  const offer = (row: number, score: number) => scores.set(row, score);
  matrix.scan(quantiseQuery(Float32Array.from(query)), { threshold, offer });
  return scores;
}

function filled(vectors: number[][]): VectorMatrix {
  const matrix = new VectorMatrix(new BlockPool(), vectors[0]?.length ?? 1);
  for (const vector of vectors) {
    matrix.append(quantiseRow(Float32Array.from(vector), new Int8Array(vector.length)));
  }
  return matrix;
}

describe("the int8 matrix", () => {
  it("scores every row close to its cosine, for any dimension and number of rows", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 70 }).chain((dimension) => {
          const vector = fc
            .array(component, { minLength: dimension, maxLength: dimension })
            .filter((values) => values.some((value) => Math.abs(value) > 0.01));
          return fc.tuple(vector, fc.array(vector, { minLength: 1, maxLength: 9 }));
        }),
        ([query, vectors]) => {
          const scores = scanAll(filled(vectors), query);
          const { exact } = quantiseQuery(Float32Array.from(query));
          expect(scores.size).toBe(vectors.length);
          for (const [row, vector] of vectors.entries()) {
            const cosine = exactSimilarity(exact, Float32Array.from(vector));
            expect(Math.abs((scores.get(row) ?? 9) - cosine)).toBeLessThan(0.03);
          }
        },
      ),
      { numRuns: 60 },
    );
  });

  it("does not overflow where every component is at its largest", () => {
    for (const dimension of [384, 1536, 4096, 60_000]) {
      const ones = new Array<number>(dimension).fill(1);
      const matrix = filled([ones, ones.map((value) => -value)]);
      const scores = scanAll(matrix, ones);
      expect(scores.get(0)).toBeCloseTo(1, 3);
      expect(scores.get(1)).toBeCloseTo(-1, 3);
    }
  });

  it("refuses a dimension that fits no block", () => {
    expect(() => new VectorMatrix(new BlockPool(), 70_000)).toThrow(RangeError);
  });

  it("offers only what is above the threshold", () => {
    const matrix = filled([
      [1, 0],
      [0, 1],
      [1, 1],
    ]);
    expect([...scanAll(matrix, [1, 0], 0.5).keys()]).toEqual([0, 2]);
  });

  it("never offers an erased row and leaves none of its bytes", () => {
    const matrix = filled([
      [1, 0],
      [1, 0],
    ]);
    matrix.erase(0);
    expect([...scanAll(matrix, [1, 0]).keys()]).toEqual([1]);
    expect(matrix.components(0).every((value) => value === 0)).toBe(true);
  });

  it("spans blocks, and gives them back zeroed when it shrinks", () => {
    const pool = new BlockPool();
    const matrix = new VectorMatrix(pool, 1000);
    const row = quantiseRow(new Float32Array(1000).fill(1), new Int8Array(1000));
    const rows = matrix.rowsPerBlock * 3 + 1;
    for (let count = 0; count < rows; count += 1) {
      matrix.append(row);
    }
    const query = new Array<number>(1000).fill(1);
    expect(scanAll(matrix, query).size).toBe(rows);
    matrix.truncate(matrix.rowsPerBlock + 1);
    expect([...scanAll(matrix, query).keys()].at(-1)).toBe(matrix.rowsPerBlock);
    const { arena, offset } = pool.allocate();
    expect(arena.bytes.subarray(offset, offset + 1000).every((value) => value === 0)).toBe(true);
  });
});
