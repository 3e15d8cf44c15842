import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { CliWorld } from "../__fixtures__/cli-world.ts";
import {
  bridgeModel,
  FakeBridge,
  localEmbedding,
  openProvider,
  providerHealth,
} from "../__fixtures__/fake-bridge.ts";

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

const run = (...argv: string[]) => world.run("providers", ...argv, "--bridge-url", served.url);

describe("the bridge", () => {
  const list = () => world.run("providers", "list", "--json");

  test("is where LLM_BRIDGE_URL says, else where the configuration lets it listen", async () => {
    const { hostname, port } = new URL(served.url);
    const places = [
      { LLM_BRIDGE_URL: served.url },
      { SEKHA__BRIDGE__PORT: port },
      { SEKHA__BRIDGE__HOST: "0.0.0.0", SEKHA__BRIDGE__PORT: port },
      { SEKHA_API_URL: `http://${hostname}:1`, SEKHA__BRIDGE__PORT: port },
    ];
    for (const place of places) {
      const env: Record<string, string> = { SEKHA_DATA_DIR: world.folder, ...place };
      world.io = { env };
      const { out } = await list();
      expect(JSON.parse(out), JSON.stringify(place)).toMatchObject({ source: "bridge" });
    }
    expect(bridge.asked("/api/v1/models")).toHaveLength(places.length);
  });

  test("gets the key of its own configuration, and none that was meant for another", async () => {
    const env = { SEKHA_DATA_DIR: world.folder, SEKHA__BRIDGE_API_KEY: "b".repeat(32) };
    world.io = { env: { ...env, LLM_BRIDGE_URL: served.url } };
    await list();
    await run("list");
    await run("list", "--api-key", "test-key");
    expect(bridge.seen.map(({ authorization }) => authorization)).toEqual([
      `Bearer ${"b".repeat(32)}`,
      undefined,
      "Bearer test-key",
    ]);
  });

  test.each([["health"], ["test"], ["test", "cloud", "--task", "chat_smart"], ["reset", "cloud"]])(
    "is needed by %s, which says how to start one",
    async (...argv) => {
      const { code, err } = await world.run(
        "providers",
        ...argv,
        "--bridge-url",
        "http://127.0.0.1:1",
      );
      expect(code).toBe(1);
      expect(err).toContain("No LLM bridge answers at http://127.0.0.1:1.");
      expect(err).toContain("sekha start");
    },
  );

  test("on a port that nobody knows has to be named", async () => {
    world.io = { env: { SEKHA_DATA_DIR: world.folder, SEKHA__BRIDGE__PORT: "0" } };
    const { code, err } = await world.run("providers", "health");
    expect(code).toBe(64);
    expect(err).toContain("--bridge-url");
  });
});

describe("providers list", () => {
  test("shows every model once with its tasks, size, price and default [req:bridge.cli-providers]", async () => {
    const tasks = ["chat_smart", "vision"];
    bridge.models = [
      bridgeModel({ tasks }),
      bridgeModel({ tasks, task: "vision", is_default: false }),
      localEmbedding(),
      bridgeModel({
        ...{ model_id: "odd", is_default: false, price_source: "unknown" },
        ...{ cost_per_1k_input: null, cost_per_1k_output: null },
      }),
    ];
    const { code, out } = await run("list");
    expect(code).toBe(0);
    expect(out.split("\n").map((line) => line.split(/ {2,}/))).toEqual([
      ["Provider", "Type", "Model", "Tasks", "Size", "Per 1M tokens", "Default for"],
      [
        "cloud",
        "openai",
        "gpt-4o",
        tasks.join(", "),
        "128k tokens",
        "$2.50 / $10.00",
        "chat_smart",
      ],
      ["local", "ollama", "nomic-embed-text", "embedding", "768 dims", "free", "embedding"],
      ["cloud", "openai", "odd", "chat_smart", "128k tokens", "unknown"],
      [""],
    ]);
  });

  test("without a bridge shows the configuration and no password [req:bridge.cli-providers]", async () => {
    const file = world.write(
      "config.yaml",
      `llm_providers:
  - id: local
    provider_type: ollama
    base_url: http://user:secret@127.0.0.1:11434
    priority: 2
    models:
      - { model_id: nomic-embed-text, task: embedding, dimension: 768 }
      - { model_id: "llama3.1:8b", task: [chat_small, chat_smart] }
default_models: { chat_small: "llama3.1:8b" }
`,
    );
    const argv = ["providers", "list", "--config", file, "--bridge-url", "http://127.0.0.1:1"];
    const { code, out, err } = await world.run(...argv);
    expect(code).toBe(0);
    expect(err).toContain("No LLM bridge is running");
    expect(out).toMatch(/local +ollama +nomic-embed-text +embedding +2 +http:\/\/user:\*\*\*@127/);
    expect(out).toMatch(/llama3\.1:8b +chat_small, chat_smart .*8k tokens +chat_small/);
    expect(out).not.toContain("secret");
    const json = JSON.parse((await world.run(...argv, "--json")).out);
    expect(json).toMatchObject({
      source: "configuration",
      bridge_url: null,
      models: [{ priority: 2, dimension: 768 }, { default_for: ["chat_small"] }],
    });
  });
});

