import { describe, expect, test } from "vitest";
import { fakeController, sending } from "./__fixtures__/fake-services.ts";

const KEY = "sk-sekha-a-configured-key-0123456789abcdef";

function withKey(cors = { enabled: false, origins: [] as string[] }) {
  return fakeController({
    options: {
      cors,
      authentication: {
        keys: [{ key: KEY, name: "rest_api_key" }],
        required: false,
        localOwner: "local",
        allowedHosts: [],
      },
    },
  });
}

const LIST = "/api/v1/conversations";

describe("without any key", () => {
  test("programs on this machine get in, over IPv4, IPv6 and with a useless key", async () => {
    const { fetch } = fakeController();
    for (const address of ["127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1"]) {
      expect((await fetch(LIST, {}, address)).status).toBe(200);
    }
    expect((await fetch(LIST, { headers: { "X-API-Key": "whatever" } })).status).toBe(200);
  });

  test("other machines do not, nor what a proxy forwards for them", async () => {
    const { fetch } = fakeController();
    const refused = await fetch(LIST, {}, "192.168.1.5");
    expect(refused.status).toBe(401);
    expect(refused.headers.get("www-authenticate")).toContain("Bearer");
    expect(await refused.json()).toMatchObject({
      error: expect.stringMatching(/^Unauthorized: .*sekha keys create/),
      code: 401,
      type: "unauthorized",
    });
    expect((await fetch(LIST, { headers: { "X-Forwarded-For": "9.9.9.9" } })).status).toBe(401);
    expect((await fetch(LIST, { headers: { "X-Forwarded-For": "127.0.0.1" } })).status).toBe(200);
  });

  test("a foreign Host or Origin is refused, whatever CORS allows to everyone", async () => {
    const { fetch } = fakeController({ options: { cors: { enabled: true, origins: ["*"] } } });
    const hosts = { "evil.example": 403, "localhost:1": 200, "[::1]:8080": 200, "127.0.0.1": 200 };
    for (const [host, status] of Object.entries(hosts)) {
      expect((await fetch(LIST, { headers: { host } })).status, host).toBe(status);
    }
    const origins = { "https://evil.example": 403, null: 403, "http://localhost:8080": 200 };
    for (const [origin, status] of Object.entries(origins)) {
      const response = await fetch(LIST, { headers: { origin } });
      expect(response.status, origin).toBe(status);
      expect(response.headers.has("access-control-allow-origin")).toBe(false);
    }
  });

  test("a key made through the API makes keys needed at once, and revoking the last undoes it", async () => {
    const { fetch } = fakeController();
    const made = await (await fetch("/auth/keys", {})).json();
    expect(made).toEqual({ keys: [] });
    const created = await fetch("/api/v1/auth/keys", sending("POST", { name: "laptop" }));
    const { key, id, prefix } = await created.json();
    expect(created.status).toBe(201);
    expect(key.startsWith(prefix)).toBe(true);
    expect((await fetch(LIST)).status).toBe(401);
    const headers = { Authorization: `bearer ${key}` };
    const listed = await (await fetch("/api/v1/auth/keys", { headers })).text();
    expect(listed).toContain(prefix);
    expect(listed).not.toContain(key);
    const revoked = await fetch(`/api/v1/auth/keys/${id}`, { method: "DELETE", headers });
    expect(await revoked.json()).toMatchObject({ revoked_at: expect.any(String) });
    expect((await fetch(LIST)).status).toBe(200);
  });
});

