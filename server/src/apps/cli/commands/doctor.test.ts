import { existsSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { CliWorld } from "../__fixtures__/cli-world.ts";
import { FakeBridge, localEmbedding, providerHealth } from "../__fixtures__/fake-bridge.ts";

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
  const env = () => ({
    SEKHA_DATA_DIR: world.folder,
    SEKHA__SERVER__PORT: "0",
    SEKHA__BRIDGE__PORT: "0",
    SEKHA__PROXY__PORT: "0",
  });

  test("finds nothing wrong where nothing is, and leaves no trace", async () => {
    world.io = { env: env() };
    const { code, out } = await world.run("doctor");
    expect(out).not.toMatch(/^(fail|warn)/m);
    expect(code).toBe(0);
    expect(out).toMatch(/^ok +search by meaning/m);
    expect(out).toMatch(/^ok +provider +builtin \(builtin\), 1 model, inside Sekha/m);
    expect(existsSync(join(world.folder, "sekha-v2.db"))).toBe(false);
  });

  test("says when PostgreSQL itself does not keep users apart, with the fix", async () => {
    world.io = { env: env() };
    world.rowSecurity = { holds: false, message: "It does not hold.", fix: "ALTER ROLE" };
    const warned = await world.run("doctor");
    expect(warned.out).toMatch(/^warn +users +It does not hold\./m);
    expect(warned.out).toContain("ALTER ROLE");
    expect(warned.code).toBe(0);
    world.rowSecurity = { holds: true, message: "It holds." };
    expect((await world.run("doctor")).out).toMatch(/^ok +users +It holds\./m);
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
    expect(out).toMatch(/^ok +version 1 .*only read: `sekha migrate data`/m);
    expect(world.opened).toBe(0);
  });

  test("waits for a model that is still loading before it says how the memory is", async () => {
    world.io = { env: env() };
    const loading = { embedder: { status: "degraded", error: "still loading" } };
    let asked = 0;
    const { health } = world.memory;
    Object.defineProperty(world.memory, "health", {
      get: () => {
        asked += 1;
        return asked < 3
          ? { ...health, checks: loading }
          : { ...health, checks: { embedder: { status: "ok" } } };
      },
    });
    expect((await world.run("doctor")).out).toMatch(/^ok +embedder +works/m);
    asked = 0;
    expect((await world.run("health")).out).toMatch(/^embedder +ok/m);
    asked = Number.NEGATIVE_INFINITY;
    expect((await world.run("doctor")).out).toMatch(/^warn +embedder +still loading/m);
  });

  test("shows why embeddings were given up, and tries them again when asked", async () => {
    world.io = { env: env() };
    world.memory.parked = 3;
    const { code, out } = await world.run("doctor", "--retry");
    expect(code).toBe(0);
    expect(out).toMatch(/^warn +embedding queue +3 messages given up: too odd/m);
    expect(world.memory.asked("/api/v1/embeddings/retry")).toHaveLength(1);
  });

  test("names the variable of a provider that has no key [req:bridge.cli-doctor]", async () => {
    const provider = (id: string, baseUrl: string) =>
      `{ id: ${id}, provider_type: openai, base_url: "${baseUrl}", models: [{ model_id: gpt-4o, task: chat_smart }] }`;
    world.write(
      "config.yaml",
      `llm_providers: [${provider("cloud", "https://api.openai.com/v1")}, ${provider("desk", "http://127.0.0.1:1/v1")}]\n`,
    );
    world.io = { env: env() };
    const { out } = await world.run("doctor");
    expect(out).toMatch(/^warn +provider +cloud has no key/m);
    // biome-ignore lint/suspicious/noTemplateCurlyInString: what is to be written into the file
    expect(out).toContain("Set OPENAI_API_KEY, and write `api_key: ${OPENAI_API_KEY}` for cloud.");
    expect(out).toMatch(/^ok +provider +desk \(openai\), 1 model, asked when Sekha runs/m);
  });

  test("asks every provider for free through a running bridge [req:bridge.cli-doctor]", async () => {
    const bridge = new FakeBridge();
    const { url, close } = await bridge.serve();
    bridge.health = [providerHealth(), providerHealth({ provider_id: "local" })];
    bridge.models = [localEmbedding({ model_id: "mxbai-embed-large" })];
    bridge.tests.cloud = {
      success: false,
      models: null,
      error: "unauthorized: The key is refused.",
    };
    world.io = { env: { ...env(), LLM_BRIDGE_URL: url } };
    const { code, out } = await world.run("doctor");
    close();
    expect(code).toBe(1);
    expect(out).toMatch(/^ok +bridge +answers at http/m);
    expect(out).toMatch(/^fail +provider +cloud: unauthorized: The key is refused\.$/m);
    expect(out).toMatch(/^ok +provider +local answers in 12 ms$/m);
    expect(out).toContain("ollama pull mxbai-embed-large");
    for (const { body } of bridge.asked("/api/v1/test-provider")) {
      expect(body).not.toContain("test_task");
    }
  });

  test("asks the providers from the directory itself while no server runs [req:bridge.cli-doctor]", async () => {
    const bridge = new FakeBridge();
    const error = "unauthorized: The key is refused.";
    bridge.tests.cloud = { success: false, models: null, error };
    world.bridge = bridge.fetch;
    world.io = { env: env() };
    expect((await world.run("doctor")).out).not.toContain(error);
    new DatabaseSync(join(world.folder, "sekha-v2.db")).exec("CREATE TABLE t (x)");
    const { code, out } = await world.run("doctor");
    expect(code).toBe(1);
    expect(out).toMatch(/^fail +provider +cloud: unauthorized: The key is refused\.$/m);
  });

  test("says which setting moves the bridge when its port is taken", async () => {
    const other = await world.serve();
    const { port } = new URL(other.url);
    world.io = { env: { ...env(), SEKHA__BRIDGE__PORT: port } };
    const { code, out } = await world.run("doctor");
    other.close();
    expect(code).toBe(1);
    expect(out).toContain(`127.0.0.1:${port} is taken by another program.`);
    expect(out).toContain("SEKHA__BRIDGE__PORT");
  });

  test("says where a bridge should answer and does not", async () => {
    world.io = { env: { ...env(), LLM_BRIDGE_URL: "http://127.0.0.1:1" } };
    const { code, out } = await world.run("doctor");
    expect(code).toBe(0);
    expect(out).toMatch(/^warn +bridge +nothing answers at http:\/\/127\.0\.0\.1:1$/m);
    expect(out).toContain("LLM_BRIDGE_URL");
  });

  test("reports mistakes of the configuration and goes no further", async () => {
    world.write("config.yaml", "log_level: loud\n");
    const { code, out } = await world.run("doctor", "--json");
    expect(code).toBe(1);
    expect(JSON.parse(out)).toMatchObject({ healthy: false, findings: [{}, { level: "fail" }] });
  });
});
