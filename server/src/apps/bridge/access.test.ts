import { describe, expect, test } from "vitest";
import { fakeBridge, OPEN } from "./__fixtures__/fake-bridge.ts";

const HELLO = { model: "gpt-4o", messages: [{ role: "user", content: "Hello" }] };
const KEY = "sk-sekha-of-the-bridge-test-0123456789abcdef";
const KEYS = [{ key: KEY, name: "bridge_api_key" }];

function chat(headers: Record<string, string> = {}): RequestInit {
  return {
    method: "POST",
    body: JSON.stringify(HELLO),
    headers: { "Content-Type": "application/json", ...headers },
  };
}

describe("an open bridge [req:bridge.open-loopback]", () => {
  test("asks programs on this machine for no key, whatever their client sends as one", async () => {
    const { fetch, gateway } = fakeBridge();
    expect((await fetch("/v1/chat/completions", chat())).status).toBe(200);
    const some = chat({ Authorization: "Bearer ollama" });
    expect((await fetch("/v1/chat/completions", some)).status).toBe(200);
    expect(gateway.chats.map(({ options }) => options.keyId)).toEqual([undefined, undefined]);
  });

  test("still knows its own keys, for whose budget a call is", async () => {
    const { fetch, gateway } = fakeBridge({
      options: { authentication: { ...OPEN, keys: KEYS } },
    });
    await fetch("/v1/chat/completions", chat({ "x-api-key": KEY }));
    expect(gateway.chats[0]?.options.keyId).toBe("config:bridge_api_key");
  });

  test("refuses other machines, foreign web pages and foreign names", async () => {
    const { fetch } = fakeBridge();
    expect((await fetch("/v1/models", {}, "192.168.1.7")).status).toBe(401);
    const page = { headers: { Origin: "https://evil.example" } };
    expect((await fetch("/v1/models", page)).status).toBe(403);
    expect((await fetch("/v1/models", { headers: { Host: "evil.example" } })).status).toBe(403);
    expect((await fetch("/v1/models", { headers: { "X-Forwarded-For": "8.8.8.8" } })).status).toBe(
      401,
    );
  });

  test("beyond this machine takes callers of its network, but no rebound name and no foreign page", async () => {
    const { fetch, gateway } = fakeBridge({
      options: { authentication: { ...OPEN, access: "network" } },
    });
    const peer = "172.18.0.3";
    for (const host of ["bridge:5001", "172.18.0.2:5001", "localhost:5001", "[::1]:5001"]) {
      const init = chat({ Host: host });
      expect((await fetch("/v1/chat/completions", init, peer)).status).toBe(200);
    }
    expect(gateway.chats[0]?.options.localCaller).toBe(false);
    const rebound = chat({ Host: "evil.example" });
    expect((await fetch("/v1/chat/completions", rebound, peer)).status).toBe(403);
    const page = chat({ Origin: "http://evil.example" });
    expect((await fetch("/v1/chat/completions", page, peer)).status).toBe(403);
  });
});

describe("a bridge with a key [req:bridge.key]", () => {
  const options = { authentication: { ...OPEN, access: "key" as const, keys: KEYS } };

  test("takes it as Bearer, X-API-Key or Anthropic's x-api-key, and nothing else", async () => {
    const { fetch } = fakeBridge({ options });
    for (const headers of [{ Authorization: `Bearer ${KEY}` }, { "X-API-Key": KEY }]) {
      expect((await fetch("/v1/models", { headers }, "192.168.1.7")).status).toBe(200);
    }
    expect((await fetch("/v1/models")).status).toBe(401);
    const wrong = { headers: { Authorization: "Bearer sk-sekha-no" } };
    expect((await fetch("/v1/models", wrong)).status).toBe(401);
    expect((await fetch("/health", {}, "192.168.1.7")).status).toBe(200);
  });

  test("takes keys that were made here", async () => {
    const directory = {
      ...OPEN.directory,
      find: async () => ({
        key: { id: "k7", owner: "ann", name: "laptop", scopes: ["write" as const] },
        validUntil: null,
      }),
    };
    const { fetch, gateway } = fakeBridge({
      options: { authentication: { ...options.authentication, directory } },
    });
    const headers = { Authorization: "Bearer sk-sekha-made-here" };
    expect((await fetch("/v1/chat/completions", chat(headers), "10.0.0.9")).status).toBe(200);
    expect(gateway.chats[0]?.options).toMatchObject({
      owner: "ann",
      keyId: "k7",
      localCaller: false,
    });
  });

  test.each([
    ["/v1/models", {}, { error: { code: "invalid_api_key", type: "invalid_request_error" } }],
    ["/v1/messages", {}, { type: "error", error: { type: "authentication_error" } }],
    ["/v1/models", { "anthropic-version": "2023-06-01" }, { type: "error" }],
    ["/api/tags", {}, { error: expect.stringContaining("Unauthorized") }],
    ["/api/v1/models", {}, { detail: expect.stringContaining("Unauthorized") }],
  ])("refuses at %s in its own words", async (path, headers, body) => {
    const { fetch } = fakeBridge({ options });
    const response = await fetch(path, { headers });
    expect(response.status).toBe(401);
    expect(response.headers.get("www-authenticate")).toContain("Bearer");
    expect(await response.json()).toMatchObject(body);
  });

  test("answers browsers where it is allowed, and shows them the account of a call", async () => {
    const { fetch } = fakeBridge({
      options: { ...options, cors: { enabled: true, origins: ["*"] } },
    });
    const headers = { Origin: "https://notes.example", Authorization: `Bearer ${KEY}` };
    const response = await fetch("/v1/chat/completions", chat(headers));
    expect(response.headers.get("access-control-allow-origin")).toBe("*");
    expect(response.headers.get("access-control-expose-headers")).toContain("X-Sekha-Provider");
  });
});

