import { describe, expect, test } from "vitest";
import { MIGRATED_YAML, WITH_OPENAI_YAML } from "../../../test/support/guide-yaml.ts";
import { load } from "./__fixtures__/loading.ts";

const ollamaLocal = `llm_providers:
  - id: ollama_local
    provider_type: ollama
    base_url: http://localhost:11434
    priority: 1
    models:
      - model_id: nomic-embed-text:latest
        task: embedding
        dimension: 768
      - model_id: llama3.1:8b
        task: chat_small
`;

const costLimits = `routing:
  cost_limit_per_request: 0.01  # Max $0.01 per request
  prefer_free_providers: true
`;

describe("the YAML of the migration guide", () => {
  test("reads the provider registry without a note [req:config.dialects]", () => {
    const config = load(ollamaLocal);
    expect(config.mode).toBe("configured");
    expect(config.notes).toEqual([]);
    expect(config.llmProviders[0]).toMatchObject({ id: "ollama_local", providerType: "ollama" });
    expect(config.llmProviders[0]?.models[0]).toMatchObject({
      modelId: "nomic-embed-text:latest",
      task: ["embedding"],
      dimension: 768,
      contextWindow: 8192,
    });
  });

  test("reads the migrated configuration with default models and routing", () => {
    const config = load(MIGRATED_YAML);
    expect(config.defaultModels).toEqual({
      embedding: "nomic-embed-text:latest",
      chat_small: "llama3.1:8b",
    });
    expect(config.routing).toMatchObject({ enableFallback: true, costLimitPerRequest: 0.1 });
    expect(config.llmProviders[0]?.models[1]?.contextWindow).toBe(128_000);
    expect(config.warnings).toEqual([]);
  });

  test("reads the second provider with its key from the environment and its prices", () => {
    const config = load(WITH_OPENAI_YAML, { OPENAI_API_KEY: "sk-from-environment" });
    expect(config.llmProviders[1]).toMatchObject({ apiKey: "sk-from-environment", priority: 1 });
    expect(config.llmProviders[1]?.models).toMatchObject([
      { costPer1kTokens: 0.00013 },
      { costPer1kInput: 0.0025, costPer1kOutput: 0.01, supportsVision: true },
    ]);
  });

  test("reads the cost limits alone, with the embedded model behind them", () => {
    const config = load(costLimits);
    expect(config.routing).toMatchObject({ costLimitPerRequest: 0.01, preferFreeProviders: true });
    expect(config.mode).toBe("embedded");
  });
});

describe("the bridge's own dialect", () => {
  const bridge = `version: "2.0"
providers:
  - id: local
    provider_type: ollama
    base_url: http://localhost:11434
    timeout_secs: 90
    models:
      - {model_id: llava:7b, task: chat_vision, supports_vision: true, vision_capabilities: {max_images: 3}}
      - {model_id: nomic-embed-text, task: embedding, dimension: 768}
      - {model_id: llama3.1:8b, task: chat_fast}
default_models: {embedding: nomic-embed-text, chat_fast: "llama3.1:8b", chat_vision: "llava:7b"}
routing:
  auto_fallback: false
  require_vision_for_images: true
  max_cost_per_request: null
  circuit_breaker: {failure_threshold: 4, timeout_secs: 30, success_threshold: 1}
server_host: 127.0.0.1
server_port: 5011
max_connections: 10
log_level: INFO
celery_broker_url: redis://localhost:6379/0
`;

  test("is read with a note for every other spelling [req:config.dialects]", () => {
    const config = load(bridge, { SEKHA_SERVICES: "bridge" });
    expect(config.bridge.port).toBe(5011);
    expect(config.routing.enableFallback).toBe(false);
    expect(config.routing.costLimitPerRequest).toBeUndefined();
    expect(config.routing.circuitBreaker.timeoutSecs).toBe(30);
    expect(config.defaultModels).toEqual({
      embedding: "nomic-embed-text",
      chat_small: "llama3.1:8b",
      vision: "llava:7b",
    });
    expect(config.llmProviders[0]?.models.map(({ task }) => task)).toEqual([
      ["vision"],
      ["embedding"],
      ["chat_small"],
    ]);
    expect(config.notes).toContain("providers is read as llm_providers");
    expect(config.notes).toContain("auto_fallback is read as enable_fallback (in routing)");
    expect(config.notes).toContain("celery_broker_url has no use any more");
  });

  test("means the controller by server_port where the controller runs", () => {
    expect(load("server_port: 8090\nserver_host: localhost").server).toMatchObject({
      port: 8090,
      host: "localhost",
    });
  });
});

