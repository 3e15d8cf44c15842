import { type Answer, jsonAnswer } from "./answer.ts";
import { CREATED_AT } from "./ollama-dialect.ts";
import { CREATED } from "./openai-dialect.ts";

export function openAiModels(models: readonly string[]): Answer {
  return jsonAnswer({ object: "list", data: models.map(openAiModel) });
}

export function openAiModel(id: string) {
  return { id, object: "model", created: CREATED, owned_by: "scripted" };
}

export function anthropicModels(models: readonly string[]): Answer {
  const data = models.map((id) => ({
    type: "model",
    id,
    display_name: id,
    created_at: "2025-11-25T00:00:00Z",
  }));
  return jsonAnswer({
    data,
    has_more: false,
    first_id: models[0] ?? null,
    last_id: models.at(-1) ?? null,
  });
}

/** Prices are text, US dollars a token. */
export function openRouterModels(models: readonly string[]): Answer {
  const data = models.map((id) => ({
    id,
    canonical_slug: id,
    name: id,
    created: CREATED,
    context_length: 8192,
    architecture: { input_modalities: ["text", "image"], output_modalities: ["text"] },
    pricing: { prompt: "0.000001", completion: "0.000002", request: "0", image: "0" },
    top_provider: { context_length: 8192, max_completion_tokens: 4096, is_moderated: false },
    supported_parameters: ["tools", "max_tokens", "response_format"],
  }));
  return jsonAnswer({ data });
}

const DETAILS = {
  parent_model: "",
  format: "gguf",
  family: "llama",
  families: ["llama"],
  parameter_size: "8.0B",
  quantization_level: "Q4_K_M",
};

export function ollamaTags(models: readonly string[]): Answer {
  const list = models.map((model) => ({
    name: model,
    model,
    modified_at: CREATED_AT,
    size: 4_661_224_676,
    digest: "0".repeat(64),
    details: DETAILS,
  }));
  return jsonAnswer({ models: list });
}

export function ollamaShow(dimension: number): Answer {
  return jsonAnswer({
    modelfile: "# scripted",
    parameters: "num_ctx 8192",
    template: "{{ .Prompt }}",
    details: DETAILS,
    model_info: {
      "general.architecture": "llama",
      "llama.context_length": 8192,
      "llama.embedding_length": dimension,
    },
    capabilities: ["completion", "tools", "vision", "embedding"],
    modified_at: CREATED_AT,
  });
}