test("a body over the limit is a 413 in the protocol's words", async () => {
  const { fetch } = fakeBridge({ options: { bodyLimit: 100 } });
  const body = JSON.stringify({ messages: [{ role: "user", content: "x".repeat(200) }] });
  const init = { method: "POST", body, headers: { "Content-Type": "application/json" } };
  for (const [path, shape] of [
    ["/v1/chat/completions", { error: { code: "payload_too_large" } }],
    ["/v1/messages", { error: { type: "request_too_large" } }],
    ["/api/chat", { error: expect.stringContaining("larger than") }],
    ["/api/v1/embed", { detail: expect.stringContaining("larger than") }],
  ] as const) {
    const response = await fetch(path, init);
    expect(response.status).toBe(413);
    expect(await response.json()).toMatchObject(shape);
  }
});

test("callers beyond the rate are refused with the time to wait", async () => {
  const { fetch } = fakeBridge({ options: { rateLimit: { perMinute: 1, trustProxy: false } } });
  expect((await fetch("/v1/models")).status).toBe(200);
  const refused = await fetch("/v1/models");
  expect(refused.status).toBe(429);
  expect(refused.headers.get("retry-after")).toBe("60");
  expect(await refused.json()).toMatchObject({ error: { code: "rate_limit_exceeded" } });
});

test("the log has routes and figures, never prompts or keys [req:bridge.no-prompts-logged]", async () => {
  const { fetch, log } = fakeBridge();
  await fetch("/v1/chat/completions", chat({ Authorization: "Bearer hunter2" }));
  await fetch("/v1/chat/completions", { ...chat(), body: '{"messages":"private words"}' });
  const text = JSON.stringify(log);
  expect(text).toContain("/v1/chat/completions");
  for (const hidden of ["Hello", "hunter2", "private words"]) expect(text).not.toContain(hidden);
});

test("the front page, the docs and the metrics are there", async () => {
  const { fetch } = fakeBridge();
  expect(await (await fetch("/")).json()).toMatchObject({
    service: "Sekha LLM Bridge",
    version: "2.0.0",
    docs: "/docs",
    health: "/health",
  });
  const features = (await (await fetch("/")).json()).features;
  expect(features).toHaveLength(5);
  expect(await (await fetch("/docs")).text()).toContain("/v1/chat/completions");
  expect(await (await fetch("/openapi.json")).json()).toMatchObject({ openapi: "3.1.0" });
  const metrics = await (await fetch("/metrics")).text();
  expect(metrics).toContain('sekha_http_requests_total{method="GET",route="/docs",status="200"} 1');
  const json = await fetch("/metrics", { headers: { Accept: "application/json" } });
  expect((await json.json()).metrics).toBeInstanceOf(Array);
});

test("what is not there is a 404, a wrong method a 405", async () => {
  const { fetch } = fakeBridge();
  expect(await (await fetch("/api/v1/none")).json()).toMatchObject({
    detail: expect.stringContaining("no such route"),
  });
  const wrong = await fetch("/api/v1/embed");
  expect(wrong.status).toBe(405);
  expect(wrong.headers.get("allow")).toBe("POST, OPTIONS");
});
