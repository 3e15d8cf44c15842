import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { eventually, runSekha, SekhaProcess } from "../support/sekha-process.ts";
import { startedSekha } from "../support/temporary-place.ts";

/** Tests that need nothing special share one server, each with words and folders of its own. */
let sekha: SekhaProcess;
let folder = "";
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "sekha-e2e-"));
  sekha = await SekhaProcess.start({ dataDirectory: join(folder, "data") });
});
afterAll(async () => {
  await sekha.kill();
  rmSync(folder, { recursive: true, force: true });
});

const said = (content: string, role = "user") => ({ role, content });

async function postWithKey(body: unknown, key: string) {
  const response = await sekha.fetch("/api/v1/conversations", {
    method: "POST",
    body: JSON.stringify(body),
    headers: { "Content-Type": "application/json", "Idempotency-Key": key },
  });
  return { status: response.status, headers: response.headers, body: await response.json() };
}

describe("storing", () => {
  test("answers 201 with the fields of old clients and new [req:store.answer] [req:store.defaults]", async () => {
    const { status, body } = await sekha.json("POST", "/api/v1/conversations", {
      messages: [said("Which soil do blueberries like?"), said("Acid soil.", "assistant")],
    });
    expect(status).toBe(201);
    expect(body).toMatchObject({
      label: "Which soil do blueberries like?",
      folder: "/",
      status: "active",
      message_count: 2,
      word_count: 7,
      tags: [],
      created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      updated_at: expect.stringMatching(/Z$/),
    });
    expect(body.conversation_id).toBe(body.id);
    expect(body.importance_score).toEqual(expect.any(Number));
  });

  test("the same Idempotency-Key stores once; with another body it is refused [req:store.idempotency-key]", async () => {
    const body = { messages: [said("idempotent blueberry")] };
    const answers = await Promise.all([1, 2, 3].map(() => postWithKey(body, "key-1")));
    expect(answers.map((answer) => answer.status)).toEqual([201, 201, 201]);
    expect(new Set(answers.map((answer) => answer.body.id)).size).toBe(1);
    expect((await sekha.client.searchFullText({ query: "idempotent" })).total).toBe(1);
    const other = await postWithKey({ messages: [said("something else")] }, "key-1");
    expect(other).toMatchObject({ status: 422, body: { type: "idempotency_mismatch" } });
  });

  test("?wait=true answers when it can be found by meaning [req:store.wait] [req:store.embedding-status]", async () => {
    const created = await sekha.json("POST", "/api/v1/conversations?wait=true", {
      folder: "/wait",
      messages: [said("The piano tuner comes on Thursday.")],
    });
    expect(created.body.embedding_status).toBe("embedded");
    const { results } = await sekha.client.search({
      query: "when is the instrument adjusted",
      mode: "semantic",
      folder: "/wait",
    });
    expect(results[0]?.conversation_id).toBe(created.body.id);
    const read = await sekha.json("GET", `/api/v1/conversations/${created.body.id}`);
    expect(read.body).toMatchObject({ embedding_status: "embedded", messages: [{ position: 0 }] });
  });

  test("a batch is stored whole or not at all [req:store.batch]", async () => {
    const good = { folder: "/batch", messages: [said("batch mulberry")] };
    const stored = await sekha.json("POST", "/api/v1/conversations/batch", {
      conversations: [good, good],
    });
    expect(stored).toMatchObject({ status: 201, body: { count: 2 } });
    const refused = await sekha.json("POST", "/api/v1/conversations/batch", {
      conversations: [good, { ...good, messages: [{ role: 5, content: "x" }] }],
    });
    expect(refused).toMatchObject({
      status: 422,
      body: { details: [{ path: expect.stringContaining("conversations.1.messages.0.role") }] },
    });
    expect((await sekha.client.conversations.count({ folder: "/batch" })).count).toBe(2);
  });

  test("control characters, emoji, right-to-left and a megabyte come back as they were sent [req:store.any-text]", async () => {
    const contents = [
      "bell \u0007 escape \u001b[31m tab\t line\r\nend \u0085",
      "👩‍👩‍👧‍👦🏳️‍🌈 family",
      "שלום \u202eעالم\u202c مرحبا",
      `long ${"lorem ipsum dolor ".repeat(58_000)}`,
    ];
    const { body } = await sekha.json("POST", "/api/v1/conversations", {
      messages: contents.map((content) => said(content)),
    });
    const read = await sekha.json("GET", `/api/v1/conversations/${body.id}`);
    expect(read.body.messages.map((message: { content: string }) => message.content)).toEqual(
      contents,
    );
    await sekha.client.conversations.delete(body.id);
  });

  test("multimodal parts are kept, their text is found [req:store.parts]", async () => {
    const parts = [
      { type: "text", text: "Is this a gooseberry?" },
      { type: "image_url", image_url: { url: "https://example.org/berry.png", detail: "low" } },
    ];
    const { body } = await sekha.json("POST", "/api/v1/conversations", {
      messages: [{ role: "user", content: parts }],
    });
    const read = await sekha.json("GET", `/api/v1/conversations/${body.id}`);
    expect(read.body.messages[0].content).toEqual(parts);
    const found = await sekha.client.searchFullText({ query: "gooseberry" });
    expect(found.results[0]?.conversation_id).toBe(body.id);
  });
});

