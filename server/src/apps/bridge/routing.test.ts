import { describe, expect, test } from "vitest";
import { fakeBridge } from "./__fixtures__/fake-bridge.ts";

describe("a route [req:bridge.route]", () => {
  test("names who would serve, what it costs at most, and every candidate", async () => {
    const { post, gateway } = fakeBridge();
    const response = await post("/api/v1/route", { task: "chat_smart", preferred_model: null });
    expect(await response.json()).toEqual({
      provider_id: "openai",
      model_id: "gpt-4o",
      estimated_cost: 0.0125,
      reason: "Preferred model available",
      provider_type: "openai",
      task: "chat_smart",
      dry_run: false,
      candidates: [
        {
          provider_id: "openai",
          model_id: "gpt-4o",
          provider_type: "openai",
          task: "chat_smart",
          accepted: true,
          reason: "Preferred model available",
          estimated_cost: 0.0125,
        },
      ],
    });
    expect(gateway.plans[0]).toMatchObject({ promptTokens: 1000, outputTokens: 500, images: 0 });
  });

  test("hands every wish on", async () => {
    const { post, gateway } = fakeBridge();
    await post("/api/v1/route", {
      task: "chat_smart",
      preferred_model: "gpt-4o",
      require_vision: true,
      max_cost: 0.5,
      context_size: 9000,
    });
    expect(gateway.plans[0]).toMatchObject({
      task: "chat_smart",
      preferredModel: "gpt-4o",
      requireVision: true,
      maxCost: 0.5,
      promptTokens: 9000,
    });
  });

  test("of an unknown task is a 400 with the valid ones", async () => {
    const { post } = fakeBridge();
    const response = await post("/api/v1/route", { task: "x" });
    expect(response.status).toBe(400);
    expect((await response.json()).detail).toBe("Invalid task 'x'. Valid tasks: ['embedding']");
  });

  test("that nobody can serve is a 503, that money forbids a 402; a dry run shows them all the same", async () => {
    const { post, gateway } = fakeBridge();
    const nobody = await post("/api/v1/route", { task: "audio" });
    expect(nobody.status).toBe(503);
    expect((await nobody.json()).detail).toMatch(/^No providers available for task 'audio'/);
    gateway.refused = true;
    const dear = await post("/api/v1/route", { task: "chat_smart", max_cost: 0 });
    expect(dear.status).toBe(402);
    const candidates = [
      expect.objectContaining({ accepted: false, code: "max_cost", reason: expect.any(String) }),
    ];
    expect(await dear.json()).toMatchObject({ candidates });
    const dry = await post("/api/v1/route", { task: "chat_smart", max_cost: 0, dry_run: true });
    expect(dry.status).toBe(200);
    expect(await dry.json()).toMatchObject({ provider_id: null, dry_run: true, candidates });
  });

  test("without a task is a 422 as v1 wrote it", async () => {
    const { post } = fakeBridge();
    const response = await post("/api/v1/route", { max_cost: "free" });
    expect(response.status).toBe(422);
    expect((await response.json()).detail).toContainEqual({
      loc: ["body", "task"],
      msg: "Field required",
      type: "missing",
    });
  });
});

test("tasks are the known ones in v1's order, then the custom ones", async () => {
  const { fetch } = fakeBridge();
  expect(await (await fetch("/api/v1/tasks")).json()).toEqual([
    "embedding",
    "chat_small",
    "chat_large",
    "chat_smart",
    "vision",
    "audio",
    "image_generation",
    "notes",
  ]);
});

describe("an estimate", () => {
  test("counts messages and images, and sends nothing", async () => {
    const { post, gateway } = fakeBridge();
    const image = { type: "image_url", image_url: { url: "data:image/png;base64,AAAA" } };
    const messages = [{ role: "user", content: [{ type: "text", text: "What?" }, image] }];
    const response = await post("/api/v1/estimate", { model: "gpt-4o", messages, max_tokens: 100 });
    expect(await response.json()).toMatchObject({
      task: "chat_smart",
      provider_id: "openai",
      estimated_cost: 0.0125,
      max_tokens: 100,
      candidates: [{ model_id: "gpt-4o" }],
    });
    expect(gateway.plans[0]).toMatchObject({ images: 1, requireVision: true, outputTokens: 100 });
    expect(gateway.plans[0]?.promptTokens).toBeGreaterThan(1000);
    expect(gateway.chats).toEqual([]);
  });

  test("of a text is one of embedding it", async () => {
    const { post } = fakeBridge();
    expect(await (await post("/api/v1/estimate", { text: "some words" })).json()).toMatchObject({
      task: "embedding",
      model_id: "nomic-embed-text:latest",
      estimated_cost: 0,
      max_tokens: 0,
    });
  });

  test("of messages that cannot be read is refused", async () => {
    const { post } = fakeBridge();
    const messages = [{ role: "user", content: [{ type: "text" }] }];
    expect((await post("/api/v1/estimate", { messages })).status).toBe(422);
  });
});

describe("costs", () => {
  test("are sums by group, exact and in dollars", async () => {
    const { fetch } = fakeBridge();
    const response = await fetch("/api/v1/costs?by=day&since=2026-11-01&until=2026-11-30");
    expect(await response.json()).toEqual({
      by: "day",
      user: "local",
      since: "2026-11-01",
      until: "2026-11-30",
      currency: "USD",
      total_cost: 0.0000525,
      total_requests: 2,
      unpriced_requests: 1,
      unpriced_models: ["strange"],
      complete: true,
      budgets: [
        {
          name: "month",
          key: null,
          limit: 5,
          spent: 1,
          left: 4,
          resets_at: "2026-12-01T00:00:00.000Z",
        },
      ],
      costs: [
        {
          group: "2026-11-25",
          cost: 0.0000525,
          exact_cost: "0.0000525",
          cost_nano_usd: "52500",
          requests: 2,
          unpriced_requests: 1,
          prompt_tokens: 9,
          completion_tokens: 2,
          cached_tokens: 0,
        },
      ],
    });
  });

  test.each(["by=weather", "since=2026-02-31", "until=yesterday"])(
    "by %s are refused",
    async (query) => {
      const { fetch } = fakeBridge();
      expect((await fetch(`/api/v1/costs?${query}`)).status).toBe(422);
    },
  );
});
