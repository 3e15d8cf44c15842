import { describe, expect, test } from "vitest";
import { load } from "./__fixtures__/loading.ts";

describe("legacy mode", () => {
  test("builds one Ollama provider from v1's variables [req:config.legacy-mode]", () => {
    const config = load(undefined, {
      OLLAMA_URL: "http://ollama:11434",
      EMBEDDING_MODEL: "nomic-embed-text:latest",
      SUMMARIZATION_MODEL: "llama3.1:8b",
    });
    expect(config.mode).toBe("legacy");
    expect(config.llmProviders).toMatchObject([
      {
        id: "ollama",
        providerType: "ollama",
        baseUrl: "http://ollama:11434",
        models: [
          { modelId: "nomic-embed-text:latest", task: ["embedding"] },
          { modelId: "llama3.1:8b", task: ["chat_small", "chat_smart"] },
        ],
      },
    ]);
    expect(config.defaultModels).toEqual({
      embedding: "nomic-embed-text:latest",
      chat_small: "llama3.1:8b",
      chat_smart: "llama3.1:8b",
    });
  });

  test("uses v1's defaults for what is not set", () => {
    const config = load(undefined, { OLLAMA_BASE_URL: "http://o:1" });
    expect(config.llmProviders[0]?.baseUrl).toBe("http://o:1");
    expect(config.defaultModels).toMatchObject({
      embedding: "nomic-embed-text",
      chat_smart: "llama3.1:8b",
    });
  });

  test("keeps chat and summaries apart and adds vision when named", () => {
    const config = load(undefined, {
      SUMMARIZATION_MODEL: "small",
      CHAT_MODEL: "big",
      VISION_MODEL: "llava",
    });
    expect(config.defaultModels).toEqual({
      embedding: "nomic-embed-text",
      chat_small: "small",
      chat_smart: "big",
      vision: "llava",
    });
    expect(config.llmProviders[0]?.models.at(-1)).toMatchObject({ supportsVision: true });
  });

  test("without any of them a controller whose bridge is elsewhere says whose model it embeds with", () => {
    const apart = "services: [controller]\nllm_bridge_url: http://bridge:5001";
    expect(load(apart).notes.join()).toContain("give this process its llm_providers too");
    expect(load("llm_bridge_url: http://bridge:5001").notes).toEqual([]);
  });

  test("is off for empty variables, as containers pass them", () => {
    expect(load(undefined, { OLLAMA_URL: "", VISION_MODEL: "" }).mode).toBe("embedded");
  });

  test("yields to llm_providers, and says so", () => {
    const config = load(
      "llm_providers: [{id: a, provider_type: ollama, models: [{model_id: m, task: embedding}]}]",
      { OLLAMA_URL: "http://ollama:11434" },
    );
    expect(config.mode).toBe("configured");
    expect(config.notes.join()).toContain("are not used");
  });
});
