import { describe, expect, it } from "vitest";
import { loadConfig } from "../config/load-config.ts";
import { v1EmbeddingModel } from "./chroma.ts";

/** Of a configuration file, or of variables where none is given. */
function configOf(yaml: string | null, env: Record<string, string> = {}) {
  return loadConfig({
    env,
    cwd: "/somewhere",
    homeDirectory: "/somewhere",
    readFile: (path) => {
      if (path !== "/somewhere/config.yaml" || yaml === null)
        throw Object.assign(new Error(path), { code: "ENOENT" });
      return yaml;
    },
  });
}

const OPENAI = `
  - id: cloud
    provider_type: openai
    api_key: test-key
    models:
      - {model_id: ada, task: embedding, dimension: 768}
      - {model_id: large, task: embedding, dimension: 3072}`;

describe("the model that version 1 made its vectors with", () => {
  it("is what version 1's own settings name", () => {
    const config = configOf(null, { EMBEDDING_MODEL: "mxbai-embed-large" });
    expect(v1EmbeddingModel(config, 1024)).toBe("mxbai-embed-large");
  });

  it("is the migrated provider's, of the right dimension, whatever came later", () => {
    const config = configOf(`llm_providers:${OPENAI}
  - id: ollama_migrated
    provider_type: ollama
    models: [{model_id: "some-embedder:latest", task: embedding, dimension: 768}]
`);
    expect(v1EmbeddingModel(config, 768)).toBe("some-embedder:latest");
    expect(v1EmbeddingModel(config, 3072)).toBeNull();
  });

  it("is version 1's default where nothing else tells it", () => {
    const config = configOf(`llm_providers:${OPENAI}
  - id: mine
    provider_type: ollama
    models:
      - {model_id: first, task: embedding, dimension: 768}
      - {model_id: "nomic-embed-text:v1.5", task: embedding}
`);
    expect(v1EmbeddingModel(config, 768)).toBe("nomic-embed-text:v1.5");
  });

  it("is none of a provider that version 1 did not know", () => {
    expect(v1EmbeddingModel(configOf(`llm_providers:${OPENAI}\n`), 768)).toBeNull();
  });
});
