import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import OpenAI from "openai";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  clientsOf,
  collected,
  promptOf,
  providersYaml,
  remember,
  stored,
} from "../support/proxy-world.ts";
import {
  type ScriptedProvider,
  startScriptedProvider,
} from "../support/scripted-provider/scripted-provider.ts";
import { eventually, SekhaProcess } from "../support/sekha-process.ts";

const FACT = "The allotment garden's water tap opens on the first of April.";
const user = (content: string) => ({ role: "user" as const, content });
const QUESTION = [user("When does the water tap of the allotment garden open?")];
const ASKED = { model: "chat-openai", messages: QUESTION };
const FOLDER = "/auto-captured";

/** Docs name this table: docs/guides/proxy.md. */
describe("when something is out: what the client sees, what is stored [req:proxy.faults]", () => {
  let folder: string;
  let provider: ScriptedProvider;
  const running: SekhaProcess[] = [];

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "sekha-proxy-"));
    provider = await startScriptedProvider({ keys: ["key-of-the-provider"] });
    writeFileSync(join(folder, "config.yaml"), providersYaml(provider.origin));
  });

  afterEach(async () => {
    await Promise.all(running.splice(0).map((sekha) => sekha.stop()));
    await provider.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  async function start(
    name: string,
    environment: Record<string, string> = {},
  ): Promise<SekhaProcess> {
    mkdirSync(join(folder, name), { recursive: true });
    const sekha = await SekhaProcess.start({
      dataDirectory: join(folder, name, "data"),
      environment: { SEKHA__CONFIG_FILE: join(folder, "config.yaml"), ...environment },
    });
    running.push(sekha);
    return sekha;
  }

  /** Controller, bridge and proxy in processes of their own. */
  async function startSplit() {
    const bridge = await start("bridge", { SEKHA_SERVICES: "bridge" });
    const controller = await start("controller", {
      SEKHA_SERVICES: "controller",
      LLM_BRIDGE_URL: bridge.bridgeUrl,
    });
    const proxy = await start("proxy", {
      SEKHA_SERVICES: "proxy",
      LLM_BRIDGE_URL: bridge.bridgeUrl,
      CONTROLLER_URL: controller.url,
      // Busy machines may take longer than people would wait.
      SEKHA__PROXY__MEMORY_TIMEOUT_MS: "10000",
    });
    return { bridge, controller, proxy, ...clientsOf(proxy.proxyUrl) };
  }

  /** Starts a controller again where it was, on the port that the proxy knows. */
  async function again(controller: SekhaProcess): Promise<SekhaProcess> {
    const { port } = new URL(controller.url);
    const environment = { ...controller.options.environment, SEKHA__SERVER__PORT: port };
    const restarted = await controller.restart({ environment });
    running.push(restarted);
    return restarted;
  }

  const sent = () => promptOf(provider.requests.filter(({ path }) => /chat/.test(path)).at(-1));

  test("the controller is stopped: the answer comes without memory and says so; what was said is stored when it is back [req:proxy.split]", async () => {
    const { controller, proxy, openai } = await startSplit();
    await remember(controller, { messages: [user(FACT)] });
    const before = await openai.chat.completions.create(ASKED);
    expect(before).toMatchObject({ sekha_metadata: { memory: { recall: "used" } } });
    await stored(controller, FOLDER, 2);
    await controller.stop();

    const asked = { model: "chat-openai", messages: [user("Is anybody there to remember this?")] };
    const answer = await openai.chat.completions.create(asked);
    expect(answer.choices[0]?.message.content).toMatch(/^Hello/);
    expect(answer).toMatchObject({ sekha_metadata: { memory: { recall: "unavailable" } } });
    expect(sent().asked).toBe("Is anybody there to remember this?");
    const health = await proxy.json("GET", `${proxy.proxyUrl}/health`);
    expect(health).toMatchObject({ status: 200, body: { status: "degraded" } });
    const metrics = await (await proxy.fetch(`${proxy.proxyUrl}/metrics`)).text();
    expect(metrics).toMatch(/^sekha_proxy_waiting_turns 2$/m);

    const restarted = await again(controller);
    const conversations = await stored(restarted, FOLDER, 4);
    expect(conversations).toHaveLength(2);
  });

  test("the bridge is stopped: 502 that says where it should be; nothing is stored", async () => {
    const { bridge, controller, proxy, openai, anthropic, ollama } = await startSplit();
    await bridge.stop();
    const failed = openai.chat.completions.create(ASKED);
    await expect(failed).rejects.toBeInstanceOf(OpenAI.InternalServerError);
    await expect(failed).rejects.toThrow(/^502 Bridge error: .*LLM_BRIDGE_URL/);
    const messages = { model: "chat-anthropic", max_tokens: 9, messages: QUESTION };
    await expect(anthropic.messages.create(messages)).rejects.toThrow(/api_error.*Bridge error/);
    const chat = ollama.chat({ model: "chat-ollama", messages: QUESTION });
    await expect(chat).rejects.toThrow(/Bridge error/);
    const health = await proxy.json("GET", `${proxy.proxyUrl}/health`);
    expect(health).toMatchObject({
      status: 503,
      body: { status: "unhealthy", checks: { controller: { status: "ok" } } },
    });
    const list = await controller.json("GET", `/api/v1/conversations?folder=${FOLDER}`);
    expect(list.body.total).toBe(0);
  });

  test("recall is slow: the request goes on after its time, without memory, and says so; what was said is stored", async () => {
    const slow = await startScriptedProvider({ dimension: 8 });
    slow.script({ kind: "slow_headers", ms: 20_000 }, { path: "/api/embed" });
    const yaml = providersYaml(provider.origin);
    const embedder = `  - id: embedder
    provider_type: ollama
    base_url: ${slow.origin}
    models:
      - {model_id: slow-embed, task: embedding, dimension: 8, context_window: 2048}
`;
    writeFileSync(join(folder, "config.yaml"), yaml + embedder);
    const sekha = await start("all", { SEKHA__PROXY__MEMORY_TIMEOUT_MS: "150" });
    const { openai } = clientsOf(sekha.proxyUrl);
    const startedAt = performance.now();
    const answer = await openai.chat.completions.create(ASKED);
    const took = performance.now() - startedAt;
    expect(answer.choices[0]?.message.content).toMatch(/^Hello/);
    expect(answer).toMatchObject({
      sekha_metadata: { memory: { recall: "late", note: expect.stringMatching(/150 ms/) } },
    });
    expect(took).toBeLessThan(2000);
    await stored(sekha, FOLDER, 2);
    await slow.stop();
  });

  test("the client leaves in the middle: the provider is left at once; what arrived is stored, marked incomplete", async () => {
    const sekha = await start("all");
    const { openai } = clientsOf(sekha.proxyUrl);
    provider.script({ kind: "stall", afterTokens: 2, ms: 60_000 });
    const caller = new AbortController();
    const stream = await openai.chat.completions.create(
      { ...ASKED, stream: true },
      { signal: caller.signal },
    );
    let text = "";
    for await (const { choices } of stream) {
      text += choices[0]?.delta.content ?? "";
      if (text === "Hello from") break;
    }
    caller.abort();
    await provider.until((requests) => requests.some(({ closedAt }) => closedAt !== undefined));
    const [conversation] = await stored(sekha, FOLDER, 2);
    expect(conversation?.messages).toMatchObject([
      { role: "user", content: QUESTION[0]?.content },
      { role: "assistant", content: "Hello from", metadata: { incomplete: true } },
    ]);
  });

  test("the client leaves before the answer: the provider is left at once; nothing is stored", async () => {
    const sekha = await start("all");
    const { openai } = clientsOf(sekha.proxyUrl);
    provider.script({ kind: "silence" });
    const caller = new AbortController();
    const asked = openai.chat.completions.create(ASKED, { signal: caller.signal });
    asked.catch(() => undefined);
    await provider.until((requests) => requests.length > 0);
    caller.abort();
    await provider.until((requests) => requests.some(({ closedAt }) => closedAt !== undefined));
    const list = await sekha.json("GET", `/api/v1/conversations?folder=${FOLDER}`);
    expect(list.body.total).toBe(0);
  });

  test.each(["openai", "anthropic", "ollama"] as const)(
    "the provider is cut in the middle of an answer: %s's client is told inside the stream; what arrived is stored, marked incomplete",
    async (client) => {
      const sekha = await start("all");
      const { openai, anthropic, ollama } = clientsOf(sekha.proxyUrl);
      provider.script({ kind: "cut", afterTokens: 3 });
      const model = `chat-${client}`;
      const read = {
        openai: async () =>
          collected(
            await openai.chat.completions.create({ model, messages: QUESTION, stream: true }),
          ),
        anthropic: () =>
          anthropic.messages.stream({ model, max_tokens: 50, messages: QUESTION }).finalMessage(),
        ollama: async () =>
          collected(await ollama.chat({ model, messages: QUESTION, stream: true })),
      };
      await expect(read[client]()).rejects.toThrow();
      const [conversation] = await stored(sekha, FOLDER, 2);
      const said = conversation?.messages.at(-1);
      expect(said).toMatchObject({ role: "assistant", metadata: { incomplete: true } });
      expect("Hello from the".startsWith(said?.content ?? "?")).toBe(true);
    },
  );

  test("the provider fails before an answer: the client gets its error; nothing is stored until it is answered", async () => {
    const sekha = await start("all");
    const { openai } = clientsOf(sekha.proxyUrl);
    provider.script({ kind: "server_error" });
    const failed = openai.chat.completions.create(ASKED);
    await expect(failed).rejects.toBeInstanceOf(OpenAI.InternalServerError);
    await provider.clear();
    await openai.chat.completions.create(ASKED);
    const conversations = await stored(sekha, FOLDER, 2);
    expect(conversations.flatMap(({ messages }) => messages)).toHaveLength(2);
  });

  test("the proxy is killed after an answer while the controller is out: what was said is stored after both are back", async () => {
    const { controller, proxy, openai } = await startSplit();
    await controller.stop();
    await openai.chat.completions.create(ASKED);
    await eventually(
      async () => {
        const metrics = await (await proxy.fetch(`${proxy.proxyUrl}/metrics`)).text();
        return /^sekha_proxy_waiting_turns 2$/m.test(metrics) ? true : undefined;
      },
      { what: "two waiting turns" },
    );
    await proxy.kill();
    const restarted = await again(controller);
    running.push(await proxy.restart());
    await stored(restarted, FOLDER, 2);
  });
});