describe("providers health", () => {
  test("shows states, the next try and the last error, and exits with 1 [req:bridge.cli-providers]", async () => {
    bridge.health = [providerHealth(), openProvider()];
    const { code, out } = await run("health");
    expect(code).toBe(1);
    expect(out).toMatch(/^cloud +openai +healthy +closed +12 ms, 1 min ago$/m);
    expect(out).toMatch(/^local +ollama +unhealthy +open +in 42 s +failed, 1 min ago$/m);
    expect(out).toContain("local: connect: Nothing answers there.");
    expect(bridge.asked("/api/v1/test-provider")).toEqual([]);
  });

  test("says what to do about a refused key, and never lets a provider steer the terminal", async () => {
    const last_error = "unauthorized: \u001b[2Jno\u0007";
    bridge.health = [providerHealth({ status: "misconfigured", last_error })];
    const { code, out } = await run("health");
    expect(code).toBe(1);
    expect(out).toContain("Check the api_key and the account of cloud.");
    for (const character of ["\u001b", "\u0007"]) expect(out).not.toContain(character);
  });

  test("names the models that are left alone while others serve", async () => {
    const [model] = providerHealth().models as object[];
    const models = [model, { ...model, model_id: "o3", circuit_breaker_state: "half_open" }];
    bridge.health = [providerHealth({ status: "degraded", models })];
    const { code, out } = await run("health");
    expect(code).toBe(0);
    expect(out).toContain("cloud: only o3 (half open); its other models serve");
  });

  test("--probe asks every provider for free before it looks", async () => {
    bridge.health = [providerHealth(), openProvider()];
    const { out } = await run("health", "--probe", "--json");
    expect(JSON.parse(out).providers.local.status).toBe("unhealthy");
    const bodies = bridge.asked("/api/v1/test-provider").map(({ body }) => JSON.parse(body));
    expect(bodies).toEqual([{ provider_id: "cloud" }, { provider_id: "local" }]);
  });
});

describe("providers test", () => {
  beforeEach(() => {
    bridge.health = [providerHealth(), openProvider()];
  });

  test("asks all of them for free, and exits with 1 when one fails [req:bridge.cli-providers]", async () => {
    expect(await run("test")).toMatchObject({ code: 0 });
    bridge.tests.local = { success: false, status: "error", models: null, error: "connect: No." };
    const { code, out } = await run("test");
    expect(code).toBe(1);
    expect(out).toMatch(/^cloud +answers +12 ms +2$/m);
    expect(out).toMatch(/^local +failed +12 ms +not told$/m);
    expect(out).toContain("local: connect: No.");
    for (const { body } of bridge.asked("/api/v1/test-provider")) {
      expect(body).not.toContain("test_task");
    }
  });

  test("with a task makes one call and says model, time and cost [req:bridge.cli-providers]", async () => {
    const { code, out } = await run("test", "cloud", "--task", "chat_smart");
    expect(code).toBe(0);
    expect(out).toMatch(/^cloud +answers +gpt-4o +812 ms +\$0\.000031$/m);
    expect(bridge.asked("/api/v1/test-provider").map(({ body }) => JSON.parse(body))).toEqual([
      { provider_id: "cloud", test_task: "chat_smart" },
    ]);
  });

  test("with a task and no id asks those that have a model for it", async () => {
    await run("test", "--task", "embedding");
    const bodies = bridge.asked("/api/v1/test-provider").map(({ body }) => JSON.parse(body));
    expect(bodies).toEqual([{ provider_id: "local", test_task: "embedding" }]);
    const { code, err } = await run("test", "--task", "poems");
    expect(code).toBe(64);
    expect(err).toContain("There are: chat_smart, embedding.");
  });

  test("warns of an Ollama model that was never fetched", async () => {
    bridge.models = [localEmbedding(), localEmbedding({ model_id: "llama3.1:8b" }), bridgeModel()];
    const { code, err } = await run("test");
    expect(code).toBe(0);
    expect(err.match(/Warning:/g)).toHaveLength(1);
    expect(err).toContain("local has no model llama3.1:8b. Fetch it: ollama pull llama3.1:8b");
  });

  test("is JSON for programs", async () => {
    const { out } = await run("test", "cloud", "--json");
    expect(JSON.parse(out)).toMatchObject([{ provider_id: "cloud", success: true, test: null }]);
  });
});

test("providers reset resets one, and repeats what the bridge says of others", async () => {
  expect(await run("reset", "cloud")).toMatchObject({ code: 0, out: "" });
  expect(bridge.asked("/api/v1/providers/cloud/reset")).toHaveLength(1);
  const { code, err } = await run("reset", "nobody");
  expect(code).toBe(1);
  expect(err).toBe("Error: There is no provider 'nobody'. Configured: cloud.\n");
});
