import { writeFileSync } from "node:fs";
import { join } from "node:path";
import OpenAI from "openai";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { MIGRATED_YAML } from "../support/guide-yaml.ts";
import {
  type ScriptedProvider,
  startScriptedProvider,
} from "../support/scripted-provider/scripted-provider.ts";
import { eventually, SekhaProcess } from "../support/sekha-process.ts";
import { temporaryFolder } from "../support/temporary-place.ts";

let folder: string;
let ollama: ScriptedProvider;
const running: SekhaProcess[] = [];

beforeEach(async () => {
  folder = temporaryFolder();
  ollama = await startScriptedProvider({ dimension: 768 });
});

afterEach(async () => {
  await Promise.all(running.splice(0).map((sekha) => sekha.stop()));
  await ollama.stop();
});

const file = () => join(folder, "config.yaml");

/** The configuration that the migration guide shows, with the address of the server that plays Ollama. */
function writeGuideConfig(change: (text: string) => string = (text) => text): void {
  const text = MIGRATED_YAML.replace("http://localhost:11434", ollama.origin);
  writeFileSync(file(), change(text));
}

async function start(environment: Record<string, string> = {}): Promise<SekhaProcess> {
  const sekha = await SekhaProcess.start({
    dataDirectory: join(folder, environment.TEST_DATA ?? "data"),
    environment: { SEKHA__CONFIG_FILE: file(), ...environment },
  });
  running.push(sekha);
  return sekha;
}

/** Starts without a configuration file: the model inside Sekha. */
async function startEmbedded(): Promise<SekhaProcess> {
  const sekha = await SekhaProcess.start({ dataDirectory: join(folder, "data") });
  running.push(sekha);
  return sekha;
}

async function store(sekha: SekhaProcess, content: string): Promise<void> {
  const { status } = await sekha.json("POST", "/api/v1/conversations", {
    messages: [{ role: "user", content }],
  });
  expect(status).toBe(201);
}

describe("the migration guide's configuration", () => {
  it("routes as the guide says [req:bridge.guide-route]", async () => {
    writeGuideConfig();
    const sekha = await start();
    const { status, body } = await sekha.json("POST", `${sekha.bridgeUrl}/api/v1/route`, {
      task: "embedding",
      preferred_model: null,
    });
    expect(status).toBe(200);
    expect(body).toMatchObject({
      provider_id: "ollama_migrated",
      model_id: "nomic-embed-text:latest",
      estimated_cost: 0,
      provider_type: "ollama",
    });
    expect(body.reason).toBe("Preferred model available");
    const health = await sekha.json("GET", `${sekha.bridgeUrl}/health`);
    expect(health.body.models_loaded).toEqual(["nomic-embed-text:latest", "llama3.1:8b"]);
  });

  it("embeds what is stored through the router, with the guide's log lines [req:bridge.embeds-memory] [req:bridge.log-lines]", async () => {
    writeGuideConfig((text) => text.replace("        dimension: 768\n", ""));
    const sekha = await start();
    await store(sekha, "Test migration");
    await sekha.embedded();
    const lines = sekha.log.map(({ msg }) => msg);
    expect(lines).toContain("EmbeddingService initialized with v2.0 bridge routing");
    expect(lines).toContain("Detected dimension 768 for model nomic-embed-text:latest (cached)");
    expect(lines).toContain(
      "Embedding routed to collection conversations_768 (dimension=768, model=nomic-embed-text:latest)",
    );
    expect(lines).toContainEqual(
      expect.stringMatching(
        /^Successfully stored embedding for message \S+ in collection conversations_768$/,
      ),
    );
    const found = await sekha.client.search({ query: "Test migration", mode: "semantic" });
    expect(found.results[0]?.content).toBe("Test migration");
  });

  it("keeps the work while Ollama is down, and does it when it is back [req:bridge.queue-waits]", async () => {
    writeGuideConfig();
    const sekha = await start();
    ollama.script({ kind: "server_error", status: 503 });
    await store(sekha, "waits for its vector");
    await sekha.logged(/Embedding failed for 1 messages/);
    const { queue } = await sekha.client.embeddingsStatus();
    expect(queue).toMatchObject({ parked: 0 });
    const byWord = await sekha.client.search({ query: "vector", mode: "keyword" });
    expect(byWord.results).toHaveLength(1);
    await ollama.clear();
    await sekha.json("POST", `${sekha.bridgeUrl}/api/v1/providers/ollama_migrated/reset`);
    await sekha.embedded();
  });

  it("answers OpenAI's own client for the Responses API, whole, streamed and cut [req:bridge.official-responses]", async () => {
    writeGuideConfig();
    const sekha = await start();
    const client = new OpenAI({
      apiKey: "not-needed",
      maxRetries: 0,
      baseURL: `${sekha.bridgeUrl}/v1`,
    });
    const question = { model: "llama3.1:8b", input: "Hello" };
    const answer = { status: "completed", output_text: "Hello from the scripted provider." };
    expect(await client.responses.create(question)).toMatchObject(answer);
    expect(await client.responses.stream(question).finalResponse()).toMatchObject(answer);
    ollama.script({ kind: "cut", afterTokens: 2 });
    const { body } = await client.responses.create({ ...question, stream: true }).asResponse();
    const events = await new Response(body).text();
    expect(events).toContain("event: response.output_text.delta");
    expect(events).toMatch(/event: error\ndata: .*\n\nevent: response\.failed\ndata: .*\n\n$/);
    expect(events).not.toContain("response.completed");
  });

  it("is taken over while it runs when it changes; a wrong one changes nothing [req:bridge.hot-reload]", async () => {
    writeGuideConfig();
    const sekha = await start();
    const models = async () =>
      (
        (await sekha.json("GET", `${sekha.bridgeUrl}/api/v1/models`)).body as { model_id: string }[]
      ).map((model) => model.model_id);
    writeGuideConfig((text) => text.replaceAll("llama3.1:8b", "qwen3:4b"));
    await sekha.logged(/Configuration read again/);
    expect(await models()).toContain("qwen3:4b");
    writeGuideConfig((text) => text.replace("priority: 1", "priority: first"));
    process.kill(sekha.pid, "SIGHUP");
    await sekha.logged(/is not used, the one before stays: .*priority/);
    expect(await models()).toContain("qwen3:4b");
  });
});

