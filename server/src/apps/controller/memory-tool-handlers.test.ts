import { describe, expect, test } from "vitest";
import { fakeMcp } from "./__fixtures__/fake-mcp.ts";
import { type FakeController, fakeController, sending } from "./__fixtures__/fake-services.ts";

const KEY = "sk-sekha-tools-0123456789012345678901234567";
const MESSAGES = [
  { role: "user", content: "The kettle whistles at dawn" },
  { role: "assistant", content: [{ type: "text", text: "It does." }] },
];

async function tool(app: FakeController, name: string, args: object = {}) {
  const response = await app.fetch(`/mcp/tools/${name}`, sending("POST", args));
  return { status: response.status, body: await response.json() };
}

async function stored(app: FakeController): Promise<string> {
  const args = { label: "Kettle", folder: "/kitchen", messages: MESSAGES, importance_score: 6.5 };
  const { status, body } = await tool(app, "memory_store", args);
  expect(status).toBe(200);
  expect(body).toMatchObject({
    success: true,
    error: null,
    data: { label: "Kettle", folder: "/kitchen", message_count: 2, importance_score: 6.5 },
  });
  expect(body.data.id).toBe(body.data.conversation_id);
  return body.data.id;
}

describe("the tools over HTTP", () => {
  test("answer in version 1's envelope with what its clients read [req:mcp.http-tools]", async () => {
    const app = fakeController();
    const id = await stored(app);
    const search = await tool(app, "memory_search", {
      query: "whistles",
      filters: null,
      offset: null,
    });
    expect(search.body.data).toMatchObject({ query: "whistles", limit: 10 });
    const [hit] = search.body.data.results;
    expect(hit).toMatchObject({ conversation_id: id, similarity: hit.score, metadata: {} });
    const context = await tool(app, "memory_get_context", { conversation_id: id });
    expect(context.body.data).toMatchObject({
      conversation_id: id,
      status: "active",
      session_count: 1,
      word_count: expect.any(Number),
      messages: [{ content: MESSAGES[0]?.content }, { content: MESSAGES[1]?.content }],
    });
    const update = { conversation_id: id, status: "archived", importance_score: 3, label: null };
    expect((await tool(app, "memory_update", update)).body.data).toMatchObject({
      conversation_id: id,
      updated_fields: ["status", "importance_score"],
      message: "Conversation updated successfully",
    });
    const exported = await tool(app, "memory_export", { conversation_id: id, format: "markdown" });
    expect(exported.body.data).toMatchObject({
      conversation: { id, label: "Kettle", importance_score: 3 },
      messages: [{ role: "user", embedding_id: null }, {}],
      format: "markdown",
      include_metadata: true,
      content: expect.stringMatching(/^# Kettle/),
    });
    const stats = await tool(app, "memory_stats");
    expect(stats.body.data).toMatchObject({ total_conversations: 1, folders: ["/kitchen"] });
    const status = await tool(app, "llm_status");
    expect(status.body.data).toMatchObject({
      providers: [{ provider_id: "fake", circuit_breaker_state: "closed", models_count: 1 }],
      ...{ total_providers: 1, healthy_providers: 1, total_models: 1 },
    });
    expect((await tool(app, "llm_status", { provider_id: "nobody" })).status).toBe(404);
    const route = await tool(app, "llm_routing", { task: "chat_smart", preferred_model: null });
    expect(route.body.data).toMatchObject({ provider_id: "fake", reason: expect.any(String) });
    const prune = await tool(app, "memory_prune", {});
    expect(prune.body.data).toMatchObject({
      threshold_days: 30,
      importance_threshold: 5,
      total_suggestions: 0,
      estimated_token_savings: 0,
      suggestions: [],
    });
  });

  test("memory_query is memory_search under its old name [req:mcp.http-tools]", async () => {
    const app = fakeController();
    await stored(app);
    expect((await tool(app, "memory_query", { query: "kettle" })).body).toMatchObject({
      success: true,
      data: { query: "kettle" },
    });
  });

  test("are listed with their schemas, under both addresses [req:mcp.http-tools]", async () => {
    const app = fakeController();
    for (const path of ["/mcp/tools", "/api/v1/mcp/tools"]) {
      const tools = await (await app.fetch(path)).json();
      expect(tools).toHaveLength(12);
      expect(tools[0]).toMatchObject({
        name: "memory_search",
        description: expect.any(String),
        inputSchema: { type: "object", required: ["query"] },
        annotations: { readOnlyHint: true },
      });
    }
  });

  test("refuse in the envelope, with the status of what is wrong [req:mcp.http-tools]", async () => {
    const app = fakeController();
    const unknown = { conversation_id: "6f1c2b34-9a5d-4e0f-8b7a-1c2d3e4f5a6b" };
    expect(await tool(app, "memory_get_context", unknown)).toMatchObject({
      status: 404,
      body: { success: false, data: null, error: expect.any(String), code: 404 },
    });
    expect(await tool(app, "memory_search", {})).toMatchObject({
      status: 422,
      body: { success: false, data: null, error: "query: is required." },
    });
    expect(await tool(app, "memory_stats", { folder: "/a", label: "b" })).toEqual({
      status: 200,
      body: { success: false, data: null, error: "Cannot specify both folder and label" },
    });
    const alone = fakeController({ services: { mcp: fakeMcp(() => app.app, null) } });
    expect(await tool(alone, "llm_status")).toMatchObject({
      status: 503,
      body: { success: false, error: expect.stringMatching(/LLM_BRIDGE_URL/) },
    });
    expect((await tool(app, "memory_forget")).status).toBe(404);
  });

  test("refuse callers without a key that holds in version 1's words [req:mcp.http-tools-auth]", async () => {
    const authentication = {
      ...{ keys: [{ key: KEY, name: "mcp_api_key" }], required: true },
      ...{ localOwner: "local", allowedHosts: [] },
    };
    const app = fakeController({ options: { authentication } });
    const refused = async (headers: Record<string, string>) => {
      const response = await app.fetch("/mcp/tools/memory_stats", sending("POST", {}, headers));
      const body = await response.json();
      return [response.status, body.success, body.error];
    };
    expect(await refused({})).toEqual([401, false, "Missing authorization header"]);
    expect(await refused({ Authorization: "Basic abc" })).toEqual([
      400,
      false,
      "Invalid authorization format. Use: Bearer <token>",
    ]);
    expect(await refused({ Authorization: "Bearer wrong" })).toEqual([
      401,
      false,
      "Invalid API key",
    ]);
    for (const headers of [{ Authorization: `Bearer ${KEY}` }, { "X-API-Key": KEY }]) {
      const init = sending("POST", {}, headers as Record<string, string>);
      expect((await app.fetch("/mcp/tools/memory_stats", init)).status).toBe(200);
    }
    const other = await app.fetch("/api/v1/stats");
    expect(await other.json()).not.toHaveProperty("success");
  });
});
