import { Registry } from "prom-client";
import { expect, test } from "vitest";
import { ApiKeys, hashApiKey } from "./api-keys.ts";
import { controllerErrorBody } from "./error-response.ts";
import { HttpApp } from "./http-app.ts";
import { HttpMetrics } from "./http-metrics.ts";
import { jsonResponse } from "./json-response.ts";

const quiet = () => undefined;
const LOCAL = { peerAddress: "127.0.0.1", injected: false };

function appOf(perMinute: number) {
  const stored = new Map<string, string>();
  let changed = quiet;
  const keys = new ApiKeys({
    configured: [{ key: "configured-key", name: "main" }],
    directory: {
      find: async (hash) => {
        const id = stored.get(hash);
        if (id === undefined) return null;
        return { key: { id, owner: id, name: id, scopes: ["read"] }, validUntil: null };
      },
      any: async () => true,
      touch: async () => undefined,
      watch: (tell) => {
        changed = () => void tell();
      },
    },
    owner: "local",
    clock: () => 0,
    onTouchFailed: quiet,
  });
  const app = new HttpApp({
    authentication: {
      keys,
      required: true,
      localOwner: "local",
      allowedHosts: [],
      allowedOrigins: [],
    },
    cors: { enabled: false, origins: [] },
    rateLimit: { perMinute, trustProxy: false },
    publicPaths: [],
    errorBody: controllerErrorBody,
    metrics: new HttpMetrics({ processMetrics: false, registry: new Registry() }),
    logger: { debug: quiet, info: quiet, warn: quiet, error: quiet },
    clock: () => 0,
    newId: () => "1",
  });
  app.on("GET", "/who", ({ principal }) => jsonResponse({ owner: principal?.owner }));
  const ask = async (key?: string) => {
    const headers = key === undefined ? {} : { authorization: `Bearer ${key}` };
    const response = await app.fetch(new Request("http://127.0.0.1/who", { headers }), LOCAL);
    return response.ok ? ((await response.json()) as { owner: string }).owner : response.status;
  };
  const store = (key: string, id: string) => stored.set(hashApiKey(key), id);
  const revoke = (key: string) => {
    stored.delete(hashApiKey(key));
    changed();
  };
  return { ask, store, revoke };
}

test("who has no key or a wrong one uses up the allowance of its address, and only that", async () => {
  const { ask } = appOf(3);
  expect(await ask()).toBe(401);
  expect(await ask("guess-1")).toBe(401);
  expect(await ask("guess-2")).toBe(401);
  expect(await ask("guess-3")).toBe(429);
  expect(await ask()).toBe(429);
  expect(await ask("configured-key")).toBe("local");
});

test("keys that take turns are never taken for one another, and one that is revoked is refused at once", async () => {
  const { ask, store, revoke } = appOf(4);
  store("key-of-ann", "ann");
  store("key-of-bob", "bob");
  for (let turn = 0; turn < 4; turn += 1) {
    expect(await ask("key-of-ann")).toBe("ann");
    expect(await ask("configured-key")).toBe("local");
    if (turn < 3) expect(await ask("key-of-bob")).toBe("bob");
  }
  expect(await ask("key-of-ann")).toBe(429);
  expect(await ask("configured-key")).toBe(429);
  expect(await ask("key-of-bob")).toBe("bob");
  revoke("key-of-bob");
  expect(await ask("key-of-bob")).toBe(401);
});
