import type { BridgeModelOutput, BridgeRoutes } from "@sekha/sdk/contract";
import { SekhaError } from "../../core/errors.ts";
import type { RouteHandlers } from "../../http/route-binding.ts";
import type { ModelEntry, ProviderEntry } from "../../llm/registry/entries.ts";
import { speaksAnthropic } from "./face.ts";
import type { BridgeServices } from "./services.ts";

type ModelRoutes = Pick<BridgeRoutes, "models" | "listModels" | "getModel">;

/** Picodollars a token × 1000 tokens / 10¹². */
const PICO_PER_TOKEN_TO_USD_PER_1K = 1e9;
const BYTES_PER_MEGABYTE = 1_048_576;

export function modelHandlers(
  { gateway }: Pick<BridgeServices, "gateway">,
  /** Seconds since the epoch: since when the models are known here; no provider tells their age. */
  startedAt: number,
): RouteHandlers<ModelRoutes> {
  const named = () => [
    ...new Map(
      gateway
        .providers()
        .flatMap((provider) =>
          provider.models.map((model) => [model.modelId, { provider, model }]),
        ),
    ).values(),
  ];
  return {
    models: async () =>
      gateway.providers().flatMap((provider) =>
        provider.models.flatMap((model) =>
          model.tasks.map((task) => ({
            ...modelToWire(provider, model, task),
            is_default: gateway.defaultModel(task) === model.modelId,
          })),
        ),
      ),

    listModels: async (_input, { request }) => {
      const all = named();
      if (!speaksAnthropic(request)) {
        return { object: "list", data: all.map((one) => openAiModel(one, startedAt)) };
      }
      const data = all.map((one) => anthropicModel(one, startedAt));
      return {
        data,
        has_more: false,
        first_id: data[0]?.id ?? null,
        last_id: data.at(-1)?.id ?? null,
      };
    },

    getModel: async ({ params }, { request }) => {
      const found = named().find(({ model, provider }) =>
        [model.modelId, `${provider.id}/${model.modelId}`].includes(params.id),
      );
      if (found === undefined) {
        throw new SekhaError(
          "not_found",
          `The model '${params.id.slice(0, 100)}' does not exist. GET /v1/models lists all of them.`,
        );
      }
      return speaksAnthropic(request)
        ? anthropicModel(found, startedAt)
        : openAiModel(found, startedAt);
    },
  };
}

interface Named {
  provider: ProviderEntry;
  model: ModelEntry;
}

function openAiModel({ provider, model }: Named, created: number) {
  return { id: model.modelId, object: "model", created, owned_by: provider.id };
}

function anthropicModel({ model }: Named, created: number) {
  return {
    id: model.modelId,
    type: "model",
    display_name: model.modelId,
    created_at: new Date(created * 1000).toISOString(),
  };
}

function modelToWire(
  provider: ProviderEntry,
  model: ModelEntry,
  task: string,
): Omit<BridgeModelOutput, "is_default"> {
  const { vision, prices } = model;
  return {
    model_id: model.modelId,
    provider_id: provider.id,
    provider_type: provider.type,
    task,
    tasks: [...model.tasks],
    context_window: model.contextWindow,
    max_output_tokens: model.maxOutputTokens ?? null,
    dimension: model.dimension ?? null,
    supports_vision: model.supportsVision,
    supports_audio: model.supportsAudio,
    supports_tools: model.supportsTools ?? null,
    vision_capabilities: model.supportsVision
      ? {
          max_images: vision.maxImages,
          max_image_size_mb: vision.maxImageBytes / BYTES_PER_MEGABYTE,
          supported_formats: [...vision.formats],
        }
      : null,
    tags: [...model.tags],
    free: model.free,
    cost_per_1k_input: dollarsPer1k(prices.input),
    cost_per_1k_output: dollarsPer1k(prices.output),
    price_source: prices.source,
  };
}

function dollarsPer1k(pico: bigint | null): number | null {
  return pico === null ? null : Number(pico) / PICO_PER_TOKEN_TO_USD_PER_1K;
}
