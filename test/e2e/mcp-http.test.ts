import { spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, onTestFinished, test } from "vitest";
import { call, type Era, failing, mcpOverHttp, NODE, SEKHA } from "../support/mcp-client.ts";
import { TOOL_NAMES, tourOfResourcesAndPrompts, tourOfTools } from "../support/mcp-tour.ts";
import { PROGRAM_ENVIRONMENT } from "../support/program-environment.ts";
import { startedSekha, temporaryFolder } from "../support/temporary-place.ts";

const ADMIN = "sk-sekha-admin-0123456789012345678901234567";
const READER = "reader";

describe.each<Era>(["2025", "newest"])("the official client, protocol of %s", (era) => {
  test("lists and calls every tool, resource and prompt at /mcp [req:mcp.identity] [req:mcp.tools] [req:mcp.versions] [req:mcp.resources] [req:mcp.prompts] [req:mcp.old-arguments] [req:mcp.failures] [req:mcp.misspelt] [req:mcp.quoted] [req:mcp.structured]", async () => {
    const sekha = await startedSekha();
    const client = await mcpOverHttp(`${sekha.url}/mcp`, { era });
    onTestFinished(() => client.close());
    expect(client.getNegotiatedProtocolVersion()).toBe(
      era === "2025" ? "2025-11-25" : "2026-07-28",
    );
    await tourOfTools(client);
    await tourOfResourcesAndPrompts(client);
    expect(sekha.log.filter(({ level }) => level >= 40)).toEqual([]);
  });
});

test("keys say whose memory it is and what may be done, and a page without one is refused [req:mcp.auth] [req:mcp.scopes] [req:mcp.owners]", async () => {
  const sekha = await startedSekha({
    apiKey: ADMIN,
    environment: { SEKHA__REST_API_KEY: ADMIN },
  });
  const made = await sekha.client.keys.create({ name: READER, user: "annika", scopes: ["read"] });
  const writer = await sekha.client.keys.create({
    name: "w",
    user: "annika",
    scopes: ["read", "write"],
  });
  const url = `${sekha.url}/mcp`;
  await expect(mcpOverHttp(url)).rejects.toThrow(/401|Unauthorized/i);
  await expect(mcpOverHttp(url, { apiKey: "sk-wrong" })).rejects.toThrow(/401|Unauthorized/i);
  const [own, reading, writing] = await Promise.all(
    [ADMIN, made.key, writer.key].map((apiKey) => mcpOverHttp(url, { apiKey })),
  );
  if (own === undefined || reading === undefined || writing === undefined) throw new Error();
  const messages = [{ role: "user", content: "The admin's quixolotl." }];
  const { id } = await call(own, "memory_store", { messages });
  expect(await failing(reading, "memory_store", { messages })).toMatch(/lacks the scope 'write'/);
  const { id: hers } = await call(writing, "memory_store", {
    label: "Hers",
    messages: [{ role: "user", content: "A zebrafinch." }],
  });
  expect((await call(reading, "memory_search", { query: "zebrafinch" })).total_results).toBe(1);
  const { results } = await call(reading, "memory_search", { query: "quixolotl" });
  expect(results.map((hit: { conversation_id: string }) => hit.conversation_id)).not.toContain(id);
  expect(await failing(writing, "memory_get_context", { conversation_id: id })).toMatch(
    /no conversation|not found/i,
  );
  await expect(writing.readResource({ uri: `sekha://conversations/${id}` })).rejects.toThrow(
    /not found/i,
  );
  const { resources } = await writing.listResources();
  expect(resources.map(({ uri }) => uri).filter((uri) => uri.includes("conversations"))).toEqual([
    `sekha://conversations/${hers}`,
  ]);
  const keyless = await startedSekha();
  const page = await keyless.fetch("/mcp", {
    method: "POST",
    headers: { Origin: "https://evil.example", "Content-Type": "application/json" },
    body: "{}",
  });
  expect(page.status).toBe(403);
});

