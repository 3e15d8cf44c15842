import { describe, expect, test } from "vitest";
import { load } from "../../config/__fixtures__/loading.ts";
import { buildRegistry, type PriceOf } from "./build-registry.ts";
import type { Prices } from "./entries.ts";
import { KNOWN_TASKS } from "./tasks.ts";

const UNKNOWN: Prices = {
  ...{ input: null, output: null, cachedInput: null, cacheWrite: null, source: "unknown" },
};

function registryOf(yaml: string | undefined, prices: PriceOf = () => UNKNOWN) {
  return buildRegistry(load(yaml), prices);
}

function firstModel(yaml: string, prices?: PriceOf) {
  const [model] = registryOf(yaml, prices).models;
  if (model === undefined) throw new Error("no model");
  return model;
}

const cloud = (lines: string, model = "") => `llm_providers:
  - id: cloud
    provider_type: openai
    ${lines}
    models: [{model_id: m, task: embedding${model}}]
`;

test("the guide's providers and default models are read [req:bridge.registry-config]", () => {
  const registry = registryOf(`llm_providers:
  - id: ollama_migrated
    provider_type: ollama
    base_url: http://localhost:11434/
    priority: 2
    region: eu
    keep_alive: 5m
    provider_specific: {num_gpu: 1}
    models:
      - {model_id: nomic-embed-text:latest, task: embedding, dimension: 768}
      - {model_id: llama3.1:8b, task: [chat_fast, chat_smart], context_window: 128000, custom_tags: [local]}
      - {model_id: llava:7b, task: chat_vision, supports_function_calling: false, vision_capabilities: {max_images: 3, max_image_size_mb: 1.5, supported_formats: [PNG, .jpg]}}
default_models: {embedding: "nomic-embed-text:latest", chat_fast: "llama3.1:8b"}
`);
  expect(registry.provider("ollama_migrated")).toMatchObject({
    type: "ollama",
    baseUrl: "http://localhost:11434",
    apiKeys: [],
    priority: 2,
    region: "eu",
    keepAlive: "5m",
    options: { num_gpu: 1 },
    maxConcurrency: 4,
  });
  expect(registry.models).toMatchObject([
    { providerId: "ollama_migrated", tasks: ["embedding"], dimension: 768, contextWindow: 8192 },
    { tasks: ["chat_small", "chat_smart"], contextWindow: 128_000, tags: ["local"] },
    {
      tasks: ["vision"],
      supportsVision: true,
      supportsTools: false,
      vision: { maxImages: 3, maxImageBytes: 1_572_864, formats: ["png", "jpg"] },
    },
  ]);
  expect(registry.defaultModel("embedding")).toBe("nomic-embed-text:latest");
  expect(registry.defaultModel("chat_small")).toBe("llama3.1:8b");
});

test("without any configuration the embedded model serves", () => {
  const registry = registryOf(undefined);
  expect(registry.models).toMatchObject([{ modelId: "all-MiniLM-L6-v2", free: true }]);
  expect(registry.providers).toMatchObject([{ type: "builtin", baseUrl: "" }]);
});

test("the known tasks are the configuration's", () => {
  const yaml = KNOWN_TASKS.map((task) => `{model_id: ${task}, task: ${task}}`).join(", ");
  const registry = registryOf(`llm_providers:
  - {id: a, provider_type: ollama, models: [${yaml}]}`);
  expect(registry.tasks).toEqual(KNOWN_TASKS);
  expect(registry.models.flatMap(({ tasks }) => tasks)).toEqual(KNOWN_TASKS);
});

test("a model may be written down once for each task; a task twice is the first one's", () => {
  const registry = registryOf(`llm_providers:
  - id: a
    provider_type: ollama
    models:
      - {model_id: m, task: chat_small}
      - {model_id: m, task: [chat_small, chat_smart], context_window: 1000}
      - {model_id: m, task: chat_smart}
`);
  expect(registry.provider("a")?.models).toMatchObject([
    { tasks: ["chat_small"], contextWindow: 8192 },
    { tasks: ["chat_smart"], contextWindow: 1000 },
  ]);
});

