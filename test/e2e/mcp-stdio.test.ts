import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { describe, expect, onTestFinished, test } from "vitest";
import { call, type Era, mcpOverStdio, NODE, SEKHA } from "../support/mcp-client.ts";
import { tourOfResourcesAndPrompts, tourOfTools } from "../support/mcp-tour.ts";
import { PROGRAM_ENVIRONMENT } from "../support/program-environment.ts";
import { eventually, runSekha, SekhaProcess } from "../support/sekha-process.ts";
import { emptyDataDirectory, startedSekha } from "../support/temporary-place.ts";

const KEY = "sk-sekha-test-012345678901234567890123456789";
const PORTS = { SEKHA__SERVER__PORT: "0", SEKHA__BRIDGE__PORT: "0", SEKHA__PROXY__PORT: "0" };

function alone(dataDirectory: string, more: Record<string, string> = {}) {
  return { HOME: join(dataDirectory, ".."), SEKHA_DATA_DIR: dataDirectory, ...PORTS, ...more };
}

async function connected(...args: Parameters<typeof mcpOverStdio>) {
  const connection = await mcpOverStdio(...args);
  onTestFinished(() => connection.client.close());
  return connection;
}

const store = { label: "Kite", messages: [{ role: "user", content: "The kite is in the attic." }] };

describe.each<Era>(["2025", "newest"])("sekha mcp, protocol of %s", (era) => {
  test("opens the memory itself and answers the whole tour [req:mcp.alone] [req:mcp.identity] [req:mcp.tools] [req:mcp.versions] [req:mcp.resources] [req:mcp.prompts]", async () => {
    const { client, errors } = await connected(alone(emptyDataDirectory()), { era });
    await tourOfTools(client);
    await tourOfResourcesAndPrompts(client);
    expect(errors()).toBe("");
  });
});

test("beside a server it talks to it, with the key of the environment [req:mcp.beside-server] [req:mcp.stdio-environment]", async () => {
  const sekha = await startedSekha({ apiKey: KEY, environment: { SEKHA__REST_API_KEY: KEY } });
  const { dataDirectory } = sekha.options;
  const home = { HOME: join(dataDirectory, "..") };
  const found = await connected(alone(dataDirectory, { SEKHA_API_KEY: KEY }));
  const { id } = await call(found.client, "memory_store", store);
  for (const names of [
    { CONTROLLER_URL: sekha.url, CONTROLLER_API_KEY: KEY },
    { SEKHA_API_URL: sekha.url, SEKHA_API_KEY: KEY },
  ]) {
    const named = await connected({ ...home, ...names });
    const read = await call(named.client, "memory_get_context", { conversation_id: id });
    expect(read.label).toBe("Kite");
  }
});

test("several on one directory work at once, and go on whoever ends first [req:mcp.several]", async () => {
  const dataDirectory = emptyDataDirectory();
  const editors = await Promise.all([1, 2, 3].map(() => connected(alone(dataDirectory))));
  const stored = await Promise.all(
    editors.map(({ client }) => call(client, "memory_store", store)),
  );
  for (const { client } of editors) {
    expect((await call(client, "memory_stats")).total_conversations).toBe(3);
  }
  // The CLI finds the one that has the directory.
  const listed = await runSekha(["list", "--json"], { dataDirectory });
  expect(JSON.parse(listed.stdout).total).toBe(3);
  const [first, second, third] = [...editors];
  if (first === undefined || second === undefined || third === undefined) throw new Error();
  process.kill(first.pid(), "SIGKILL");
  const left = [second, third];
  const reads = await Promise.all(
    left.map(({ client }) =>
      call(client, "memory_get_context", { conversation_id: stored[0].conversation_id }),
    ),
  );
  expect(reads.map(({ label }) => label)).toEqual(["Kite", "Kite"]);
  await second.client.close();
  await call(third.client, "memory_store", store);
  expect((await call(third.client, "memory_stats")).total_conversations).toBe(4);
});

test("of several on one directory one alone works on it: what is put into the import folder is taken once, and by the next when that one is gone [req:mcp.one-worker]", async () => {
  const dataDirectory = emptyDataDirectory();
  const editors = await Promise.all([1, 2].map(() => connected(alone(dataDirectory))));
  for (const { client } of editors) await call(client, "memory_stats");
  const put = (name: string) =>
    writeFileSync(
      join(dataDirectory, "import", name),
      `${JSON.stringify({ ...store, id: name })}\n`,
    );
  const taken = async (count: number) => {
    const done = () => readdirSync(join(dataDirectory, "imported")).length === count || undefined;
    await eventually(
      async () => (existsSync(join(dataDirectory, "imported")) ? done() : undefined),
      {
        what: `${count} imported files`,
        timeoutMs: 20_000,
      },
    );
  };
  put("first.jsonl");
  await taken(1);
  const stats = await Promise.all(editors.map(({ client }) => call(client, "memory_stats")));
  expect(stats.map(({ total_conversations: total }) => total)).toEqual([1, 1]);
  const [first, second] = editors;
  if (first === undefined || second === undefined) throw new Error();
  const { pid } = JSON.parse(readFileSync(join(dataDirectory, "server.json"), "utf8"));
  const [holder, other] = first.pid() === pid ? [first, second] : [second, first];
  expect(holder.pid()).toBe(pid);
  await holder.client.close();
  await call(other.client, "memory_stats");
  put("second.jsonl");
  await taken(2);
  expect((await call(other.client, "memory_stats")).total_conversations).toBe(2);
});

