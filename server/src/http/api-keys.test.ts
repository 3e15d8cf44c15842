import { describe, expect, test } from "vitest";
import { ApiKeys, generateApiKey, hashApiKey } from "./api-keys.ts";

function keysOn(
  stored: Map<string, { id: string; owner: string; name: string }>,
  time = { now: 0 },
) {
  const touched: string[] = [];
  const failures: unknown[] = [];
  const keys = new ApiKeys({
    configured: [],
    directory: {
      find: async (hash) => stored.get(hash) ?? null,
      any: async () => stored.size > 0,
      touch: async (id) => {
        touched.push(id);
      },
    },
    owner: "local",
    clock: () => time.now,
    onTouchFailed: (error) => failures.push(error),
  });
  return { keys, touched, time };
}

describe("API keys", () => {
  test("are found by their hash and noted at most once a minute", async () => {
    const secret = generateApiKey();
    const { keys, touched, time } = keysOn(
      new Map([[hashApiKey(secret), { id: "1", owner: "ann", name: "laptop" }]]),
    );
    expect(secret).toMatch(/^sk-sekha-[\w-]{43}$/);
    expect(await keys.verify(secret)).toEqual({ owner: "ann", keyId: "1", name: "laptop" });
    await keys.verify(secret);
    expect(touched).toEqual(["1"]);
    time.now = 60_001;
    await keys.verify(secret);
    expect(touched).toEqual(["1", "1"]);
    expect(await keys.verify(`${secret}x`)).toBeNull();
  });

  test("of the configuration open the configured owner's memory", async () => {
    const keys = new ApiKeys({
      configured: [{ key: "rest-key", name: "rest_api_key" }],
      directory: { find: async () => null, any: async () => false, touch: async () => undefined },
      owner: "local",
      clock: () => 0,
      onTouchFailed: () => undefined,
    });
    expect(await keys.configured()).toBe(true);
    expect(await keys.verify("rest-key")).toMatchObject({ owner: "local", name: "rest_api_key" });
    expect(await keys.verify("rest-kez")).toBeNull();
  });

  test("that were revoked are refused at once after forget, within seconds without", async () => {
    const hash = hashApiKey("k");
    const stored = new Map([[hash, { id: "1", owner: "local", name: "k" }]]);
    const { keys, time } = keysOn(stored);
    await keys.verify("k");
    stored.delete(hash);
    time.now = 10_000;
    expect(await keys.verify("k")).toBeNull();
    stored.set(hash, { id: "1", owner: "local", name: "k" });
    await keys.verify("k");
    stored.delete(hash);
    keys.forget();
    expect(await keys.verify("k")).toBeNull();
    expect(await keys.configured()).toBe(false);
  });
});
