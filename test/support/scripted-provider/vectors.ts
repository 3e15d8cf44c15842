import { createHash } from "node:crypto";

/** Unit length, the same for the same text and dimension. */
export function vectorOf(text: string, dimension: number): number[] {
  let state = createHash("sha256").update(text).digest().readUInt32LE(0) || 1;
  const values: number[] = [];
  let squares = 0;
  for (let at = 0; at < dimension; at += 1) {
    // xorshift32 (Marsaglia 2003)
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    const value = (state >>> 0) / 2 ** 31 - 1;
    values.push(value);
    squares += value * value;
  }
  const length = Math.sqrt(squares) || 1;
  return values.map((value) => Math.fround(value / length));
}

export type BadVectors = "nan" | "zero" | "short" | "long" | "missing";

/** Spoils the first vector, or leaves it out. */
export function spoiled(vectors: number[][], form: BadVectors): number[][] {
  const [first = [], ...others] = vectors;
  switch (form) {
    case "missing":
      return others;
    case "nan":
      return [first.with(0, Number.NaN), ...others];
    case "zero":
      return [first.map(() => 0), ...others];
    case "short":
      return [first.slice(1), ...others];
    case "long":
      return [[...first, 0.5], ...others];
  }
}

/** Little-endian float32, as OpenAI encodes it. */
export function base64Of(vector: readonly number[]): string {
  const bytes = Buffer.alloc(vector.length * 4);
  vector.forEach((value, at) => {
    bytes.writeFloatLE(value, at * 4);
  });
  return bytes.toString("base64");
}

/** NaN as Python's json writes it, which is no JSON. */
export function jsonWithNaN(value: unknown): string {
  const text = JSON.stringify(value, (_, one: unknown) => (Number.isNaN(one) ? "__NaN__" : one));
  return text.replaceAll('"__NaN__"', "NaN");
}