test("a server that starts takes the directory over, and the client goes on [req:mcp.take-over]", async () => {
  const dataDirectory = emptyDataDirectory();
  const { client } = await connected(alone(dataDirectory));
  await call(client, "memory_store", store);
  const sekha = await SekhaProcess.start({ dataDirectory });
  onTestFinished(() => sekha.kill());
  expect((await sekha.client.stats()).total_conversations).toBe(1);
  await call(client, "memory_store", store);
  expect((await sekha.client.stats()).total_conversations).toBe(2);
  await sekha.stop();
  await call(client, "memory_store", store);
  expect((await call(client, "memory_stats")).total_conversations).toBe(3);
});

test("commands work beside it, and a restore has the directory for its time [req:mcp.take-over]", async () => {
  const dataDirectory = emptyDataDirectory();
  const { client } = await connected(alone(dataDirectory));
  await call(client, "memory_store", store);
  const copy = join(dataDirectory, "..", "copy.db");
  const backup = await runSekha(["backup", copy], { dataDirectory });
  expect(backup.code, backup.stderr).toBe(0);
  await call(client, "memory_store", store);
  const restored = await runSekha(["restore", copy, "--yes"], { dataDirectory });
  expect(restored.code, restored.stderr).toBe(0);
  expect((await call(client, "memory_stats")).total_conversations).toBe(1);
});

test("what was asked before the input ended is answered, and a line that is no message gets an error and one warning [req:mcp.stdio-clean] [req:mcp.parse-errors]", async () => {
  const child = spawn(NODE, [SEKHA, "mcp"], {
    env: { ...PROGRAM_ENVIRONMENT, ...alone(emptyDataDirectory()) },
  });
  let output = "";
  let errors = "";
  child.stdout.on("data", (chunk: Buffer) => {
    output += chunk.toString("utf8");
  });
  child.stderr.on("data", (chunk: Buffer) => {
    errors += chunk.toString("utf8");
  });
  const clientInfo = { name: "raw", version: "1" };
  const initialize = { protocolVersion: "2025-06-18", capabilities: {}, clientInfo };
  const messages = [
    { id: 1, method: "initialize", params: initialize },
    { method: "notifications/initialized" },
    { id: 2, method: "tools/call", params: { name: "memory_store", arguments: store } },
    { id: 3, method: "tools/call", params: { name: "memory_stats", arguments: {} } },
  ].map((message) => JSON.stringify({ jsonrpc: "2.0", ...message }));
  child.stdin.end(`${["[1]", "hello", ...messages].join("\n")}\n`);
  const [code] = await once(child, "close");
  expect(code).toBe(0);
  const answers = output
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  const [refusals, results] = [true, false].map((refused) =>
    answers.filter(({ id }) => (id === null) === refused),
  );
  expect(refusals?.map(({ error }) => error.code).toSorted()).toEqual([-32600, -32700]);
  expect(results?.map(({ id }) => id).toSorted()).toEqual([1, 2, 3]);
  for (const { result } of results ?? []) expect(result.isError).not.toBe(true);
  expect(errors.trimEnd().split("\n").toSorted()).toEqual([
    "Warning: a line that is not MCP was left out: it is not JSON",
    "Warning: a message that is not MCP was left out: it is not a JSON-RPC 2.0 message",
  ]);
});

test("standard output carries the protocol alone, and the end of input ends it [req:mcp.stdio-clean]", async () => {
  const dataDirectory = emptyDataDirectory();
  const child = spawn(NODE, [SEKHA, "mcp"], {
    env: { ...PROGRAM_ENVIRONMENT, ...alone(dataDirectory), LOG_LEVEL: "debug", LLM_BRIDGE: "1" },
  });
  let output = "";
  child.stdout.on("data", (chunk: Buffer) => {
    output += chunk.toString("utf8");
  });
  const send = (message: object) =>
    child.stdin.write(`${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`);
  const clientInfo = { name: "raw", version: "1" };
  const params = { protocolVersion: "2025-06-18", capabilities: {}, clientInfo };
  send({ id: 1, method: "initialize", params });
  send({ method: "notifications/initialized" });
  send({ id: 2, method: "tools/call", params: { name: "memory_store", arguments: store } });
  await eventually(() => (/"id":2[,}]/.test(output) ? true : undefined), { what: "an answer" });
  child.stdin.end();
  const [code] = await once(child, "close");
  expect(code).toBe(0);
  const answers = output
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(answers.map(({ id }) => id)).toEqual([1, 2]);
  expect(answers[0].result.protocolVersion).toBe("2025-06-18");
  expect((await runSekha(["list", "--json"], { dataDirectory })).code).toBe(0);
});
