import { ProviderFailure } from "../failure.ts";
import { type CallTarget, configKey, targetName } from "../transport/call-target.ts";

/** What must be true of the vectors of one answer. */
export interface VectorExpectations {
  target: CallTarget;
  count: number;
  /** undefined: any, but all the same. */
  dimension: number | undefined;
}

/**
 * The vectors, when a memory may keep them: as many as texts, of one known length, finite, and with a direction.
 *
 * @throws ProviderFailure `malformed` otherwise.
 */
export function checkedVectors(
  vectors: readonly (Float32Array | undefined)[],
  { target, count, dimension }: VectorExpectations,
): Float32Array[] {
  const refuse = (what: string) =>
    new ProviderFailure("malformed", `${targetName(target)} answered with ${what}.`);
  const whole = vectors.filter((vector) => vector !== undefined);
  if (whole.length !== count || vectors.length !== count) {
    throw refuse(`${whole.length} embeddings for ${count} texts`);
  }
  const expected = dimension ?? whole[0]?.length ?? 0;
  for (const vector of whole) {
    if (vector.length !== expected || expected === 0) {
      throw refuse(
        `an embedding of length ${vector.length} where ${expected} was expected; check ${configKey(target, "models")}, dimension`,
      );
    }
    const flaw = flawOf(vector);
    if (flaw !== undefined) throw refuse(flaw);
  }
  return whole;
}

function flawOf(vector: Float32Array): string | undefined {
  let largest = 0;
  for (const value of vector) {
    if (!Number.isFinite(value)) return "an embedding that holds a value that is no number";
    largest = Math.max(largest, Math.abs(value));
  }
  return largest === 0 ? "an embedding of zeros" : undefined;
}
