import type { EmbeddingRequest } from "../../protocols/openai/embeddings.ts";
import {
  type FieldCheck,
  FieldProblems,
  optional,
  required,
  requireObject,
  text,
  textUpTo,
  wholeNumber,
} from "./field-checks.ts";
import { textsOfTokens } from "./token-input.ts";

/** Texts to embed and how. */
export interface EmbeddingInput {
  texts: string[];
  model: string | undefined;
  dimensions: number | undefined;
  base64: boolean;
}

/** An embedding of nothing is no vector of anything: providers refuse it or answer zeros. */
export const someText: FieldCheck = (value) =>
  text(value) ?? (String(value).trim() === "" ? "must not be empty" : null);

const input: FieldCheck = required((value) => {
  if (!Array.isArray(value)) return someText(value);
  if (value.length === 0) return "must not be empty";
  if (value.every((item) => typeof item === "string")) {
    return value.some((item) => item.trim() === "") ? "must not have empty texts" : null;
  }
  if (isTokens(value)) return null;
  return value.every((item) => Array.isArray(item) && item.length > 0 && isTokens(item))
    ? null
    : "must be a text, a list of texts, or lists of tokens";
});

const FIELDS = [
  ["input", input],
  ["model", optional(textUpTo(500))],
  [
    "encoding_format",
    optional((value) =>
      value === "float" || value === "base64" ? null : "must be float or base64",
    ),
  ],
  ["dimensions", optional(wholeNumber(1))],
  ["user", optional(text)],
] as const;

/** OpenAI's request for embeddings. Rejects with `validation_failed`, or `invalid_request` for wrong tokens. */
export async function embeddingInput(body: unknown): Promise<EmbeddingInput> {
  const fields = requireObject(body, "validation_failed");
  const problems = new FieldProblems();
  problems.check(fields, FIELDS);
  problems.raise("validation_failed");
  const request = fields as unknown as EmbeddingRequest;
  return {
    texts: await textsOf(request.input),
    model: namedModel(request.model),
    dimensions: request.dimensions ?? undefined,
    base64: request.encoding_format === "base64",
  };
}

/** The model that a client named; "default" is what v1 echoed for none. */
export function namedModel(name: string | null | undefined): string | undefined {
  return name === "" || name === "default" ? undefined : (name ?? undefined);
}

async function textsOf(given: EmbeddingRequest["input"]): Promise<string[]> {
  if (typeof given === "string") return [given];
  if (given.every((item) => typeof item === "string")) return given;
  if (given.every((item) => typeof item === "number")) return textsOfTokens([given]);
  return textsOfTokens(given.filter((item) => Array.isArray(item)));
}

function isTokens(list: unknown[]): boolean {
  return list.every((item) => Number.isSafeInteger(item));
}