describe("changing", () => {
  test("label, folder, pin, archive, status, importance and tags answer the changed conversation [req:change.routes] [req:change.pin]", async () => {
    const { body } = await sekha.json("POST", "/api/v1/conversations", {
      importance_score: 4,
      messages: [said("to be changed")],
    });
    const path = `/api/v1/conversations/${body.id}`;
    const steps: [string, string, unknown, object][] = [
      ["PUT", "label", { label: "L" }, { label: "L", folder: "/" }],
      ["PUT", "label", { folder: "/f" }, { label: "L", folder: "/f" }],
      ["PUT", "folder", { folder: "g/h/" }, { folder: "/g/h", label: "L" }],
      ["PUT", "pin", undefined, { pinned: true, status: "pinned", importance_score: 10 }],
      ["PUT", "unpin", undefined, { pinned: false, status: "active", importance_score: 4 }],
      ["PUT", "archive", undefined, { archived: true, status: "archived" }],
      ["PUT", "unarchive", undefined, { archived: false, status: "active" }],
      ["PUT", "status", { status: "pinned" }, { pinned: true }],
      ["PUT", "status", { status: "active" }, { pinned: false }],
      ["PUT", "importance", { importance_score: 7.5 }, { importance_score: 7.5 }],
      ["PUT", "tags", { tags: ["a", "b"] }, { tags: ["a", "b"] }],
      ["POST", "tags", { tags: ["c"] }, { tags: ["a", "b", "c"] }],
      ["DELETE", "tags", { tags: ["a"] }, { tags: ["b", "c"] }],
    ];
    for (const [method, name, change, expected] of steps) {
      const answer = await sekha.json(method, `${path}/${name}`, change);
      expect(answer, name).toMatchObject({ status: 200, body: { success: true, ...expected } });
    }
    const unknown = "/api/v1/conversations/6f1c2b34-9a5d-4e0f-8b7a-1c2d3e4f5a6b";
    for (const [method, name, change] of steps) {
      expect((await sekha.json(method, `${unknown}/${name}`, change)).status, name).toBe(404);
    }
    expect((await sekha.json("DELETE", path)).status).toBe(200);
    expect((await sekha.json("DELETE", path)).status).toBe(404);
  });
});

