import { describe, expect, test } from "vitest";
import { ApiKeys, generateApiKey, hashApiKey, type KeyDirectory } from "./api-keys.ts";

type Found = NonNullable<Awaited<ReturnType<KeyDirectory["find"]>>>;

function found(changes: Partial<Found["key"]> = {}, validUntil: number | null = null): Found {
  const key = { id: "1", owner: "ann", name: "laptop", scopes: ["read" as const], ...changes };
  return { key, validUntil };
}

function keysOn(stored: Map<string, Found>, time = { now: 0 }) {
  const touched: string[] = [];
  const watchers: (() => void)[] = [];
  const failures: unknown[] = [];
  const keys = new ApiKeys({
    configured: [],
    directory: {
      find: async (hash) => stored.get(hash) ?? null,
      any: async () => stored.size > 0,
      touch: async (id) => {
        touched.push(id);
      },
      watch: (changed) => {
        watchers.push(changed);
      },
    },
    owner: "local",
    clock: () => time.now,
    onTouchFailed: (error) => failures.push(error),
  });
  const tell = () => {
    for (const changed of watchers) changed();
  };
  return { keys, touched, time, tell };
}

describe("API keys", () => {
  test("are found by their hash and noted at most once a minute", async () => {
    const secret = generateApiKey();
    const { keys, touched, time } = keysOn(new Map([[hashApiKey(secret), found()]]));
    expect(secret).toMatch(/^sk-sekha-[\w-]{43}$/);
    expect(await keys.verify(secret)).toEqual({
      owner: "ann",
      keyId: "1",
      name: "laptop",
      scopes: ["read"],
    });
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
      directory: {
        find: async () => null,
        any: async () => false,
        touch: async () => undefined,
        watch: () => undefined,
      },
      owner: "local",
      clock: () => 0,
      onTouchFailed: () => undefined,
    });
    expect(await keys.configured()).toBe(true);
    expect(await keys.verify("rest-key")).toMatchObject({
      owner: "local",
      name: "rest_api_key",
      scopes: ["read", "write", "admin"],
    });
    expect(await keys.verify("rest-kez")).toBeNull();
  });

  test("that were revoked are refused at once where the store tells, within 10 seconds elsewhere", async () => {
    const hash = hashApiKey("k");
    const stored = new Map([[hash, found()]]);
    const { keys, time, tell } = keysOn(stored);
    await keys.verify("k");
    stored.delete(hash);
    time.now = 9999;
    expect(await keys.verify("k")).not.toBeNull();
    time.now = 10_000;
    expect(await keys.verify("k")).toBeNull();
    stored.set(hash, found());
    await keys.verify("k");
    expect(await keys.configured()).toBe(true);
    stored.delete(hash);
    tell();
    expect(await keys.verify("k")).toBeNull();
    expect(await keys.configured()).toBe(false);
  });

  test("that expire are remembered no longer than that", async () => {
    const hash = hashApiKey("k");
    const stored = new Map([[hash, found({}, 3000)]]);
    const { keys, time } = keysOn(stored);
    await keys.verify("k");
    stored.delete(hash);
    time.now = 2999;
    expect(await keys.verify("k")).not.toBeNull();
    time.now = 3000;
    expect(await keys.verify("k")).toBeNull();
  });

  test("that change while they are looked up are not remembered as they were", async () => {
    const stored = new Map([[hashApiKey("k"), found()]]);
    const { keys, tell } = keysOn(stored);
    const verifying = keys.verify("k");
    stored.clear();
    tell();
    expect(await verifying).not.toBeNull();
    expect(await keys.verify("k")).toBeNull();
  });
});
