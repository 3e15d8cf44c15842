import { ftsOutput, searchOutput } from "@sekha/sdk/contract";
import { describe, expect, test } from "vitest";
import { type FakeController, fakeController, sending } from "./__fixtures__/fake-services.ts";

const ID = "6f1c2b34-9a5d-4e0f-8b7a-1c2d3e4f5a6b";

async function search(controller: FakeController, body: object, path = "/api/v1/query") {
  return controller.fetch(path, sending("POST", { query: "key", ...body }));
}

async function filterOf(body: object) {
  const controller = fakeController();
  await search(controller, body);
  return controller.searches[0]?.filter;
}

describe("a search", () => {
  test("answers hits of the contract under every name v1 clients know", async () => {
    const controller = fakeController();
    const messages = [{ role: "user", content: "the key", metadata: { a: 1 } }];
    await controller.fetch("/api/v1/conversations", sending("POST", { messages, label: "Keys" }));
    for (const path of ["query", "search", "query/smart", "memory/search", "memory/retrieve"]) {
      const response = await search(controller, {}, `/api/v1/${path}`);
      const body = searchOutput.strict().parse(await response.json());
      expect(body).toMatchObject({ total: 1, page: 1, page_size: 10, mode: "hybrid", took_ms: 0 });
      expect(body.results[0]).toMatchObject({ label: "Keys", content: "the key", score: 0.9 });
      expect(body).not.toHaveProperty("conversations");
    }
  });

  test("maps pages, modes, groups and neighbours", async () => {
    const controller = fakeController();
    const body = { page: 3, page_size: 5, mode: "keyword", group_by: "conversation", neighbors: 2 };
    const answer = await (await search(controller, { ...body, min_score: 0.2 })).json();
    expect(controller.searches[0]).toMatchObject({
      limit: 5,
      offset: 10,
      mode: "keyword",
      groupByConversation: true,
      neighbours: 2,
      minScore: 0.2,
    });
    expect(answer).toMatchObject({ page: 3, page_size: 5, conversations: [] });
  });

  test("leaves archived conversations out unless asked for", async () => {
    expect(await filterOf({})).toEqual({ statuses: ["active"] });
    expect(await filterOf({ include_archived: true })).toEqual({});
    expect(await filterOf({ filters: { status: "all" } })).toEqual({});
    expect(await filterOf({ status: ["archived"] })).toEqual({ statuses: ["archived"] });
    expect(await filterOf({ status: "pinned" })).toEqual({ statuses: ["active"], pinned: true });
    expect(await filterOf({ status: ["pinned", "active"] })).toEqual({ statuses: ["active"] });
  });

  test("merges filters with what stands beside the query, which wins, under all their names", async () => {
    const filters = {
      folder: "work/",
      role: "user",
      roles: ["tool"],
      importance_min: 3,
      max_importance: 9,
      label: null,
      labels: ["a", "b"],
      conversation_id: ID.toUpperCase(),
      since: "2026-01-01",
      excluded_folders: ["private"],
    };
    expect(await filterOf({ filters, folder: "/home", tags: "t", until: 1_800_000_000 })).toEqual({
      folder: "/home",
      roles: ["user", "tool"],
      minImportance: 3,
      maxImportance: 9,
      labels: ["a", "b"],
      ids: [ID],
      tags: ["t"],
      since: Date.UTC(2026, 0, 1),
      until: 1_800_000_000_000,
      excludedFolders: ["/private"],
      statuses: ["active"],
    });
  });

  test("for pinned and archived at once is refused with what to do", async () => {
    const response = await search(fakeController(), { status: ["pinned", "archived"] });
    expect(await response.json()).toMatchObject({ code: 422, details: [{ path: "status" }] });
  });

  test("by full text carries rank and snippet", async () => {
    const controller = fakeController();
    const messages = [{ role: "user", content: "the key" }];
    await controller.fetch("/api/v1/conversations", sending("POST", { messages }));
    const response = await search(controller, { limit: 3 }, "/api/v1/search/fts");
    const body = ftsOutput.strict().parse(await response.json());
    expect(body).toMatchObject({ total: 1, page: 1, page_size: 3 });
    expect(body.results[0]).toMatchObject({ rank: 1, snippet: "the key", content: "the key" });
  });
});

test("embedding work is shown, tried again and rebuilt as a job", async () => {
  const { fetch } = fakeController();
  const status = await (await fetch("/api/v1/embeddings/status")).json();
  expect(status).toMatchObject({
    collection: "conversations_384",
    queue: { pending: 1, oldest_pending_seconds: 2 },
  });
  const retried = await fetch("/api/v1/embeddings/retry", { method: "POST" });
  expect(await retried.json()).toEqual({ success: true, retried: 4 });
  const rebuild = await fetch("/api/v1/rebuild-embeddings", { method: "POST" });
  expect(rebuild.status).toBe(202);
  const { job_id } = await rebuild.json();
  const job = await (await fetch(`/api/v1/jobs/${job_id}`)).json();
  expect(job).toMatchObject({ state: "running", progress: { done: 1, total: 3, percent: 33.3 } });
  expect(await (await fetch("/api/v1/jobs")).json()).toEqual({ jobs: [job] });
});