describe("searching", () => {
  beforeAll(async () => {
    const when = (day: string) => ({ created_at: `2024-${day}T10:00:00Z` });
    const stored = [
      { folder: "/s/garden", tags: ["fruit"], ...when("01-05"), text: "Cherries ripen in June." },
      { folder: "/s/garden/pond", tags: ["fish"], ...when("02-05"), text: "Koi need deep water." },
      { folder: "/s/city", label: "Trams", ...when("03-05"), text: "Tram nine stops at the zoo." },
      { folder: "/s/asia", text: "昨日は京都で抹茶を飲みました。とても美味しかったです。" },
      { folder: "/s/asia", text: "我们下周去上海参加编程比赛" },
      { folder: "/s/emoji", text: "Party tonight 🎉 bring snacks" },
      { folder: "/s/rtl", text: "الاجتماع يوم الأحد في المكتبة" },
      { folder: "/s/old", archived: true, text: "Archived talk about cherries." },
    ];
    for (const { text, archived, ...rest } of stored) {
      const timestamp = "created_at" in rest ? rest.created_at : null;
      const { id } = await sekha.client.conversations.create({
        ...rest,
        messages: [
          { ...said(text), timestamp },
          { ...said(`Noted: ${rest.folder}`, "assistant"), timestamp },
        ],
      });
      if (archived) await sekha.client.conversations.archive(id);
    }
    await sekha.embedded();
  });

  test("scores fall from at most 1, with total, page, snippet and mode [req:search.hybrid] [req:search.scores]", async () => {
    const { body } = await sekha.json("POST", "/api/v1/query", {
      query: "when are cherries ripe",
      folder: "/s",
    });
    expect(body).toMatchObject({ page: 1, page_size: 10, mode: "hybrid", degraded: null });
    expect(body.results[0]).toMatchObject({
      content: "Cherries ripen in June.",
      folder: "/s/garden",
      role: "user",
      snippet: expect.stringMatching(/\*\*\w+\*\*/),
    });
    const scores = body.results.map((hit: { score: number }) => hit.score);
    expect(scores).toEqual(scores.toSorted((a: number, b: number) => b - a));
    expect(Math.max(...scores)).toBeLessThanOrEqual(1);
    expect(Math.min(...scores)).toBeGreaterThanOrEqual(0);
  });

  test("every filter narrows, and paging walks through all [req:search.filters] [req:search.paging] [req:search.archived]", async () => {
    const contents = async (more: object) => {
      const { body } = await sekha.json("POST", "/api/v1/query", {
        query: "cherries koi tram",
        folder: "/s",
        limit: 50,
        ...more,
      });
      return body.results.map((hit: { content: string }) => hit.content);
    };
    expect(await contents({})).not.toContain("Archived talk about cherries.");
    expect(await contents({ include_archived: true })).toContain("Archived talk about cherries.");
    expect(await contents({ folder: "/s/garden/pond" })).toEqual(["Koi need deep water."]);
    expect(await contents({ tags: ["fruit"], role: "user" })).toEqual(["Cherries ripen in June."]);
    expect(await contents({ filters: { label: "Trams", role: ["user"] } })).toEqual([
      "Tram nine stops at the zoo.",
    ]);
    const dated = { since: "2024-01-20", until: "2024-02-20", role: "user" };
    expect(await contents(dated)).toEqual(["Koi need deep water."]);
    expect(await contents({ min_importance: 9.5 })).toEqual([]);

    const all = await contents({ mode: "semantic" });
    const walked: string[] = [];
    for (let offset = 0; offset < all.length; offset += 3) {
      walked.push(...(await contents({ mode: "semantic", limit: 3, offset })));
    }
    expect(walked).toEqual(all);
  });

  test("grouped by conversation, and with the turns around a hit [req:search.grouped] [req:search.neighbours]", async () => {
    const { body } = await sekha.json("POST", "/api/v1/search", {
      query: "koi water",
      folder: "/s",
      group_by: "conversation",
      neighbours: 1,
    });
    expect(body.conversations[0].conversation.folder).toBe("/s/garden/pond");
    expect(body.conversations[0].hits[0].neighbours).toEqual(
      expect.arrayContaining([expect.objectContaining({ content: "Noted: /s/garden/pond" })]),
    );
  });

  test("Japanese, Chinese, emoji and Arabic are found by word [req:search.languages]", async () => {
    const found = async (query: string) => {
      const { results } = await sekha.client.searchFullText({ query, folder: "/s" });
      return results[0]?.folder;
    };
    expect(await found("京都")).toBe("/s/asia");
    expect(await found("抹茶")).toBe("/s/asia");
    expect(await found("编程比赛")).toBe("/s/asia");
    expect(await found("المكتبة")).toBe("/s/rtl");
    expect(await found("party 🎉")).toBe("/s/emoji");
  });

  test("full-text syntax of users never fails, and hits are ranked [req:search.fts]", async () => {
    for (const query of [
      'C++ "',
      "AND OR",
      "(((",
      "NEAR(",
      "col:x",
      "cherries AND NOT ripen",
      "*",
    ]) {
      const { status } = await sekha.json("POST", "/api/v1/search/fts", { query });
      expect(status, query).toBe(200);
    }
    const { body } = await sekha.json("POST", "/api/v1/search/fts", { query: "cherr* OR koi" });
    expect(body.results.map((hit: { rank: number }) => hit.rank)).toEqual(
      body.results.map((_hit: unknown, index: number) => index + 1),
    );
    expect(body.results[0]).toMatchObject({ snippet: expect.stringContaining("**") });
  });

  test("sekha search, list, show and stats say the same as the API [req:cli.search] [req:cli.json] [req:cli.reading]", async () => {
    const search = await runSekha(
      ["search", "koi water", "--folder", "/s", "--json"],
      sekha.options,
    );
    const hit = JSON.parse(search.stdout).results[0];
    expect(hit.content).toBe("Koi need deep water.");
    const show = await runSekha(["show", hit.conversation_id.slice(0, 13)], sekha.options);
    expect([show.code, show.stdout]).toEqual([0, expect.stringContaining("Koi need deep water.")]);
    const list = await runSekha(["list", "--folder", "/s/garden", "--json"], sekha.options);
    expect(JSON.parse(list.stdout).total).toBe(2);
    const stats = await runSekha(["stats", "--json"], sekha.options);
    expect(JSON.parse(stats.stdout).total_messages).toBe(
      (await sekha.client.stats()).total_messages,
    );
    const status = await runSekha(["status"], sekha.options);
    expect([status.code, status.stdout]).toEqual([0, expect.stringContaining(sekha.url)]);
    const doctor = await runSekha(["doctor", "--json"], sekha.options);
    expect([doctor.code, JSON.parse(doctor.stdout).healthy]).toEqual([0, true]);
    const wrong = await runSekha(["serach"], sekha.options);
    expect([wrong.code, wrong.stderr]).toEqual([64, expect.stringContaining("search")]);
    expect(search.stdout + show.stdout + wrong.stderr).not.toContain("\u001b[");
  });
});