test("Anthropic's answers have a limit that nobody named, and a configured one beside it [req:bridge.budget-bound]", () => {
  const registry = registryOf(`llm_providers:
  - id: a
    provider_type: anthropic
    api_key: test-key-1
    models: [{model_id: m, task: chat_smart, max_output_tokens: 100}]
  - {id: b, provider_type: ollama, models: [{model_id: n, task: chat_smart}]}`);
  const limits = { maxOutputTokens: 100, defaultOutputTokens: 4096 };
  expect(registry.provider("a")?.models).toMatchObject([limits]);
  expect(registry.provider("b")?.models[0]).not.toHaveProperty("defaultOutputTokens");
});

test("one key and several are used together, each once", () => {
  const yaml = cloud("api_key: test-key-1\n    api_keys: [test-key-2, test-key-1]");
  expect(registryOf(yaml).provider("cloud")?.apiKeys).toEqual(["test-key-1", "test-key-2"]);
});

describe("timers", () => {
  test("have defaults, and Ollama gets time to load a model [req:bridge.registry-timers]", () => {
    expect(firstModel(cloud("api_key: test-key")).timers).toEqual({
      connectMs: 10_000,
      headersMs: 120_000,
      firstTokenMs: 60_000,
      chunkMs: 60_000,
      totalMs: 120_000,
      coldStartMs: 0,
    });
    const local = cloud("api_key: test-key").replace("openai", "ollama");
    expect(firstModel(local).timers.coldStartMs).toBe(120_000);
  });

  test("of a model win over its provider's", () => {
    const provider = `api_key: test-key
    timeout_secs: 30
    connect_timeout_secs: 1
    headers_timeout_secs: 2
    cold_start_timeout_secs: 7`;
    const model = ", timeout_secs: 0.25, headers_timeout_secs: 3, first_token_timeout_secs: 4";
    expect(firstModel(cloud(provider, model)).timers).toMatchObject({
      ...{ connectMs: 1000, headersMs: 3000, firstTokenMs: 4000, totalMs: 250, coldStartMs: 7000 },
    });
  });
});

describe("what is free [req:bridge.registry-free]", () => {
  const isFree = (yaml: string) => firstModel(yaml).free;
  const ollama = (model: string) => cloud("priority: 1", model).replace("openai", "ollama");
  const openai = (lines: string, model = "") => cloud(`api_key: test-key\n    ${lines}`, model);

  test("ollama is, unless it says otherwise or names a price", () => {
    expect(isFree(ollama(""))).toBe(true);
    expect(isFree(ollama(", cost_per_1k_tokens: 0"))).toBe(true);
    expect(isFree(ollama(", free: false"))).toBe(false);
    expect(isFree(ollama(", cost_per_1k_output: 0.001"))).toBe(false);
  });

  test("others are not, unless the provider or the model says so", () => {
    expect(isFree(openai("priority: 1"))).toBe(false);
    expect(isFree(openai("free: true"))).toBe(true);
    expect(isFree(openai("priority: 1", ", free: true"))).toBe(true);
    expect(isFree(openai("free: true", ", free: false"))).toBe(false);
  });

  test("OpenRouter's free variants are", () => {
    const yaml = openai("priority: 1").replace("openai", "openrouter");
    expect(isFree(yaml)).toBe(false);
    expect(isFree(yaml.replace("model_id: m", "model_id: vendor/m:free"))).toBe(true);
  });

  test("a price is asked for what is not free only, with the provider's address", () => {
    const asked: unknown[] = [];
    const prices: PriceOf = (provider, model) => {
      asked.push([provider, model.modelId, model.costPer1kInput]);
      return UNKNOWN;
    };
    registryOf(ollama(""), prices);
    const paid = firstModel(openai("priority: 1", ", cost_per_1k_input: 0.5"), prices);
    expect(asked).toEqual([
      [{ id: "cloud", type: "openai", baseUrl: "https://api.openai.com/v1" }, "m", 0.5],
    ]);
    expect(paid).toMatchObject({ free: false, prices: UNKNOWN });
  });
});
