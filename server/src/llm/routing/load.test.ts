import { expect, test } from "vitest";
import { Load } from "./load.ts";

const FAST = { providerId: "cloud", modelId: "fast" };
const SLOW = { providerId: "cloud", modelId: "slow" };

function setUp() {
  const time = { now: 0 };
  return { time, load: new Load({ clock: () => time.now }) };
}

test("what is under way is counted by model, and an attempt ends once", () => {
  const { load } = setUp();
  const [first] = [load.begin(FAST), load.begin(FAST)];
  first?.end();
  first?.end();
  expect(load.inFlight(FAST)).toBe(1);
  expect(load.inFlight(SLOW)).toBe(0);
});

test("the latency follows new measurements without jumping", () => {
  const { load } = setUp();
  const ticket = load.begin(FAST);
  expect(load.latencyMs(FAST)).toBeUndefined();
  ticket.measured(100);
  ticket.measured(200);
  expect(load.latencyMs(FAST)).toBe(120);
  ticket.measured(Number.NaN);
  expect(load.latencyMs(FAST)).toBe(120);
});

test("a latency of long ago is forgotten, so that a slow model gets another chance", () => {
  const { time, load } = setUp();
  load.begin(FAST).measured(9000);
  time.now = 300_000;
  expect(load.latencyMs(FAST)).toBe(9000);
  time.now = 300_001;
  expect(load.latencyMs(FAST)).toBeUndefined();
});

test("whoever was used longest ago has the lowest number", () => {
  const { load } = setUp();
  for (const target of [FAST, SLOW, FAST]) load.begin(target);
  expect(load.lastStart({ ...FAST, modelId: "unused" })).toBe(0);
  expect(load.lastStart(SLOW)).toBeLessThan(load.lastStart(FAST));
});

test("models that are gone are forgotten", () => {
  const { load } = setUp();
  load.begin(FAST);
  load.begin(SLOW);
  load.retain([SLOW]);
  expect([load.inFlight(FAST), load.inFlight(SLOW)]).toEqual([0, 1]);
});
