import type { BridgeRoutes } from "@sekha/sdk/contract";
import { SekhaError } from "../../core/errors.ts";
import { readJson } from "../../http/json-body.ts";
import { jsonResponse } from "../../http/json-response.ts";
import type { RouteHandlers } from "../../http/route-binding.ts";
import type { ModelEntry } from "../../llm/registry/entries.ts";
import type { FaceOptions } from "./face-options.ts";
import { checkOllamaShow } from "./ollama-request-check.ts";
import type { BridgeServices } from "./services.ts";

type OllamaModelRoutes = Pick<
  BridgeRoutes,
  "ollamaTags" | "ollamaRunning" | "ollamaShow" | "ollamaVersion"
>;

/** Ollama's pages about models, as far as any provider's model can fill them. */
export function ollamaModelHandlers(
  { gateway }: Pick<BridgeServices, "gateway">,
  { bodyLimit, startedAt, version }: FaceOptions & { startedAt: number; version: string },
): RouteHandlers<OllamaModelRoutes> {
  const modifiedAt = new Date(startedAt * 1000).toISOString();
  const models = () => [
    ...new Map(gateway.models().map((model) => [model.modelId, model])).values(),
  ];
  return {
    ollamaTags: async () => ({
      models: models().map((model) => ({
        name: model.modelId,
        model: model.modelId,
        modified_at: modifiedAt,
        size: 0,
        digest: "",
        details: detailsOf(model),
      })),
    }),

    ollamaRunning: async () => ({ models: [] }),
    ollamaVersion: async () => ({ version }),

    ollamaShow: async (_input, { request }) => {
      const body = checkOllamaShow(await readJson(request, bodyLimit, { anyContentType: true }));
      const name = body.model || body.name || "";
      if (name === "") throw new SekhaError("invalid_request", "model is required");
      const found = models().find(
        ({ modelId }) => modelId === name || modelId === `${name}:latest`,
      );
      if (found === undefined) {
        throw new SekhaError("not_found", `model '${name.slice(0, 100)}' not found`);
      }
      return jsonResponse(shown(found, modifiedAt));
    },
  };
}

/** Nothing is known of files and weights; fields stay empty rather than invented. */
function detailsOf({ providerId }: ModelEntry) {
  return {
    parent_model: "",
    format: "",
    family: providerId,
    families: [providerId],
    parameter_size: "",
    quantization_level: "",
  };
}

function shown(model: ModelEntry, modifiedAt: string) {
  const architecture = model.providerId;
  return {
    modelfile: "",
    parameters: "",
    template: "",
    license: "",
    modified_at: modifiedAt,
    details: detailsOf(model),
    model_info: {
      "general.architecture": architecture,
      "general.basename": model.modelId,
      [`${architecture}.context_length`]: model.contextWindow,
      ...(model.dimension === undefined
        ? {}
        : { [`${architecture}.embedding_length`]: model.dimension }),
    },
    capabilities: capabilitiesOf(model),
  };
}

function capabilitiesOf(model: ModelEntry): string[] {
  if (model.tasks.every((task) => task === "embedding")) return ["embedding"];
  return [
    "completion",
    ...(model.supportsTools === false ? [] : ["tools"]),
    ...(model.supportsVision ? ["vision"] : []),
  ];
}