test("the containers' dialect is read: type, timeout and the controller's flat keys [req:config.dialects]", () => {
  const config = load(`
llm_providers:
  - id: any
    type: litellm
    base_url: http://localhost:4000
    timeout: 45
    models: [{model_id: vendor/model:free, task: chat_smart}]
database_url: sqlite:///app/data/sekha.db
chroma_url: http://chroma:8000
llm_bridge_url: http://bridge:5001
mcp_api_key: a-long-enough-key-for-mcp
rest_api_key: a-long-enough-key-for-rest
additional_api_keys: [one-more-long-enough-key]
rate_limit_per_minute: 50
cors_enabled: false
`);
  expect(config.llmProviders[0]).toMatchObject({ providerType: "litellm", timeoutSecs: 45 });
  expect(config.notes).toContain("type is read as provider_type (in llm_providers[])");
  expect(config).toMatchObject({
    databaseUrl: "sqlite:///app/data/sekha.db",
    chromaUrl: "http://chroma:8000",
    additionalApiKeys: ["one-more-long-enough-key"],
    rateLimitPerMinute: 50,
    corsEnabled: false,
  });
});

test("the guide's advanced dialect is read: tasks, tags, regions, strategies", () => {
  const config = load(`
llm_providers:
  - id: cloud
    provider_type: openai
    api_key: sk-0123456789abcdef
    region: eu
    timeout_seconds: 30
    provider_specific: {organization: acme, options: {a: [1, null]}}
    models:
      - model_id: gpt-4o
        tasks: [chat_smart, chat_vision, legal_review]
        custom_tags: [contracts]
        max_image_size: 5
circuit_breaker: {timeout_seconds: 20, half_open_requests: 1}
routing: {strategy: round_robin, prefer_region: eu, latency_threshold_ms: 800, providers: [cloud]}
`);
  const [provider] = config.llmProviders;
  expect(provider).toMatchObject({
    timeoutSecs: 30,
    region: "eu",
    providerSpecific: { organization: "acme", options: { a: [1, null] } },
  });
  expect(provider?.models[0]).toMatchObject({
    task: ["chat_smart", "vision", "legal_review"],
    customTags: ["contracts"],
    visionCapabilities: { maxImageSizeMb: 5, maxImages: 10 },
  });
  expect(config.routing).toMatchObject({
    strategy: "round_robin",
    circuitBreaker: { timeoutSecs: 20 },
  });
});

test("a configuration without an embedding model gets the built-in one, and a note", () => {
  const config = load(`
llm_providers:
  - {id: builtin, provider_type: ollama, models: [{model_id: m, task: chat_smart}]}
`);
  expect(config.llmProviders[1]).toMatchObject({ id: "builtin_2", providerType: "builtin" });
  expect(config.defaultModels).toEqual({ embedding: "all-MiniLM-L6-v2" });
  expect(config.notes).toHaveLength(1);
});

test("v1's tables are read", () => {
  const config = load(`
server: {host: 127.0.0.1, port: 8085, rate_limit_per_second: 100, rate_limit_burst: 200}
auth: {api_key: a-long-enough-key-for-mcp}
database: {url: "sqlite://old.db", max_connections: 3}
chroma: {url: "http://localhost:8000"}
ollama: {url: "http://localhost:11434", embedding_model: nomic-embed-text}
logging: {level: debug}
`);
  expect(config).toMatchObject({
    server: { port: 8085 },
    rateLimitPerSecond: 100,
    rateLimitBurst: 200,
    mcpApiKey: "a-long-enough-key-for-mcp",
    databaseUrl: "sqlite://old.db",
    maxConnections: 3,
    logLevel: "debug",
    mode: "legacy",
  });
});
