/** What Ollama's library says of a model, where it is certain. */
export interface KnownModel {
  /** Tokens. */
  contextWindow?: number;
  /** Length of an embedding. */
  dimension?: number;
}

const embeddings: Readonly<Record<string, KnownModel>> = {
  "nomic-embed-text": { contextWindow: 8192, dimension: 768 },
  "mxbai-embed-large": { contextWindow: 512, dimension: 1024 },
  "all-minilm": { contextWindow: 512, dimension: 384 },
  "bge-m3": { contextWindow: 8192, dimension: 1024 },
  "bge-large": { contextWindow: 512, dimension: 1024 },
  "snowflake-arctic-embed2": { contextWindow: 8192, dimension: 1024 },
  embeddinggemma: { contextWindow: 2048, dimension: 768 },
  "qwen3-embedding:0.6b": { contextWindow: 32_768, dimension: 1024 },
};

const chats: Readonly<Record<string, KnownModel>> = {
  llama2: { contextWindow: 4096 },
  llama3: { contextWindow: 8192 },
  "llama3.1": { contextWindow: 128_000 },
  "llama3.2": { contextWindow: 128_000 },
  "llama3.2-vision": { contextWindow: 128_000 },
  "llama3.3": { contextWindow: 128_000 },
  mistral: { contextWindow: 32_768 },
  "mistral-nemo": { contextWindow: 128_000 },
  "mixtral:8x7b": { contextWindow: 32_768 },
  "mixtral:8x22b": { contextWindow: 65_536 },
  "qwen2.5": { contextWindow: 32_768 },
  gemma2: { contextWindow: 8192 },
  phi3: { contextWindow: 128_000 },
  phi4: { contextWindow: 16_384 },
  "deepseek-r1": { contextWindow: 128_000 },
  codellama: { contextWindow: 16_384 },
  "llava:13b": { contextWindow: 4096 },
};

/** By name with tag, then by name alone; nothing for a model that is not known here. */
export function knownModel(modelId: string): KnownModel {
  const models = { ...embeddings, ...chats };
  const [name = ""] = modelId.split(":");
  return models[modelId] ?? models[name] ?? {};
}