describe("a bridge in a process of its own", () => {
  it("embeds for the controller of another process over HTTP [req:bridge.split]", async () => {
    writeGuideConfig();
    const bridge = await start({ SEKHA_SERVICES: "bridge", TEST_DATA: "bridge-data" });
    const controller = await start({
      SEKHA_SERVICES: "controller",
      LLM_BRIDGE_URL: bridge.bridgeUrl,
    });
    expect(controller.bridgeUrl).toBe("");
    await store(controller, "split over two processes");
    await controller.embedded();
    expect(ollama.requests.some(({ path }) => path === "/api/embed")).toBe(true);
    const { results, degraded } = await controller.client.search({
      query: "split over two processes",
      mode: "semantic",
    });
    expect(degraded).toBeNull();
    expect(results[0]?.content).toBe("split over two processes");
    await bridge.kill();
    await store(controller, "stored while the bridge is gone");
    const words = await controller.client.search({ query: "bridge is gone" });
    expect(words.degraded).toMatch(/^Searched by words alone/);
    expect(words.results[0]?.content).toBe("stored while the bridge is gone");
  });
});

describe("a memory whose model changed", () => {
  it("is searched in every collection, and embedded again online [req:bridge.model-change]", async () => {
    const before = await startEmbedded();
    await store(before, "We sailed across the lake in a small boat");
    await store(before, "The tax return is due in March");
    await before.embedded();
    await before.stop();

    writeGuideConfig();
    const sekha = await start();
    await store(sekha, "a message of the new model");
    await sekha.embedded();
    const old = await sekha.client.search({ query: "sailing a boat", mode: "semantic" });
    expect(old.degraded).toBeNull();
    expect(old.results[0]?.content).toContain("small boat");
    const collections = async () =>
      Object.fromEntries(
        (await sekha.client.embeddingsStatus()).collections.map(({ name, messages }) => [
          name,
          messages,
        ]),
      );
    expect(await collections()).toEqual({ conversations_384: 2, conversations_768: 1 });

    const job = await sekha.client.rebuildEmbeddings();
    await eventually(
      async () => ((await sekha.client.job(job.job_id)).state === "done" ? true : undefined),
      {
        what: "a finished rebuild",
        timeoutMs: 60_000,
      },
    );
    expect(await collections()).toEqual({ conversations_384: 2, conversations_768: 3 });
    const again = await sekha.client.search({
      query: "The tax return is due in March",
      mode: "semantic",
    });
    expect(again.results[0]?.content).toContain("tax return");
  });
});