test("a search does not wait for a slow embedder: it answers by word and says so [req:search.degrades]", async () => {
  const slow = await startedSekha({ environment: { SEKHA__SEARCH__SEMANTIC_TIMEOUT_MS: "1" } });
  await slow.client.conversations.create({ messages: [said("The boat is called Albatross.")] });
  const answer = await eventually(
    async () => {
      const found = await slow.client.search({ query: "name of the boat albatross" });
      return found.degraded === null ? undefined : found;
    },
    { what: "a search that took more than 1 ms" },
  );
  expect(answer).toMatchObject({ mode: "keyword", degraded: expect.stringMatching(/\w{4,}/) });
  expect(answer.results[0]?.content).toBe("The boat is called Albatross.");
});

describe("embedding", () => {
  test("its status shows queue, model and collection; a rebuild is a job that ends [req:embedding.status] [req:embedding.rebuild] [req:embedding.collections]", async () => {
    await sekha.client.conversations.create({ messages: [said("rebuild me")] });
    await sekha.embedded();
    const before = await sekha.client.embeddingsStatus();
    expect(before).toMatchObject({
      model: { dimension: 384 },
      collection: "conversations_384",
      queue: { pending: 0, processing: 0, parked: 0 },
      failures: [],
    });
    const accepted = await sekha.json("POST", "/api/v1/rebuild-embeddings", { force: true });
    expect(accepted).toMatchObject({
      status: 202,
      body: { kind: expect.stringMatching(/rebuild/) },
    });
    const job = await eventually(
      async () => {
        const now = await sekha.client.job(accepted.body.job_id);
        return now.state === "done" || now.state === "failed" ? now : undefined;
      },
      { what: "the end of the rebuild", timeoutMs: 60_000 },
    );
    expect(job).toMatchObject({ state: "done", progress: { percent: 100 } });
    expect((await sekha.client.embeddingsStatus()).collections).toEqual(before.collections);
    expect((await sekha.fetch("/api/v1/rebuild-embeddings", { method: "POST" })).status).toBe(202);
  });

  test("a long message is embedded whole, in several vectors [req:embedding.chunks]", async () => {
    const filler = "Nothing of interest happened on that day at the office. ".repeat(120);
    const { id } = await sekha.client.conversations.create(
      {
        folder: "/long",
        messages: [said(`${filler}The walrus swallowed a golden trumpet. ${filler}`)],
      },
      { wait: true },
    );
    const { results } = await sekha.client.search({
      query: "an animal ate a brass instrument",
      mode: "semantic",
    });
    expect(results[0]?.conversation_id).toBe(id);
    const { collections } = await sekha.client.embeddingsStatus();
    expect(collections[0]?.vectors).toBeGreaterThan(collections[0]?.messages ?? 0);
  });
});
