import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { CliWorld } from "../__fixtures__/cli-world.ts";
import { costRow, FakeBridge } from "../__fixtures__/fake-bridge.ts";
import { formatDollars } from "../dollars.ts";

let world: CliWorld;
let bridge: FakeBridge;
let served: { url: string; close: () => void };
beforeEach(async () => {
  world = new CliWorld();
  bridge = new FakeBridge();
  served = await bridge.serve();
});
afterEach(() => {
  served.close();
  world.remove();
});

const run = (...argv: string[]) => world.run("costs", ...argv, "--bridge-url", served.url);

describe("costs", () => {
  test("are shown by provider with their total and what is left of budgets [req:bridge.cli-costs]", async () => {
    const resets_at = "2026-03-01T00:00:00.000Z";
    const budget = { name: "per_month", key: null, limit: 20, spent: 0.0525, left: 19.9475 };
    bridge.costs = {
      ...bridge.costs,
      costs: [costRow(), costRow({ group: "local", cost: 0, requests: 1200 })],
      ...{ total_requests: 1203, budgets: [{ ...budget, resets_at }] },
    };
    const { code, out, err } = await run();
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(out).toMatch(/^Provider +Cost +Requests +Prompt +Answer +Cached$/m);
    expect(out).toMatch(/^cloud +\$0\.0525 +3 +9,000 +2,000 +0$/m);
    expect(out).toMatch(/^local +\$0 +1,200 /m);
    expect(out).toMatch(/^total +\$0\.0525 +1,203 +18,000 /m);
    expect(out).toMatch(/^per_month +\$20\.00 +\$0\.0525 +\$19\.95 +2026-0/m);
  });

  test("come from the directory itself while no server has it [req:bridge.cli-costs]", async () => {
    bridge.costs = { ...bridge.costs, costs: [costRow()] };
    world.bridge = bridge.fetch;
    world.io = { env: { SEKHA_DATA_DIR: world.folder, SEKHA__BRIDGE__PORT: "0" } };
    const alone = await world.run("costs");
    expect(alone).toMatchObject({ code: 0, out: expect.stringMatching(/^cloud +\$0\.0525/m) });
    expect([world.opened, world.closed]).toEqual([1, 1]);
    world.server = { url: "http://127.0.0.1:9", pid: 7 };
    expect(await world.run("costs")).toMatchObject({ code: 64, out: "" });
    expect(world.opened).toBe(1);
  });

  test("name what has no known price and what is not written yet [req:bridge.cli-costs]", async () => {
    bridge.costs = {
      ...bridge.costs,
      costs: [
        costRow({ unpriced_requests: 1 }),
        costRow({ group: "odd", cost: 0, requests: 2, unpriced_requests: 2 }),
      ],
      ...{ unpriced_requests: 3, unpriced_models: ["strange"], complete: false },
    };
    const { out, err } = await run();
    expect(out).toMatch(/^cloud +over \$0\.0525 /m);
    expect(out).toMatch(/^odd +unknown /m);
    expect(err).toContain("The price of 3 requests is not known (strange)");
    expect(err).toContain("could not be written");
  });

  test("are asked for by group and day, relative days included", async () => {
    await run("--by", "day", "--since", "2w", "--until", "2026-01-31");
    expect(bridge.asked("/api/v1/costs")[0]?.query).toEqual({
      by: "day",
      since: "2026-01-18",
      until: "2026-01-31",
    });
    const { code, err } = await run("--since", "2026-02-31");
    expect(code).toBe(64);
    expect(err).toContain('--since does not understand "2026-02-31".');
  });

  test("of calls without a key are called so, and JSON is the bridge's own answer", async () => {
    bridge.costs = { ...bridge.costs, by: "key", costs: [costRow({ group: "" })] };
    expect((await run("--by", "key")).out).toMatch(/^\(without a key\) +\$0\.0525/m);
    expect(JSON.parse((await run("--json")).out)).toEqual(bridge.costs);
  });

  test("are none when nothing was called, and need a bridge", async () => {
    bridge.costs = { ...bridge.costs, costs: [], total_cost: 0, total_requests: 0 };
    const { code, err } = await run();
    expect({ code, err }).toEqual({ code: 0, err: "No model was called in that time.\n" });
    const away = await world.run("costs", "--bridge-url", "http://127.0.0.1:1");
    expect(away.code).toBe(1);
    expect(away.err).toContain("sekha start");
  });
});

test.each([
  [0, "$0"],
  [0.0000525, "$0.0000525"],
  [0.00003, "$0.00003"],
  [0.5, "$0.50"],
  [0.12345, "$0.123"],
  [12.345, "$12.35"],
  [1234.5, "$1,234.50"],
  [0.9999, "$1.00"],
  [-0.25, "-$0.25"],
])("%d dollars are written %s", (amount, text) => {
  expect(formatDollars(amount)).toBe(text);
});
