import type { z } from "zod";
import type { ConfigMode } from "./config.ts";
import { providerSchema } from "./providers-section.ts";
import type { WrittenConfig } from "./schema.ts";

/** Identity of the model that is part of Sekha (components: all-MiniLM-L6-v2, 384 dimensions). */
const embeddedModel = { model_id: "all-MiniLM-L6-v2", context_window: 256, dimension: 384 };

/** What v1 used when a variable was not set. */
export const legacyDefaults = {
  url: "http://localhost:11434",
  embeddingModel: "nomic-embed-text",
  chatModel: "llama3.1:8b",
};

interface Providers {
  mode: ConfigMode;
  llm_providers: WrittenConfig["llm_providers"];
  default_models: WrittenConfig["default_models"];
  notes: string[];
}

/** The configured providers, else v1's single Ollama, else the embedded model alone. */
export function resolveProviders(config: WrittenConfig): Providers {
  if (config.llm_providers.length > 0) return configuredProviders(config);
  return usesLegacyKeys(config) ? legacyProviders(config) : embeddedProviders(config);
}

export function usesLegacyKeys(config: WrittenConfig): boolean {
  const { ollama_url, embedding_model, summarization_model, chat_model, vision_model } = config;
  return [ollama_url, embedding_model, summarization_model, chat_model, vision_model].some(
    (value) => value !== undefined,
  );
}

/** Without an embedding model of its own the configuration gets the embedded one, last in order. */
function configuredProviders(config: WrittenConfig): Providers {
  const { llm_providers, default_models } = config;
  const embeds = llm_providers.some(({ models }) =>
    models.some(({ task }) => task.includes("embedding")),
  );
  if (embeds) return { mode: "configured", llm_providers, default_models, notes: [] };
  const id = freeId(llm_providers.map((provider) => provider.id));
  return {
    mode: "configured",
    llm_providers: [...llm_providers, builtinProvider(id)],
    default_models: { embedding: embeddedModel.model_id, ...default_models },
    notes: [`no model has the task embedding: the built-in ${embeddedModel.model_id} is used`],
  };
}

function legacyProviders(config: WrittenConfig): Providers {
  const embedding = config.embedding_model ?? legacyDefaults.embeddingModel;
  const small = config.summarization_model ?? config.chat_model ?? legacyDefaults.chatModel;
  const smart = config.chat_model ?? small;
  const models: z.input<typeof providerSchema>["models"] = [
    { model_id: embedding, task: "embedding" },
    ...(small === smart
      ? [{ model_id: small, task: ["chat_small", "chat_smart"] }]
      : [
          { model_id: small, task: "chat_small" },
          { model_id: smart, task: "chat_smart" },
        ]),
  ];
  const vision = config.vision_model;
  if (vision !== undefined)
    models.push({ model_id: vision, task: "vision", supports_vision: true });
  const provider = providerSchema.parse({
    id: "ollama",
    provider_type: "ollama",
    base_url: config.ollama_url ?? legacyDefaults.url,
    models,
  });
  const defaults = { embedding, chat_small: small, chat_smart: smart };
  return {
    mode: "legacy",
    llm_providers: [provider],
    default_models: {
      ...defaults,
      ...(vision === undefined ? {} : { vision }),
      ...config.default_models,
    },
    notes: ["legacy mode: without llm_providers, v1's variables name the models"],
  };
}

function embeddedProviders(config: WrittenConfig): Providers {
  return {
    mode: "embedded",
    llm_providers: [builtinProvider("builtin")],
    default_models: { embedding: embeddedModel.model_id, ...config.default_models },
    notes: embedsBesideBridge(config)
      ? [
          `memory is embedded with the built-in ${embeddedModel.model_id}: for the embedding model of the bridge at llm_bridge_url, give this process its llm_providers too`,
        ]
      : [],
  };
}

/** A controller whose bridge runs elsewhere learns the embedding model from its own configuration alone. */
function embedsBesideBridge({ services, llm_bridge_url }: WrittenConfig): boolean {
  const isApart = services.includes("controller") && !services.includes("bridge");
  return isApart && llm_bridge_url !== undefined;
}

function builtinProvider(id: string): z.output<typeof providerSchema> {
  return providerSchema.parse({
    id,
    provider_type: "builtin",
    priority: 100,
    models: [{ ...embeddedModel, task: "embedding" }],
  });
}

function freeId(taken: readonly string[]): string {
  let id = "builtin";
  for (let count = 2; taken.includes(id); count += 1) id = `builtin_${count}`;
  return id;
}
