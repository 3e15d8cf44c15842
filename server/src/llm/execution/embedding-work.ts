import { ProviderFailure } from "../failure.ts";
import type { EmbeddingOutcome } from "../gateway.ts";
import type { EmbeddingAnswer, EmbeddingCall } from "../provider.ts";
import type { Attempt } from "./attempt.ts";
import type { Work } from "./execution.ts";

export type Embedded = Omit<EmbeddingOutcome, "overheadMs">;

export interface EmbeddingWorkOptions {
  request: EmbeddingCall;
  /** Length that the vectors must have, where a memory's collection prescribes it. */
  dimension: number | undefined;
}

/** Vectors for texts (bridge.md, semantics 5). */
export class EmbeddingWork implements Work<Embedded> {
  readonly streamed = false;
  readonly #options: EmbeddingWorkOptions;

  constructor(options: EmbeddingWorkOptions) {
    this.#options = options;
  }

  async perform(attempt: Attempt): Promise<Embedded> {
    const { request, dimension } = this.#options;
    const answer = await attempt.wait(attempt.provider.embed(request, attempt.call));
    checkVectors(answer, {
      count: request.texts.length,
      dimension: dimension ?? request.dimensions ?? attempt.candidate.model.dimension,
    });
    const served = attempt.serve();
    const settled = attempt.succeed({ usage: answer.usage, completionTokens: 0 });
    return { ...answer, served, cost: settled.cost };
  }
}

/** @throws ProviderFailure for vectors that must not get into a memory. */
export function checkVectors(
  { vectors }: Pick<EmbeddingAnswer, "vectors">,
  { count, dimension }: { count: number; dimension: number | undefined },
): void {
  if (vectors.length === 0 && count > 0) {
    throw new ProviderFailure("empty", "The answer has no vectors.");
  }
  if (vectors.length !== count) {
    throw unusable(`${vectors.length} vectors for ${count} texts`);
  }
  const length = dimension ?? vectors[0]?.length ?? 0;
  for (const vector of vectors) {
    if (vector.length !== length || length === 0) {
      throw unusable(`a vector of ${vector.length} dimensions instead of ${length}`);
    }
    checkValues(vector);
  }
}

function checkValues(vector: Float32Array): void {
  let isZero = true;
  for (const value of vector) {
    if (!Number.isFinite(value)) throw unusable("a vector with values that are no numbers");
    if (value !== 0) isZero = false;
  }
  if (isZero) throw unusable("a vector of zeros");
}

function unusable(what: string): ProviderFailure {
  return new ProviderFailure("malformed", `The answer has ${what}.`);
}
