import type { Client } from "@modelcontextprotocol/client";
import { expect } from "vitest";
import { call, failing, textOf } from "./mcp-client.ts";

/** Every tool by name, as tools/list has them. */
export const TOOL_NAMES = [
  "memory_search",
  "memory_assemble",
  "memory_get_context",
  "memory_store",
  "memory_append",
  "memory_update",
  "memory_pin",
  "memory_prune",
  "memory_export",
  "memory_stats",
  "llm_status",
  "llm_routing",
] as const;

const KEY = "The spare key is under the blue pot.";
const NOT_DATA = /quoted data/;

/** Lists and calls every tool as a client does that works with an empty memory. */
export async function tourOfTools(client: Client): Promise<void> {
  expect(client.getServerVersion()).toMatchObject({ name: "sekha-memory", version: "2.0.0" });
  const { tools } = await client.listTools();
  expect(tools.map(({ name }) => name)).toEqual(TOOL_NAMES);
  const id = await tourOfWriting(client);
  await tourOfReading(client, id);
  await tourOfModels(client);
  await tourOfFailures(client, id);
}

async function tourOfWriting(client: Client): Promise<string> {
  const stored = await call(client, "memory_store", {
    label: "Spare key",
    folder: "/home/notes",
    messages: [
      { role: "user", content: KEY, timestamp: "2025-03-01T10:00:00Z", metadata: { a: 1 } },
    ],
    importance_score: 0,
    tags: ["house"],
  });
  expect(stored).toMatchObject({ label: "Spare key", message_count: 1, importance_score: 1 });
  const id: string = stored.conversation_id;
  const appended = await call(client, "memory_append", {
    conversation_id: id,
    messages: [{ role: "assistant", content: "Noted: the blue pot." }],
  });
  expect(appended).toMatchObject({ appended: 1, message_count: 2 });
  const updated = await call(client, "memory_update", {
    conversation_id: id,
    label: "Where the spare key is",
    importance_score: 8.5,
    folder: null,
  });
  expect(updated).toMatchObject({
    updated_fields: ["label", "importance_score"],
    label: "Where the spare key is",
    folder: "/home/notes",
    importance_score: 8.5,
  });
  expect(await call(client, "memory_pin", { conversation_id: id })).toMatchObject({
    pinned: true,
    importance_score: 10,
  });
  expect(await call(client, "memory_pin", { conversation_id: id, pinned: false })).toMatchObject({
    pinned: false,
    importance_score: 8.5,
  });
  return id;
}

