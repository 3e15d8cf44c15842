import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { CliWorld } from "../__fixtures__/cli-world.ts";

let world: CliWorld;
beforeEach(() => {
  world = new CliWorld();
});
afterEach(() => world.remove());

describe("start", () => {
  test("says where things are, shows the first key once, and stops on a signal", async () => {
    world.firstKey = "sk-sekha-first";
    const running = world.run("start", "controller");
    await expect.poll(() => world.started).toEqual([["controller"]]);
    world.stop();
    const { code, out } = await running;
    expect(code).toBe(0);
    expect(out).toContain("controller  http://127.0.0.1:8080");
    expect(out).toContain(world.folder);
    expect(out).toContain("http://127.0.0.1:8080/docs");
    expect(out.split("sk-sekha-first")).toHaveLength(2);
    expect(out).toContain("Press Ctrl-C to stop.");
    expect(world.closed).toBe(1);
  });

  test("starts what is configured, and keeps a JSON log free of other lines", async () => {
    world.firstKey = "sk-sekha-first";
    world.io = { env: { SEKHA_DATA_DIR: world.folder, LOG_FORMAT: "json" } };
    const running = world.run("start");
    await expect.poll(() => world.started.length).toBe(1);
    world.stop();
    const { out, err } = await running;
    expect(world.started[0]).toContain("controller");
    expect(out).toBe("");
    expect(err).toContain("sk-sekha-first");
  });
});

describe("a configuration that changes while it runs", () => {
  const file = () => join(world.folder, "config.yaml");
  const withLimit = (limit: string) => `routing:\n  cost_limit_per_request: ${limit}\n`;

  function start() {
    writeFileSync(file(), withLimit("0.1"));
    return world.run("start", "--config", file());
  }

  test("is taken over when the file changes and on SIGHUP [req:bridge.hot-reload]", async () => {
    const running = start();
    await expect.poll(() => world.started.length).toBe(1);
    writeFileSync(file(), withLimit("0.25"));
    await expect.poll(() => world.reloaded.length, { timeout: 10_000 }).toBeGreaterThan(0);
    expect(world.reloaded[0]?.routing.costLimitPerRequest).toBe(0.25);
    const before = world.reloaded.length;
    world.hangUp();
    expect(world.reloaded.length).toBe(before + 1);
    world.stop();
    expect((await running).code).toBe(0);
    world.hangUp();
    expect(world.reloaded.length).toBe(before + 1);
  });

  test("changes nothing while the file is empty, as editors leave it for a moment [req:bridge.hot-reload]", async () => {
    const running = start();
    await expect.poll(() => world.started.length).toBe(1);
    writeFileSync(file(), withLimit("0.25"));
    await expect.poll(() => world.reloaded.length, { timeout: 10_000 }).toBeGreaterThan(0);
    writeFileSync(file(), "");
    // The watcher looks every second.
    await new Promise((resolve) => setTimeout(resolve, 2500));
    writeFileSync(file(), withLimit("0.5"));
    const latest = () => world.reloaded.at(-1)?.routing.costLimitPerRequest;
    await expect.poll(latest, { timeout: 10_000 }).toBe(0.5);
    const limits = world.reloaded.map(({ routing }) => routing.costLimitPerRequest);
    expect(limits).not.toContain(undefined);
    world.stop();
    await running;
  });

  test("says a few of many mistakes, and how many more there are", async () => {
    const running = start();
    await expect.poll(() => world.started.length).toBe(1);
    const keys = Array.from({ length: 40 }, (_, at) => `wrong_${at}: 1`);
    writeFileSync(file(), keys.join("\n"));
    world.hangUp();
    const line = world.logged.find((text) => text.includes("wrong_0")) ?? "";
    expect(line).toContain("and 35 more, which `sekha config check` lists");
    expect(line).not.toContain("wrong_9");
    world.stop();
    await running;
  });

  test("changes nothing when it is wrong [req:bridge.hot-reload]", async () => {
    const running = start();
    await expect.poll(() => world.started.length).toBe(1);
    writeFileSync(file(), withLimit("[cheap]"));
    world.hangUp();
    expect(world.reloaded).toEqual([]);
    expect(world.logged.join("\n")).toContain("cost_limit_per_request");
    world.stop();
    await running;
  });
});

describe("status, stats, keys and version", () => {
  test("status without a server exits with 1", async () => {
    const { code, err } = await world.run("status");
    expect(code).toBe(1);
    expect(err).toContain("Start one: sekha start");
  });

  test("status shows health, counts, queue and collections", async () => {
    const server = await world.serve();
    const { url } = server;
    const fine = await world.run("status", "--api-url", url);
    expect(fine.code).toBe(0);
    expect(fine.out).toMatch(/status +healthy/);
    expect(fine.out).toMatch(/running for +1 min/);
    expect(fine.out).toMatch(/conversations_384 +m +384 +2 +2/);
    world.memory.health.status = "unhealthy";
    expect(await world.run("status", "--api-url", url)).toMatchObject({ code: 1 });
    server.close();
  });

  test("stats shows figures and the largest folders", async () => {
    const { out } = await world.run("stats");
    expect(out).toMatch(/conversations +1\n/);
    expect(out).toMatch(/\/home +1/);
  });

  test("keys create writes the secret alone to stdout", async () => {
    expect(await world.run("keys", "create", "laptop")).toMatchObject({ out: "sk-sekha-secret\n" });
    const { out } = await world.run("keys", "list");
    expect(out).toMatch(/laptop +sk-sekha-ab… +works +never/);
    await world.run("keys", "revoke", "laptop");
    expect(world.memory.asked("/api/v1/keys/laptop")[0]?.method).toBe("DELETE");
  });

  test("version is one line, or JSON", async () => {
    expect((await world.run("version")).out).toMatch(/^sekha \d+\.\d+\.\d+ \(Node 24\.0\.0\)\n$/);
    expect(JSON.parse((await world.run("version", "--json")).out)).toMatchObject({
      node: "24.0.0",
    });
    expect((await world.run("--version")).out).toMatch(/^\d+\.\d+\.\d+\n$/);
  });
});
