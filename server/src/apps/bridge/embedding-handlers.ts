import type { BridgeRoutes, legacyEmbedBody } from "@sekha/sdk/contract";
import type { z } from "zod";
import { SekhaError } from "../../core/errors.ts";
import { readJson } from "../../http/json-body.ts";
import { jsonResponse } from "../../http/json-response.ts";
import type { RouteHandlers } from "../../http/route-binding.ts";
import type { EmbeddingOutcome } from "../../llm/gateway.ts";
import { embeddingToBase64 } from "../../protocols/openai/embedding-values.ts";
import { callOptions } from "./call-options.ts";
import { embeddingInput, namedModel } from "./embedding-input.ts";
import type { FaceOptions } from "./face-options.ts";
import { accountHeaders, sekhaMetadata } from "./routing-metadata.ts";
import type { BridgeServices } from "./services.ts";

/** OpenAI's embeddings, and v1's. */
export function embeddingHandlers(
  { gateway }: Pick<BridgeServices, "gateway">,
  { bodyLimit }: FaceOptions,
): RouteHandlers<Pick<BridgeRoutes, "embeddings" | "embed">> {
  return {
    embeddings: async (_input, call) => {
      const { base64, ...request } = await embeddingInput(await readJson(call.request, bodyLimit));
      const outcome = await gateway.embed(request, callOptions(call));
      return jsonResponse(openAiEmbeddings(outcome, base64), { headers: accountHeaders(outcome) });
    },

    embed: async ({ body }, call) => {
      const { texts, single } = legacyTexts(body);
      const model = namedModel(body.model);
      const dimensions = body.dimensions ?? undefined;
      const outcome = await gateway.embed({ texts, model, dimensions }, callOptions(call));
      return jsonResponse(single ? legacySingle(outcome) : legacyBatch(outcome), {
        headers: accountHeaders(outcome),
      });
    },
  };
}

function openAiEmbeddings(outcome: EmbeddingOutcome, base64: boolean) {
  const { vectors, model, usage } = outcome;
  return {
    object: "list",
    data: vectors.map((vector, index) => ({
      object: "embedding",
      index,
      embedding: base64 ? embeddingToBase64(vector) : Array.from(vector),
    })),
    model,
    usage: { ...usage, prompt_tokens: usage.prompt_tokens, total_tokens: usage.total_tokens },
    sekha_metadata: sekhaMetadata(outcome),
  };
}

/** `text` or a single `input` answers one vector; `texts` or a list answers many. */
function legacyTexts({ text, texts, input }: z.output<typeof legacyEmbedBody>): {
  texts: string[];
  single: boolean;
} {
  const given = text ?? texts ?? input;
  if (given === undefined || given === null) throw wrong("text", "is required");
  const all = Array.isArray(given) ? given : [given];
  if (all.length === 0) throw wrong("texts", "must not be empty");
  if (all.some((one) => one.trim() === "")) throw wrong("text", "must not be empty");
  return { texts: all, single: !Array.isArray(given) };
}

function wrong(path: string, message: string): SekhaError {
  return new SekhaError("validation_failed", `${path}: ${message}.`, {
    details: [{ path, message }],
  });
}

function legacySingle({ vectors: [vector = new Float32Array()], model, usage }: EmbeddingOutcome) {
  return {
    embedding: Array.from(vector),
    model,
    tokens_used: usage.prompt_tokens,
    dimension: vector.length,
  };
}

function legacyBatch({ vectors, model, usage }: EmbeddingOutcome) {
  return {
    embeddings: vectors.map((vector) => Array.from(vector)),
    model,
    tokens_used: usage.prompt_tokens,
    dimension: vectors[0]?.length ?? 0,
    count: vectors.length,
  };
}