async function tourOfReading(client: Client, id: string): Promise<void> {
  const search = await client.callTool({
    name: "memory_search",
    arguments: { query: "spare key", filter_labels: ["Where the spare key is"], limit: 5 },
  });
  expect(search.structuredContent).toMatchObject({
    results: [{ conversation_id: id, content: KEY, role: "user" }, expect.anything()],
    notice: expect.stringMatching(NOT_DATA),
  });
  expect(textOf(search)).toContain(`> ${KEY}`);
  expect(textOf(search)).toMatch(NOT_DATA);
  const assembled = await call(client, "memory_assemble", { query: "where is the spare key?" });
  expect(assembled).toMatchObject({ context: expect.stringContaining("blue pot") });
  const read = await call(client, "memory_get_context", { conversation_id: id });
  expect(read).toMatchObject({ message_count: 2, next_offset: null, tags: ["house"] });
  expect(read.messages[0]).toMatchObject({ content: KEY, timestamp: "2025-03-01T10:00:00.000Z" });
  const exported = await call(client, "memory_export", { conversation_id: id });
  expect(JSON.parse(exported.content)).toMatchObject({
    conversation_id: id,
    messages: [{ role: "user", content: KEY, metadata: { a: 1 } }, { role: "assistant" }],
  });
  const markdown = await call(client, "memory_export", {
    conversation_id: id,
    format: "markdown",
  });
  expect(markdown.content).toMatch(/^# Where the spare key is\n[\s\S]*### 1\. user\n/);
  const stats = await call(client, "memory_stats", { folder: "/home" });
  expect(stats).toMatchObject({ total_conversations: 1, folders: ["/home/notes"] });
  const prune = await call(client, "memory_prune", {
    threshold_days: 0,
    importance_threshold: 10,
  });
  expect(prune.suggestions).toMatchObject([{ conversation_id: id, reason: expect.any(String) }]);
}

async function tourOfModels(client: Client): Promise<void> {
  const status = await call(client, "llm_status");
  expect(status.total_providers).toBe(status.providers.length);
  expect(status.providers).toContainEqual(
    expect.objectContaining({ provider_id: "builtin", circuit_breaker_state: "closed" }),
  );
  const route = await call(client, "llm_routing", { task: "embedding" });
  expect(route).toMatchObject({ provider_id: "builtin", estimated_cost: 0 });
}

async function tourOfFailures(client: Client, id: string): Promise<void> {
  const unknown = { conversation_id: "6f1c2b34-9a5d-4e0f-8b7a-1c2d3e4f5a6b" };
  expect(await failing(client, "memory_get_context", unknown)).toMatch(/memory_search finds/);
  expect(await failing(client, "memory_update", { conversation_id: id })).toMatch(/label, folder/);
  expect(await failing(client, "memory_search", { query: "key", top_k: 3 })).toMatch(/top_k/);
  expect(await failing(client, "memory_search", {})).toMatch(/query: is required/);
  expect(await failing(client, "llm_routing", { task: "poetry" })).toMatch(/chat_smart/);
  expect(await failing(client, "llm_status", { provider_id: "nobody" })).toMatch(/builtin/);
}

/** Lists, reads, completes and prompts; `tourOfTools` went before. */
export async function tourOfResourcesAndPrompts(client: Client): Promise<void> {
  const { resources } = await client.listResources();
  const uris = resources.map(({ uri }) => uri);
  expect(uris).toContain("sekha://summaries/weekly");
  expect(uris).toContain("sekha://folders/home/notes");
  const conversation = uris.find((uri) => uri.startsWith("sekha://conversations/")) ?? "";
  const texts: Record<string, string> = {};
  for (const uri of uris) {
    const [content] = (await client.readResource({ uri })).contents;
    texts[uri] = content !== undefined && "text" in content ? content.text : "";
  }
  expect(texts[conversation]).toContain(`> ${KEY}`);
  expect(texts["sekha://folders/home/notes"]).toContain(conversation);
  const { resourceTemplates } = await client.listResourceTemplates();
  expect(resourceTemplates.map(({ uriTemplate }) => uriTemplate)).toEqual([
    "sekha://conversations/{id}",
    "sekha://folders/{+path}",
    "sekha://summaries/{level}",
  ]);
  for (const uri of ["sekha://folders/nowhere", "sekha://conversations/1", "sekha://summaries/x"]) {
    await expect(client.readResource({ uri }), uri).rejects.toThrow(/not found/i);
  }
  await tourOfCompletion(client, conversation.slice("sekha://conversations/".length));
  await tourOfPrompts(client);
}

async function tourOfCompletion(client: Client, id: string): Promise<void> {
  const complete = async (uri: string, name: string, value: string) => {
    const ref = { type: "ref/resource" as const, uri };
    return (await client.complete({ ref, argument: { name, value } })).completion.values;
  };
  expect(await complete("sekha://conversations/{id}", "id", id.slice(0, 6))).toEqual([id]);
  expect(await complete("sekha://conversations/{id}", "id", "spare")).toEqual([id]);
  expect(await complete("sekha://folders/{+path}", "path", "home/")).toEqual(["home/notes"]);
  expect(await complete("sekha://summaries/{level}", "level", "w")).toEqual(["weekly"]);
  const ref = { type: "ref/prompt" as const, name: "save-this" };
  const folders = await client.complete({ ref, argument: { name: "folder", value: "/h" } });
  expect(folders.completion.values).toEqual(["/home/notes"]);
}

async function tourOfPrompts(client: Client): Promise<void> {
  const { prompts } = await client.listPrompts();
  expect(prompts.map(({ name }) => name)).toEqual(["recall", "catch-up", "save-this"]);
  const prompt = async (name: string, args: Record<string, string>) => {
    const { messages } = await client.getPrompt({ name, arguments: args });
    const content = messages[0]?.content;
    return content?.type === "text" ? content.text : "";
  };
  expect(await prompt("recall", { question: "where is the spare key?" })).toMatch(/blue pot/);
  expect(await prompt("catch-up", { since: "1d" })).toMatch(/Where the spare key is/);
  expect(await prompt("catch-up", {})).toMatch(/> user: The spare key/);
  expect(await prompt("save-this", { about: "the roof" })).toMatch(/the roof.*memory_store/);
  await expect(prompt("catch-up", { since: "soon" })).rejects.toThrow(/12h, 3d, 2w/);
}
