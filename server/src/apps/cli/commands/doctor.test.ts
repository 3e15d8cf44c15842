import { existsSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { CliWorld } from "../__fixtures__/cli-world.ts";

let world: CliWorld;
beforeEach(() => {
  world = new CliWorld();
});
afterEach(() => world.remove());

describe("config", () => {
  test("check says what is fine, or every mistake with its line, and exits with 1", async () => {
    world.write("good.yaml", "log_level: warn\n");
    expect(await world.run("config", "check", "good.yaml")).toMatchObject({ code: 0 });
    expect((await world.run("config", "check")).out).toContain("No configuration file");
    world.write("bad.yaml", "server:\n  prot: 1\n");
    const { code, out } = await world.run("config", "check", "bad.yaml");
    expect(code).toBe(1);
    expect(out).toContain("bad.yaml:2");
    const json = await world.run("config", "check", "bad.yaml", "--json");
    expect(JSON.parse(json.out)).toMatchObject({ valid: false, errors: [{ line: 2 }] });
    expect((await world.run("config", "check", "gone.yaml")).err).toContain("ENOENT");
  });

  test("show writes the file's own key names and no secret", async () => {
    world.write(
      "config.yaml",
      "rest_api_key: a-very-secret-key-of-32-characters\nlog_level: warn\n",
    );
    const { out } = await world.run("config", "show");
    expect(out).toContain("log_level: warn");
    expect(out).toContain("shutdown_timeout_secs: 30");
    expect(out).not.toContain("a-very-secret");
    world.write("shown.yaml", out.replace(/.*\*\*\*.*\n/g, ""));
    expect(await world.run("config", "check", "shown.yaml")).toMatchObject({ code: 0 });
  });

  test("schema is a JSON Schema", async () => {
    expect(JSON.parse((await world.run("config", "schema")).out)).toHaveProperty(
      "properties.server",
    );
  });
});

describe("doctor", () => {
  const env = () => ({ SEKHA_DATA_DIR: world.folder, SEKHA__SERVER__PORT: "0" });

  test("finds nothing wrong where nothing is, and leaves no trace", async () => {
    world.io = { env: env() };
    const { code, out } = await world.run("doctor");
    expect(out).not.toMatch(/^(fail|warn)/m);
    expect(code).toBe(0);
    expect(out).toMatch(/^ok +search by meaning/m);
    expect(existsSync(join(world.folder, "sekha-v2.db"))).toBe(false);
  });

  test("says what to do about an old Node, a damaged database and a taken port", async () => {
    const other = await world.serve();
    world.write("sekha-v2.db", "this is no database, whatever its name says");
    world.write("sekha.db", "");
    world.io = {
      env: { ...env(), SEKHA__SERVER__PORT: new URL(other.url).port },
      nodeVersion: "20.9.0",
    };
    const { code, out } = await world.run("doctor");
    other.close();
    expect(code).toBe(1);
    expect(out).toMatch(/^fail +node +Node 20\.9\.0 is too old/m);
    expect(out).toMatch(/^fail +database file .* is damaged/m);
    expect(out).toContain("sekha restore FILE");
    expect(out).toMatch(/^fail +port .* taken by another program/m);
    expect(out).toMatch(/^ok +version 1 .*stays as it is/m);
    expect(world.opened).toBe(0);
  });

  test("shows why embeddings were given up, and tries them again when asked", async () => {
    world.io = { env: env() };
    world.memory.parked = 3;
    const { code, out } = await world.run("doctor", "--retry");
    expect(code).toBe(0);
    expect(out).toMatch(/^warn +embedding queue +3 messages given up: too odd/m);
    expect(world.memory.asked("/api/v1/embeddings/retry")).toHaveLength(1);
  });

  test("reports mistakes of the configuration and goes no further", async () => {
    world.write("config.yaml", "log_level: loud\n");
    const { code, out } = await world.run("doctor", "--json");
    expect(code).toBe(1);
    expect(JSON.parse(out)).toMatchObject({ healthy: false, findings: [{}, { level: "fail" }] });
  });
});
