import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SekhaClient } from "@sekha/sdk";
import OpenAI from "openai";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { promptOf, providersYaml } from "../support/proxy-world.ts";
import {
  type ScriptedProvider,
  startScriptedProvider,
} from "../support/scripted-provider/scripted-provider.ts";
import { eventually, SekhaProcess } from "../support/sekha-process.ts";

const ADMIN_KEY = "test-key-of-the-administrator-0123456789";
const QUESTION = "Where does the spare key of the allotment lie?";
const SAID = { ann: "under the blue flowerpot", bob: "behind the rain barrel" };
type Name = keyof typeof SAID;
const OTHER: Record<Name, Name> = { ann: "bob", bob: "ann" };
const NAMES = Object.keys(SAID) as Name[];

/** A proxy in a process of its own; the keys are the controller's. */
describe("two users of one proxy apart [req:proxy.callers]", () => {
  let folder: string;
  let provider: ScriptedProvider;
  let controller: SekhaProcess;
  let proxy: SekhaProcess;
  let admin: SekhaClient;
  const running: SekhaProcess[] = [];
  const keys: Partial<Record<Name, string>> = {};

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "sekha-callers-"));
    provider = await startScriptedProvider({ keys: ["key-of-the-provider"] });
    writeFileSync(join(folder, "config.yaml"), providersYaml(provider.origin));
    const bridge = await start("bridge", {});
    controller = await start("controller", {
      LLM_BRIDGE_URL: bridge.bridgeUrl,
      SEKHA__REST_API_KEY: ADMIN_KEY,
    });
    proxy = await start("proxy", {
      LLM_BRIDGE_URL: bridge.bridgeUrl,
      CONTROLLER_URL: controller.url,
      CONTROLLER_API_KEY: ADMIN_KEY,
      // Busy machines may take longer than people would wait.
      SEKHA__PROXY__MEMORY_TIMEOUT_MS: "10000",
    });
    admin = client(ADMIN_KEY);
    for (const user of NAMES) {
      const { key } = await admin.keys.create({ name: "laptop", user });
      keys[user] = key;
      await client(key).conversations.create(
        {
          messages: [
            { role: "user", content: `The spare key of the allotment lies ${SAID[user]}.` },
          ],
        },
        { wait: true },
      );
    }
  });

  afterAll(async () => {
    await Promise.all(running.map((sekha) => sekha.stop()));
    await provider?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  async function start(name: string, environment: Record<string, string>) {
    mkdirSync(join(folder, name), { recursive: true });
    const sekha = await SekhaProcess.start({
      dataDirectory: join(folder, name, "data"),
      environment: {
        SEKHA_SERVICES: name,
        SEKHA__CONFIG_FILE: join(folder, "config.yaml"),
        ...environment,
      },
    });
    running.push(sekha);
    return sekha;
  }

  const client = (apiKey: string) =>
    new SekhaClient({ controllerURL: controller.url, apiKey, retries: 0 });
  const keyOf = (user: Name) => keys[user] ?? "";
  const chat = (apiKey: string, content = QUESTION) =>
    new OpenAI({ apiKey, maxRetries: 0, baseURL: `${proxy.proxyUrl}/v1` }).chat.completions.create({
      model: "chat-openai",
      messages: [{ role: "user", content }],
    });
  const sent = () =>
    promptOf(provider.requests.filter(({ path }) => /chat/.test(path)).at(-1)).asked;
  const captured = (apiKey: string) =>
    client(apiKey).conversations.list({ folder: "/auto-captured" });

  test("each is recalled what they said themselves, and nothing of the other", async () => {
    for (const user of NAMES) {
      const answer = await chat(keyOf(user));
      expect(answer).toMatchObject({ sekha_metadata: { memory: { recall: "used" } } });
      expect(sent()).toContain(SAID[user]);
      expect(sent()).not.toContain(SAID[OTHER[user]]);
    }
  });

  test("what each says is kept in the own memory, and in nobody else's", async () => {
    await chat(keyOf("bob"), "The barrel was moved to the shed yesterday.");
    const found = await eventually(
      async () => {
        const list = await captured(keyOf("bob"));
        return list.conversations.length === 2 ? list.conversations : undefined;
      },
      { what: "bob's conversations" },
    );
    expect(found.map(({ label }) => label).join()).toContain("barrel");
    expect((await captured(keyOf("ann"))).conversations).toHaveLength(1);
    expect((await captured(ADMIN_KEY)).conversations).toEqual([]);
  });

  test("who needs no key here has the memory of the proxy's own key, and of no user", async () => {
    await chat("not-needed");
    for (const user of NAMES) expect(sent()).not.toContain(SAID[user]);
  });

  test("a revoked key opens nobody's memory", async () => {
    const { key, id } = await admin.keys.create({ name: "lost", user: "ann" });
    await admin.keys.revoke(id);
    await expect(chat(key)).rejects.toMatchObject({ status: 401 });
    await expect(chat("sk-sekha-of-nobody")).rejects.toMatchObject({ status: 401 });
  });
});
