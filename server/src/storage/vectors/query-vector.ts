import { SekhaError } from "../../core/errors.ts";
import type { EmbeddingModelIdentity } from "../../core/ports/embedding-model.ts";

/** @throws SekhaError `invalid_request` for a query that cannot be compared with the model's vectors. */
export function checkQueryVector(query: {
  model: EmbeddingModelIdentity;
  vector: Float32Array;
}): void {
  const { model, vector } = query;
  if (vector.length !== model.dimension) {
    throw new SekhaError(
      "invalid_request",
      `the query vector has ${vector.length} components, those of ${model.id} have ${model.dimension}`,
    );
  }
  if (!hasDirection(vector)) {
    throw new SekhaError(
      "invalid_request",
      "the query vector is zero or not a number: it has no direction to compare with",
    );
  }
}

/** Whether a cosine with it means anything. */
export function hasDirection(vector: Float32Array): boolean {
  const square = vector.reduce((sum, component) => sum + component * component, 0);
  return Number.isFinite(square) && square > 0;
}

/** @throws SekhaError `invalid_request` when it is no whole number from 0. */
export function checkQueryLimit(limit: number): void {
  if (!Number.isSafeInteger(limit) || limit < 0) {
    throw new SekhaError("invalid_request", `limit must be a whole number from 0, not ${limit}`);
  }
}
