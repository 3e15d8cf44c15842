import { describe, expect, test } from "vitest";
import { GatewayError } from "../../llm/gateway.ts";
import { fakeBridge } from "./__fixtures__/fake-bridge.ts";
import { FAKE_NOW, type FakeGateway } from "./__fixtures__/fake-gateway.ts";
import { pythonDuration } from "./provider-health.ts";

function breakOpenAi(gateway: FakeGateway): void {
  gateway.healthOf = (provider) =>
    provider.id === "openai"
      ? {
          status: "unhealthy",
          models: [
            {
              modelId: "gpt-4o",
              tasks: ["chat_smart"],
              breaker: {
                state: "open",
                failures: 3,
                openedAt: 5,
                retryAfterMs: 56_800,
                reason: "3 failures",
              },
            },
          ],
          lastFailureAt: FAKE_NOW - 3120,
          lastError: "timeout",
        }
      : {};
}

describe("the providers' health [req:bridge.provider-health]", () => {
  test("is v1's object by id, with each one's own fields", async () => {
    const { fetch, gateway } = fakeBridge();
    breakOpenAi(gateway);
    const body = await (await fetch("/api/v1/health/providers")).json();
    expect(body).toMatchObject({ total_providers: 2, healthy_providers: 1, total_models: 2 });
    expect(body.providers.openai).toMatchObject({
      provider_id: "openai",
      provider_type: "openai",
      status: "unhealthy",
      circuit_breaker_state: "open",
      models_count: 1,
      circuit_breaker: {
        state: "open",
        failure_count: 3,
        success_count: 0,
        last_failure: new Date(FAKE_NOW - 3120).toISOString(),
        last_state_change: new Date(FAKE_NOW - 3120).toISOString(),
        time_since_failure: "0:00:03.120000",
        retry_after_seconds: 57,
      },
    });
    expect(body.providers.local.circuit_breaker).toMatchObject({
      state: "closed",
      failure_count: 0,
      last_failure: null,
      time_since_failure: null,
    });
  });

  test("is a list for who asks for one", async () => {
    const { fetch } = fakeBridge();
    expect(await (await fetch("/api/v1/health/providers?format=list")).json()).toEqual([
      { id: "openai", status: "healthy", circuit_breaker: "closed", failures: 0 },
      { id: "local", status: "healthy", circuit_breaker: "closed", failures: 0 },
    ]);
    expect((await fetch("/api/v1/health/providers?format=xml")).status).toBe(422);
  });

  test("makes the bridge's: degraded only when no provider can be tried", async () => {
    const { fetch, gateway } = fakeBridge();
    breakOpenAi(gateway);
    const partly = await (await fetch("/health")).json();
    expect(partly).toMatchObject({
      status: "healthy",
      ollama_status: {
        status: "degraded",
        models_count: 2,
        has_embedding: true,
        has_chat: true,
        providers: { openai: { provider_type: "openai", circuit_breaker: { state: "open" } } },
      },
      models_loaded: ["gpt-4o", "nomic-embed-text:latest"],
      timestamp: new Date(FAKE_NOW).toISOString(),
      checks: { providers: { status: "degraded", error: "Out: openai." }, costs: { status: "ok" } },
    });
    gateway.healthOf = () => ({ status: "misconfigured" });
    const none = await fetch("/health");
    expect(none.status).toBe(200);
    expect(await none.json()).toMatchObject({
      status: "degraded",
      ollama_status: { status: "unhealthy" },
    });
  });
});

test("durations are written as v1 wrote them", () => {
  expect(pythonDuration(0)).toBe("0:00:00");
  expect(pythonDuration(3_600_000 + 61_500)).toBe("1:01:01.500000");
  expect(pythonDuration(2 * 86_400_000 + 1000)).toBe("2 days, 0:00:01");
});