test("long exports tell their progress, answers are limited, and pieces join exactly [req:mcp.progress] [req:mcp.limited]", async () => {
  const sekha = await startedSekha();
  const client = await mcpOverHttp(`${sekha.url}/mcp`);
  onTestFinished(() => client.close());
  const messages = Array.from({ length: 450 }, (_, index) => ({
    role: index % 2 === 0 ? "user" : "assistant",
    content: `Turn ${index}: ${"words and more words ".repeat(10)}😀`,
  }));
  const { id } = await call(client, "memory_store", { label: "Long", messages });
  const told: number[] = [];
  let joined = "";
  let offset: number | null = 0;
  while (offset !== null) {
    const result = await client.callTool(
      { name: "memory_export", arguments: { conversation_id: id, offset } },
      { onprogress: ({ progress }) => void told.push(progress) },
    );
    const piece = result.structuredContent as { content: string; next_offset: number | null };
    expect(piece.content.length).toBeLessThanOrEqual(30_000);
    joined += piece.content;
    offset = piece.next_offset;
  }
  expect(JSON.parse(joined).messages).toHaveLength(450);
  expect(told.slice(0, 3)).toEqual([200, 400, 450]);
  const page = await call(client, "memory_get_context", { conversation_id: id });
  expect(page.messages.length).toBeLessThan(450);
  const next = await call(client, "memory_get_context", {
    conversation_id: id,
    offset: page.next_offset,
  });
  expect(next.messages[0].content).toBe(messages[page.messages.length]?.content);
});

test("resources come in pages, newest first, and summaries are among them [req:mcp.resources]", async () => {
  const sekha = await startedSekha();
  const conversations = Array.from({ length: 130 }, (_, index) => ({
    label: `Number ${index}`,
    messages: [{ role: "user", content: `The kite number ${index} is in the attic.` }],
  }));
  const { conversations: stored } = await sekha.client.conversations.createMany(conversations);
  const list = async (cursor?: string) => {
    const body = { jsonrpc: "2.0", id: 1, method: "resources/list", params: { cursor } };
    const response = await sekha.fetch("/mcp", {
      method: "POST",
      headers: {
        "Content-Type": "application/json",
        Accept: "application/json, text/event-stream",
      },
      body: JSON.stringify(body),
    });
    return JSON.parse((await response.text()).replace(/^[\s\S]*?data: /, ""));
  };
  const first = (await list()).result;
  const second = (await list(first.nextCursor)).result;
  const uris = [...first.resources, ...second.resources].map(({ uri }: { uri: string }) => uri);
  expect(uris.filter((uri) => uri.startsWith("sekha://conversations/"))).toHaveLength(130);
  expect(new Set(uris).size).toBe(uris.length);
  expect(second.nextCursor).toBeUndefined();
  expect((await list("elsewhere")).error).toMatchObject({ code: -32602 });
  const id = stored[0]?.id ?? "";
  const made = await sekha.client.summaries.create(id);
  const client = await mcpOverHttp(`${sekha.url}/mcp`);
  const [content] = (await client.readResource({ uri: "sekha://summaries/daily" })).contents;
  const text = content !== undefined && "text" in content ? content.text : "";
  expect(text).toContain(`sekha://conversations/${id}`);
  expect(text).toContain(`> ${made.summary.split("\n")[0]}`);
});

test("sekha mcp --http serves a controller elsewhere, each caller with his own key [req:mcp.split]", async () => {
  const sekha = await startedSekha({
    apiKey: ADMIN,
    environment: { SEKHA__REST_API_KEY: ADMIN },
  });
  const { key } = await sekha.client.keys.create({ name: READER, scopes: ["read"] });
  const url = await splitServer(sekha.url);
  await expect(mcpOverHttp(`${url}/mcp`)).rejects.toThrow(/401|Unauthorized/i);
  await expect(mcpOverHttp(`${url}/mcp`, { apiKey: "sk-no" })).rejects.toThrow(/401|Unauthorized/i);
  const client = await mcpOverHttp(`${url}/mcp`, { apiKey: ADMIN });
  await tourOfTools(client);
  const reading = await mcpOverHttp(`${url}/mcp`, { apiKey: key });
  const messages = [{ role: "user", content: "x" }];
  expect(await failing(reading, "memory_store", { messages })).toMatch(/lacks the scope 'write'/);
  expect((await reading.listTools()).tools.map(({ name }) => name)).toEqual(TOOL_NAMES);
});

/** A `sekha mcp --http` in a process of its own; its address. */
async function splitServer(controller: string): Promise<string> {
  const home = temporaryFolder();
  const child = spawn(NODE, [SEKHA, "mcp", "--http", "--port", "0"], {
    cwd: home,
    env: { ...PROGRAM_ENVIRONMENT, HOME: home, CONTROLLER_URL: controller },
  });
  onTestFinished(async () => {
    child.kill("SIGTERM");
    await once(child, "close");
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk: Buffer) => {
      output += chunk.toString("utf8");
    });
  }
  for (let look = 0; look < 1000; look += 1) {
    const found = /MCP at (http:\S+)\/mcp/.exec(output)?.[1];
    if (found !== undefined) return found;
    await sleep(20);
  }
  throw new Error(`sekha mcp --http did not answer:\n${output}`);
}