test.each([
  [{ CONTROLLER_URL: "http://127.0.0.1:1" }, /llm_bridge_url.*LLM_BRIDGE_URL/s],
  [{ LLM_BRIDGE_URL: "http://127.0.0.1:1" }, /controller_url.*CONTROLLER_URL/s],
  [
    { LLM_BRIDGE_URL: "http://bridge:5001", CONTROLLER_URL: "http://controller:8080" },
    /controller_api_key.*CONTROLLER_API_KEY/s,
  ],
  [
    {
      LLM_BRIDGE_URL: "http://127.0.0.1:1",
      CONTROLLER_URL: "http://127.0.0.1:2",
      PROXY_HOST: "0.0.0.0",
    },
    /proxy_api_key.*PROXY_API_KEY/s,
  ],
])(
  "a proxy alone with %o says at its start what it lacks [req:proxy.split]",
  async (environment, message) => {
    const folder = mkdtempSync(join(tmpdir(), "sekha-proxy-"));
    const sekha = SekhaProcess.spawn({
      dataDirectory: join(folder, "data"),
      environment: { SEKHA_SERVICES: "proxy", ...environment },
    });
    expect(await sekha.exited()).not.toBe(0);
    expect(sekha.output).toMatch(message);
    rmSync(folder, { recursive: true, force: true });
  },
);