describe("testing a provider [req:bridge.test-provider]", () => {
  test("asks it for free", async () => {
    const { post, gateway } = fakeBridge();
    expect(await (await post("/api/v1/test-provider", { provider_id: "openai" })).json()).toEqual({
      provider_id: "openai",
      success: true,
      status: "ok",
      latency_ms: 3,
      models: ["gpt-4o"],
      error: null,
      test: null,
    });
    expect(gateway.chats).toEqual([]);
  });

  test("with a task makes one small call and says its cost", async () => {
    const { post, gateway } = fakeBridge();
    const body = { provider_id: "openai", test_task: "chat_smart" };
    expect(await (await post("/api/v1/test-provider", body)).json()).toMatchObject({
      success: true,
      test: { task: "chat_smart", success: true, model: "gpt-4o", cost: 0.0000525, error: null },
    });
    expect(gateway.chats[0]?.request).toMatchObject({ model: "openai/gpt-4o", max_tokens: 64 });
    const embed = { provider_id: "local", test_task: "embedding" };
    await post("/api/v1/test-provider", embed);
    expect(gateway.embeds[0]?.request.model).toBe("local/nomic-embed-text:latest");
    expect(gateway.chats[0]?.options.onlyProvider).toBe("openai");
    expect(gateway.embeds[0]?.options.onlyProvider).toBe("local");
  });

  test("that cannot serve is told, not thrown", async () => {
    const { post, gateway } = fakeBridge();
    gateway.failure = new GatewayError("providers_unavailable", "Nobody answers.");
    const body = { provider_id: "openai", test_task: "chat_smart" };
    const response = await post("/api/v1/test-provider", body);
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({
      success: false,
      status: "error",
      error: "Nobody answers.",
      test: { success: false, cost: null },
    });
  });

  test("that does not exist, or for a task that it has not, is refused", async () => {
    const { post } = fakeBridge();
    const unknown = await post("/api/v1/test-provider", { provider_id: "nobody" });
    expect(unknown.status).toBe(404);
    expect((await unknown.json()).detail).toContain("Configured: openai, local.");
    const wrong = { provider_id: "openai", test_task: "embedding" };
    expect((await post("/api/v1/test-provider", wrong)).status).toBe(400);
  });
});

test("a reset closes a provider's breakers [req:bridge.reset]", async () => {
  const { post, gateway } = fakeBridge();
  const response = await post("/api/v1/providers/openai/reset", {});
  expect(await response.json()).toEqual({ success: true, provider_id: "openai" });
  expect(gateway.resets).toEqual(["openai"]);
  expect((await post("/api/v1/providers/nobody/reset", {})).status).toBe(404);
});

describe("models", () => {
  test("are listed by task with v1's fields, prices and abilities", async () => {
    const { fetch } = fakeBridge();
    const models = await (await fetch("/api/v1/models")).json();
    expect(models.map((one: { task: string }) => one.task)).toEqual([
      "chat_smart",
      "vision",
      "embedding",
      "notes",
    ]);
    expect(models[0]).toEqual({
      model_id: "gpt-4o",
      provider_id: "openai",
      provider_type: "openai",
      task: "chat_smart",
      tasks: ["chat_smart", "vision"],
      is_default: false,
      context_window: 128_000,
      max_output_tokens: 16_384,
      dimension: null,
      supports_vision: true,
      supports_audio: false,
      supports_tools: null,
      vision_capabilities: {
        max_images: 10,
        max_image_size_mb: 20,
        supported_formats: ["jpg", "png"],
      },
      tags: ["fast"],
      free: false,
      cost_per_1k_input: 0.005,
      cost_per_1k_output: 0.015,
      price_source: "config",
    });
  });

  test("are listed in OpenAI's shape, and in Anthropic's for its clients", async () => {
    const { fetch } = fakeBridge();
    const openAi = await (await fetch("/v1/models")).json();
    expect(openAi).toMatchObject({
      object: "list",
      data: [
        { id: "gpt-4o", object: "model", owned_by: "openai", created: expect.any(Number) },
        { id: "nomic-embed-text:latest" },
      ],
    });
    const headers = { "anthropic-version": "2023-06-01" };
    const anthropic = await (await fetch("/v1/models", { headers })).json();
    expect(anthropic).toMatchObject({
      data: [{ type: "model", id: "gpt-4o", display_name: "gpt-4o" }, {}],
      has_more: false,
      first_id: "gpt-4o",
      last_id: "nomic-embed-text:latest",
    });
    const one = await (await fetch("/v1/models/gpt-4o", { headers })).json();
    expect(one).toMatchObject({ type: "model", id: "gpt-4o" });
  });

  test("are found by id, slashes and all; an unknown one is a 404 in the asker's shape", async () => {
    const { fetch } = fakeBridge();
    for (const id of ["gpt-4o", "openai/gpt-4o", "openai%2Fgpt-4o"]) {
      expect(await (await fetch(`/v1/models/${id}`)).json()).toMatchObject({ id: "gpt-4o" });
    }
    const missing = await fetch("/v1/models/gpt-9");
    expect(missing.status).toBe(404);
    expect((await missing.json()).error.code).toBe("not_found");
    const headers = { "anthropic-version": "2023-06-01" };
    expect(await (await fetch("/v1/models/gpt-9", { headers })).json()).toMatchObject({
      type: "error",
      error: { type: "not_found_error" },
    });
  });
});
