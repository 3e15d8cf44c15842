import type { Config } from "../config/config.ts";
import type { EmbeddingModel } from "../core/ports/embedding-model.ts";
import { type EmbedRequest, RoutedEmbeddingModel } from "../llm/embedding/routed-model.ts";

interface ConfiguredModelsOptions {
  config: Config;
  /** The model inside Sekha. */
  embedded: EmbeddingModel;
  /** Asks a provider: through the router of this process, or a bridge in another. */
  embed: EmbedRequest;
  /** Dimensions of models that have embedded before. */
  knownDimensions: ReadonlyMap<string, number>;
}

type ModelSetting = Config["llmProviders"][number]["models"][number];

/** The embedding models of the configuration, made when they are first needed. */
export class ConfiguredModels {
  readonly #options: ConfiguredModelsOptions;
  /** By id, window and dimension: a reload that changes none of them keeps the model. */
  readonly #routed = new Map<string, RoutedEmbeddingModel>();
  #config: Config;

  constructor(options: ConfiguredModelsOptions) {
    this.#options = options;
    this.#config = options.config;
  }

  reload(config: Config): void {
    this.#config = config;
  }

  /** What new text is embedded with: the default embedding model, else the first that is configured. */
  current(): EmbeddingModel {
    const models = this.#models();
    const wanted = this.#config.defaultModels.embedding;
    const chosen = models.find(({ model }) => model.modelId === wanted) ?? models[0];
    if (chosen === undefined || chosen.isBuiltin) return this.#options.embedded;
    return this.#routedModel(chosen.model);
  }

  /** The model that made vectors of this identity, when it is still there. */
  find(id: string, dimension: number): EmbeddingModel | null {
    const { embedded } = this.#options;
    if (embedded.identity?.id === id) return embedded;
    const found = this.#models().find(({ model, isBuiltin }) => !isBuiltin && model.modelId === id);
    if (found === undefined) return null;
    const model = this.#routedModel(found.model);
    return model.identity === null || model.identity.dimension === dimension ? model : null;
  }

  async close(): Promise<void> {
    await Promise.all([...this.#routed.values()].map((model) => model.close()));
  }

  #models(): { model: ModelSetting; isBuiltin: boolean }[] {
    return this.#config.llmProviders.flatMap(({ providerType, models }) =>
      models
        .filter(({ task }) => task.includes("embedding"))
        .map((model) => ({ model, isBuiltin: providerType === "builtin" })),
    );
  }

  #routedModel({ modelId, contextWindow, dimension }: ModelSetting): RoutedEmbeddingModel {
    const key = JSON.stringify([modelId, contextWindow, dimension]);
    const known = this.#routed.get(key);
    if (known !== undefined) return known;
    const { embed, knownDimensions } = this.#options;
    const model = new RoutedEmbeddingModel({
      modelId,
      dimension: dimension ?? knownDimensions.get(modelId),
      contextWindow,
      embed,
    });
    this.#routed.set(key, model);
    return model;
  }
}
