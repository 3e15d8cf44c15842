import { expect, test } from "vitest";
import { ApiKeys } from "./api-keys.ts";

const ONE = { provider: { id: "cloud", apiKeys: ["test-key-1"] }, modelId: "fast" };
const TWO = { provider: { id: "cloud", apiKeys: ["test-key-1", "test-key-2"] }, modelId: "fast" };
const NONE = { provider: { id: "local", apiKeys: [] }, modelId: "fast" };

function setUp() {
  const time = { now: 0 };
  return { time, keys: new ApiKeys({ clock: () => time.now }) };
}

test("keys are used in turn [req:bridge.key-rotation]", () => {
  const { keys } = setUp();
  const used = Array.from({ length: 4 }, () => keys.next(TWO));
  expect(used.map((choice) => "key" in choice && choice.key)).toEqual([
    ...["test-key-1", "test-key-2", "test-key-1", "test-key-2"],
  ]);
});

test("a provider without keys is used without one, also when a gateway in front refuses it", () => {
  const { keys } = setUp();
  expect(keys.next(NONE)).toEqual({ key: undefined });
  expect(keys.refuse(NONE, undefined, { category: "unauthorized" })).toBe(false);
  expect(keys.next(NONE)).toMatchObject({ none: { kind: "misconfigured" } });
});

test.each(["unauthorized", "payment_required", "forbidden", "rate_limited"] as const)(
  "a key that is refused (%s) is skipped for a while, the other serves [req:bridge.key-refused]",
  (category) => {
    const { time, keys } = setUp();
    expect(keys.refuse(TWO, "test-key-1", { category })).toBe(true);
    expect([keys.next(TWO), keys.next(TWO)]).toEqual([
      { key: "test-key-2" },
      { key: "test-key-2" },
    ]);
    expect(keys.availability(TWO)).toEqual({ kind: "usable" });
    time.now += 300_000;
    expect([keys.next(TWO), keys.next(TWO)]).toContainEqual({ key: "test-key-1" });
  },
);

test("a provider is misconfigured only when all its keys are refused, and tells since when", () => {
  const { time, keys } = setUp();
  keys.refuse(TWO, "test-key-1", { category: "unauthorized" });
  time.now += 1000;
  expect(keys.refuse(TWO, "test-key-2", { category: "payment_required" })).toBe(false);
  time.now += 500;
  expect(keys.availability(TWO)).toEqual({
    ...{ kind: "misconfigured", category: "payment_required", agoMs: 500, retryAfterMs: 298_500 },
  });
});

test("one key that only waits keeps a provider from being called misconfigured", () => {
  const { keys } = setUp();
  keys.refuse(TWO, "test-key-1", { category: "unauthorized" });
  keys.refuse(TWO, "test-key-2", { category: "rate_limited", retryAfterMs: 2000 });
  expect(keys.availability(TWO)).toEqual({ kind: "rate_limited", retryAfterMs: 2000 });
});

test("a wrong key is wrong for all models; a right or a rate concerns one", () => {
  const { keys } = setUp();
  const other = { ...ONE, modelId: "slow" };
  keys.refuse(ONE, "test-key-1", { category: "forbidden" });
  keys.refuse(ONE, "test-key-1", { category: "rate_limited", retryAfterMs: 2000 });
  expect(keys.availability(other)).toEqual({ kind: "usable" });
  keys.refuse(ONE, "test-key-1", { category: "unauthorized" });
  expect(keys.availability(other)).toMatchObject({ kind: "misconfigured" });
});

test("a key that serves again, a reset and a changed key forget the refusal", () => {
  const { keys } = setUp();
  const refuse = () => keys.refuse(ONE, "test-key-1", { category: "unauthorized" });
  refuse();
  keys.accept(ONE, "test-key-1");
  expect(keys.availability(ONE)).toEqual({ kind: "usable" });
  refuse();
  const renewed = { ...ONE, provider: { id: "cloud", apiKeys: ["test-key-3"] } };
  expect(keys.availability(renewed)).toEqual({ kind: "usable" });
  keys.reset("cloud");
  expect(keys.availability(ONE)).toEqual({ kind: "usable" });
  refuse();
  keys.retain(new Set(["local"]));
  expect(keys.availability(ONE)).toEqual({ kind: "usable" });
});
