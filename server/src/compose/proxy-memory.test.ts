import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SekhaClient } from "@sekha/sdk";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  answer,
  assistant,
  request,
  user,
} from "../apps/proxy/memory/__fixtures__/proxy-memory-bench.ts";
import { createProxyMemory } from "../apps/proxy/memory/create-proxy-memory.ts";
import type { ProxyMemory, ProxyTurn } from "../apps/proxy/proxy-memory.ts";
import { loadConfig } from "../config/load-config.ts";
import { createLogger } from "../logger.ts";
import { dataDirectoryAt } from "../storage/data-directory.ts";
import { openProxyDatabase } from "../storage/proxy/proxy-database.ts";
import { composeMemory, type Memory } from "./compose.ts";

let folder: string;
let controller: Memory;
let memory: ProxyMemory;

const clients = new Map<string, SekhaClient>();
const peer = { scopes: ["read" as const, "write" as const], peerAddress: null, injected: true };

function clientOf(owner: string): SekhaClient {
  const client =
    clients.get(owner) ??
    new SekhaClient({
      controllerURL: "http://sekha.internal",
      fetch: (call) => controller.controller.fetch(call, { ...peer, owner, signal: call.signal }),
    });
  clients.set(owner, client);
  return client;
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "sekha-proxy-composed-"));
  const log = createLogger({ level: "silent", format: "json", destination: process.stderr });
  const config = loadConfig({
    env: {},
    cwd: folder,
    homeDirectory: folder,
    readFile: (path) => {
      throw Object.assign(new Error(path), { code: "ENOENT" });
    },
  });
  const directory = dataDirectoryAt(folder);
  controller = await composeMemory({ config, directory, log, serving: false, withBridge: false });
  memory = createProxyMemory({
    clientOf,
    store: await openProxyDatabase(join(folder, "proxy.db")),
    settings: { timeoutMs: 15_000 },
    log,
    clock: () => performance.timeOrigin + performance.now(),
    newId: randomUUID,
  });
}, 60_000);

afterAll(async () => {
  await memory.close();
  await controller.close();
  rmSync(folder, { recursive: true });
});

async function say(owner: string, turns: readonly ProxyTurn[], says: string) {
  const prepared = await memory.prepare(request(turns, { owner, contextBudget: 2000 }));
  await prepared.capture(answer(says));
  await expect.poll(() => memory.waiting(), { timeout: 10_000 }).toBe(0);
  return prepared;
}

test("what one conversation told is recalled in the next, until it is deleted; 20 turns are stored once each [req:proxy.exactly-once]", async () => {
  const told = await say("ada", [user("My spare key is under the blue pot.")], "Noted.");
  const id = told.report.conversationId ?? "";
  const stored = await clientOf("ada").conversations.get(id);
  expect(stored).toMatchObject({
    folder: "/chat",
    label: "My spare key is under the blue pot.",
    metadata: { source: "proxy", model: "m" },
  });
  const turns: ProxyTurn[] = [user("Where is my spare key under which pot?")];
  const asked = await say("ada", turns, "Under the blue pot.");
  expect(asked.blocks[0]?.text).toContain("under the blue pot");
  expect(asked.report.contextUsed[0]).toMatchObject({ conversationId: id, folder: "/chat" });
  turns.push(assistant("Under the blue pot."));
  await clientOf("ada").conversations.delete(id);
  for (let index = 1; index < 10; index += 1) {
    const prepared = await say("ada", [...turns, user(`Question ${index}`)], `Answer ${index}`);
    expect(prepared.blocks.map((block) => block.text).join()).not.toContain("My spare key");
    turns.push(user(`Question ${index}`), assistant(`Answer ${index}`));
  }
  const list = await clientOf("ada").conversations.list();
  const [only, ...others] = list.conversations;
  const { messages } = await clientOf("ada").conversations.messages(only?.id ?? "", { limit: 100 });
  expect(others).toEqual([]);
  expect(messages.map((message) => message.text)).toEqual(turns.map((one) => one.text));
}, 60_000);

test("another owner's memory is never recalled [req:proxy.owners]", async () => {
  await say("bob", [user("The treasure lies below the old oak.")], "Noted.");
  const question = [user("Where does the treasure lie, below the old oak?")];
  const own = await say("bob", question, "There.");
  const foreign = await say("eve", question, "?");
  expect(own.blocks).toHaveLength(1);
  expect(foreign).toMatchObject({ blocks: [], report: { recall: "none" } });
});
