import { describe, expect, test } from "vitest";
import { RECALLED } from "./__fixtures__/fake-memory.ts";
import { fakeProxy } from "./__fixtures__/fake-proxy.ts";
import type { ProxyServices } from "./services.ts";

const QUESTION = { model: "gpt-4o", messages: [{ role: "user", content: "Where is the key?" }] };
const CHAT = "/v1/chat/completions";

describe("keys", () => {
  const KEY = "sk-sekha-0123456789abcdef0123456789abcdef";
  const locked = () =>
    fakeProxy({
      options: {
        authentication: {
          keys: [{ key: KEY, name: "proxy_api_key" }],
          directory: {
            find: async () => null,
            any: async () => false,
            touch: async () => undefined,
            watch: () => undefined,
          },
          required: false,
          localOwner: "local",
          allowedHosts: [],
        },
      },
    });

  test("are asked for once one is configured, on every route but /health [req:proxy.keys]", async () => {
    const proxy = locked();
    const refused = await proxy.post(CHAT, QUESTION);
    expect(refused.status).toBe(401);
    expect(await refused.json()).toMatchObject({ error: { code: "invalid_api_key" } });
    expect((await proxy.fetch("/api/info")).status).toBe(401);
    expect((await proxy.fetch("/")).status).toBe(401);
    expect((await proxy.fetch("/health")).status).toBe(200);
    const wrong = await proxy.post("/v1/messages", QUESTION, { "x-api-key": "wrong" });
    expect(await wrong.json()).toMatchObject({ error: { type: "authentication_error" } });
  });

  test("come as OpenAI's and as Anthropic's clients send them [req:proxy.keys]", async () => {
    const proxy = locked();
    const bearer = await proxy.post(CHAT, QUESTION, { Authorization: `Bearer ${KEY}` });
    expect(bearer.status).toBe(200);
    const header = await proxy.post("/v1/messages", QUESTION, { "x-api-key": KEY });
    expect(header.status).toBe(200);
  });

  test("are not needed on this machine while none is configured, whatever is sent [req:proxy.keys]", async () => {
    const proxy = fakeProxy();
    const any = await proxy.post(CHAT, QUESTION, { Authorization: "Bearer anything" });
    expect(any.status).toBe(200);
    const elsewhere = await proxy.fetch("/v1/models", {}, "192.168.1.5");
    expect(elsewhere.status).toBe(401);
  });

  test("recall only with the scope read, and are refused without write [req:proxy.keys]", async () => {
    const writing = scopesOf(["write"]);
    await writing.post(CHAT, QUESTION, { Authorization: `Bearer ${KEY}` });
    expect(writing.memory.asked[0]).toMatchObject({
      owner: "alice",
      mode: { read: false, write: true },
    });
    const reading = await scopesOf(["read"]).post(CHAT, QUESTION, {
      Authorization: `Bearer ${KEY}`,
    });
    expect(reading.status).toBe(403);
  });

  test("need the scope read alone for a dry look, and need it [req:proxy.keys] [req:proxy.explain]", async () => {
    const look = async () => ({ blocks: [], report: RECALLED, candidates: [] });
    const dry = { Authorization: `Bearer ${KEY}`, "X-Sekha-Explain": "true" };
    const reading = scopesOf(["read"], { look });
    expect((await reading.post(CHAT, QUESTION, dry)).status).toBe(200);
    expect((await reading.post(CHAT, "[]", dry)).status).toBe(400);
    const spending = { ...dry, "X-Sekha-Explain": "off", "X-Sekha-Memory": "read" };
    expect((await reading.post(CHAT, QUESTION, spending)).status).toBe(403);
    expect(reading.forwarded).toEqual([]);
    expect((await scopesOf(["write"], { look }).post(CHAT, QUESTION, dry)).status).toBe(403);
  });
});

/** A proxy to which every key has these scopes. */
function scopesOf(scopes: ("read" | "write")[], services: Partial<ProxyServices> = {}) {
  return fakeProxy({
    services,
    options: {
      authentication: {
        keys: [],
        directory: {
          find: async () => ({
            key: { id: "k", owner: "alice", name: "a key", scopes },
            validUntil: null,
          }),
          any: async () => true,
          touch: async () => undefined,
          watch: () => undefined,
        },
        required: true,
        localOwner: "local",
        allowedHosts: [],
      },
    },
  });
}

describe("health", () => {
  test("has version 1's shape [req:proxy.health]", async () => {
    const proxy = fakeProxy();
    proxy.answer = () => Response.json({ status: "healthy" });
    const response = await proxy.fetch("/health");
    expect([response.status, await response.json()]).toMatchObject([
      200,
      {
        status: "healthy",
        checks: {
          controller: { status: "ok", url: "http://controller.test" },
          llm: { status: "ok", url: "http://bridge.test", provider: "bridge" },
          proxy: { status: "ok" },
        },
      },
    ]);
  });

  test("is degraded without the controller, and unhealthy without the bridge [req:proxy.health]", async () => {
    const controller = {
      url: "http://controller.test",
      problem: async () => "nothing listens there",
    };
    const proxy = fakeProxy({ services: { controller } });
    proxy.answer = () => Response.json({ status: "healthy" });
    const degraded = await proxy.fetch("/health");
    expect([degraded.status, await degraded.json()]).toMatchObject([
      200,
      { status: "degraded", checks: { controller: { error: "nothing listens there" } } },
    ]);
    proxy.answer = () => {
      throw new TypeError("fetch failed");
    };
    const unhealthy = await proxy.fetch("/health");
    expect([unhealthy.status, await unhealthy.json()]).toMatchObject([
      503,
      { status: "unhealthy", checks: { llm: { status: "error" } } },
    ]);
  });

  test("is degraded while turns lie aside that the memory refused [req:proxy.health]", async () => {
    const proxy = fakeProxy();
    proxy.answer = () => Response.json({ status: "healthy" });
    proxy.memory.refused = 2;
    expect(await (await proxy.fetch("/health")).json()).toMatchObject({
      status: "degraded",
      checks: { proxy: { status: "warning", error: expect.stringContaining("2 turns") } },
    });
  });
});

test("GET /api/info, / and /metrics say what this is [req:proxy.info]", async () => {
  const proxy = fakeProxy();
  expect(await (await proxy.fetch("/api/info")).json()).toMatchObject({
    name: "Sekha Proxy",
    version: "2.0.0",
    status: "running",
    features: expect.any(Array),
    endpoints: { chat: CHAT, health: "/health", ui: "/" },
    config: { bridge_url: "http://bridge.test", auto_inject_context: true, context_budget: 2000 },
  });
  const page = await (await proxy.fetch("/")).text();
  expect(page).toContain("http://localhost:8081/v1");
  await proxy.post(CHAT, QUESTION);
  const metrics = await (await proxy.fetch("/metrics")).text();
  expect(metrics).toContain('sekha_proxy_recalls_total{outcome="none"} 1');
});
