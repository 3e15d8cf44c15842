import { expect, test } from "vitest";
import { SekhaError } from "../../core/errors.ts";
import type { Summary, SummaryFilter } from "../../core/ports/summary-store.ts";
import { fakeController, NOW } from "./__fixtures__/fake-services.ts";

const UNKNOWN = "00000000-0000-4000-8000-00000000ffff";

async function withConversation(services: Parameters<typeof fakeController>[0] = {}) {
  const controller = fakeController(services);
  const { conversation } = await controller.store.create("local", {
    label: "Key",
    folder: "/",
    messages: [{ role: "user", content: "The key is under the mat." }],
  });
  const post = (path: string, body?: unknown) =>
    controller.fetch(path, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  return { ...controller, post, id: conversation.id };
}

test("a conversation is summarised by id and level, in v1's words and more [req:summaries.routes]", async () => {
  const { post, id } = await withConversation();
  const response = await post("/api/v1/summarize", { conversation_id: id, level: "weekly" });
  expect(response.status).toBe(200);
  const body = await response.json();
  expect(body).toEqual({
    conversation_id: id,
    level: "weekly",
    summary: "A weekly summary.",
    generated_at: new Date(NOW).toISOString(),
    model: "fake",
    method: "model",
    range: { from: expect.any(String), to: expect.any(String) },
  });
  const alias = await post(`/api/v1/conversations/${id}/summary?level=weekly`);
  expect(await alias.json()).toEqual(body);
  for (const path of ["/api/v1/summarize", `/api/v1/conversations/${id}/summary`]) {
    const unnamed = await post(path, { conversation_id: id });
    expect(await unnamed.json()).toMatchObject({ level: "daily" });
  }
});

test.each(["hourly", "", "Daily"])(
  "level %j is refused as v1 did [req:summaries.routes]",
  async (level) => {
    const { post, fetch, id } = await withConversation();
    const refused = {
      error: "Invalid level: must be daily, weekly, or monthly",
      code: 400,
      type: "invalid_request",
      request_id: expect.any(String),
    };
    for (const response of [
      await post("/api/v1/summarize", { conversation_id: id, level }),
      await post(`/api/v1/conversations/${id}/summary?level=${level}`),
      await fetch(`/api/v1/summaries?level=${level}`),
    ]) {
      expect(response.status).toBe(400);
      expect(await response.json()).toEqual(refused);
    }
  },
);

test("an unknown conversation is 404, an id that is none 422 or 400 [req:summaries.routes]", async () => {
  const { post } = await withConversation();
  const unknown = { conversation_id: UNKNOWN, level: "daily" };
  expect((await post("/api/v1/summarize", unknown)).status).toBe(404);
  expect((await post(`/api/v1/conversations/${UNKNOWN}/summary`)).status).toBe(404);
  expect((await post("/api/v1/summarize", { conversation_id: "x" })).status).toBe(422);
  expect((await post("/api/v1/summarize", { level: "daily" })).status).toBe(422);
});

test("a model that cannot be used is 503 with the bridge's words [req:summaries.failure]", async () => {
  const words = "No provider can serve chat_small: near/small: connection refused.";
  const summary = () => Promise.reject(new SekhaError("providers_unavailable", words));
  const { post, id } = await withConversation({ services: { summaries: { summary } } });
  const response = await post("/api/v1/summarize", { conversation_id: id });
  expect(response.status).toBe(503);
  expect(await response.json()).toMatchObject({ error: words, code: 503 });
});

test("what is stored is listed, filtered and paged [req:summaries.routes]", async () => {
  const asked: object[] = [];
  const week: Summary = {
    ...{ id: "s", conversationId: null, level: "weekly", text: "A week.", model: "m" },
    ...{ method: "rules", since: 0, until: 604_800_000, generatedAt: NOW },
  };
  const list = async (owner: string, filter: SummaryFilter, page: object) => {
    asked.push({ owner, filter, page });
    return { items: [week], total: 41 };
  };
  const { fetch, id } = await withConversation({ services: { storedSummaries: { list } } });
  const query = `level=weekly&conversation_id=${id}&from=1970-01-02&to=1970-01-03&page=3&page_size=20`;
  const response = await fetch(`/api/v1/summaries?${query}`);
  expect(await response.json()).toEqual({
    summaries: [
      {
        id: "s",
        conversation_id: null,
        level: "weekly",
        summary: "A week.",
        generated_at: new Date(NOW).toISOString(),
        model: "m",
        method: "rules",
        range: { from: "1970-01-01T00:00:00.000Z", to: "1970-01-08T00:00:00.000Z" },
      },
    ],
    total: 41,
    page: 3,
    page_size: 20,
  });
  await fetch("/api/v1/summaries");
  const day = 86_400_000;
  expect(asked).toEqual([
    {
      owner: "local",
      filter: { level: "weekly", conversationId: id, since: day, until: 2 * day },
      page: { limit: 20, offset: 40 },
    },
    { owner: "local", filter: {}, page: { limit: 50, offset: 0 } },
  ]);
});