describe("with a key", () => {
  test("it opens every route as Bearer in any case or as X-API-Key, and nothing else does", async () => {
    const { fetch } = withKey();
    for (const headers of [
      { Authorization: `Bearer ${KEY}` },
      { Authorization: `bEARER  ${KEY}` },
      { "X-API-Key": KEY },
    ]) {
      expect((await fetch(LIST, { headers }, "192.168.1.5")).status).toBe(200);
    }
    for (const headers of [{}, { Authorization: KEY }, { Authorization: `Bearer ${KEY}x` }]) {
      const response = await fetch(LIST, { headers });
      expect(response.status).toBe(401);
      expect((await response.json()).error).toMatch(/^Unauthorized: /);
    }
  });

  test("only health is open without it", async () => {
    const { fetch } = withKey();
    expect((await fetch("/health")).status).toBe(200);
    for (const path of ["/metrics", "/docs", "/openapi.json", "/none"]) {
      expect((await fetch(path)).status, path).toBe(401);
    }
  });

  test("browsers get CORS as configured, preflights without the key", async () => {
    const { fetch } = withKey({ enabled: true, origins: ["app://obsidian.md"] });
    const preflight = await fetch(LIST, {
      method: "OPTIONS",
      headers: {
        origin: "app://obsidian.md",
        "access-control-request-method": "POST",
        "access-control-request-headers": "authorization",
        "access-control-request-private-network": "true",
      },
    });
    expect(preflight.status).toBe(204);
    expect(preflight.headers.get("access-control-allow-origin")).toBe("app://obsidian.md");
    expect(preflight.headers.get("access-control-allow-headers")).toBe("authorization");
    expect(preflight.headers.get("access-control-allow-private-network")).toBe("true");
    const refused = await fetch(LIST, { headers: { origin: "app://obsidian.md" } });
    expect(refused.status).toBe(401);
    expect(refused.headers.get("access-control-allow-origin")).toBe("app://obsidian.md");
    const foreign = await fetch(LIST, { headers: { origin: "https://evil.example" } });
    expect(foreign.headers.has("access-control-allow-origin")).toBe(false);
  });
});

test("a service beyond loopback needs a key even while there is none", async () => {
  const { fetch } = fakeController({
    options: {
      authentication: { keys: [], required: true, localOwner: "local", allowedHosts: [] },
    },
  });
  expect((await fetch(LIST)).status).toBe(401);
});

test("another service in this process is trusted with the owner it names", async () => {
  const { app, store } = withKey();
  await store.create("ann", { label: "Hers", folder: "/", messages: [] });
  const ask = async (owner?: string) => {
    const context = { peerAddress: null, injected: true, ...(owner ? { owner } : {}) };
    const response = await app.fetch(new Request(`http://sekha${LIST}`), context);
    return (await response.json()).total;
  };
  expect(await ask("ann")).toBe(1);
  expect(await ask()).toBe(0);
});

describe("the rate limit", () => {
  test("shows in headers, answers 429 with when to go on, and leaves health alone", async () => {
    const { fetch, app } = fakeController({
      options: { rateLimit: { perMinute: 60, burst: 2, trustProxy: false } },
    });
    const first = await fetch(LIST);
    expect(first.headers.get("x-ratelimit-limit")).toBe("2");
    expect(first.headers.get("x-ratelimit-remaining")).toBe("1");
    expect(Number(first.headers.get("x-ratelimit-reset"))).toBeGreaterThan(0);
    await fetch("/none");
    const refused = await fetch(LIST);
    expect(refused.status).toBe(429);
    expect(refused.headers.get("retry-after")).toBe("1");
    expect(refused.headers.get("x-ratelimit-remaining")).toBe("0");
    expect(await refused.json()).toMatchObject({
      error: "Rate limit exceeded. Retry after 1 seconds.",
      code: 429,
    });
    expect((await fetch("/health")).status).toBe(200);
    const injected = { peerAddress: null, injected: true };
    expect((await app.fetch(new Request(`http://sekha${LIST}`), injected)).status).toBe(200);
  });

  test("also slows down who guesses keys", async () => {
    const { fetch } = fakeController({
      options: {
        rateLimit: { perMinute: 60, burst: 1, trustProxy: false },
        authentication: { keys: [], required: true, localOwner: "local", allowedHosts: [] },
      },
    });
    expect((await fetch(LIST, { headers: { "X-API-Key": "guess" } })).status).toBe(401);
    expect((await fetch(LIST, { headers: { "X-API-Key": "guess again" } })).status).toBe(429);
  });
});
