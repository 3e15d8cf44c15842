import {
  conversationOutput,
  conversationWithMessages,
  countOutput,
  listOutput,
  statsOutput,
} from "@sekha/sdk/contract";
import { describe, expect, test } from "vitest";
import { type FakeController, fakeController, sending } from "./__fixtures__/fake-services.ts";

const C = "/api/v1/conversations";
const HELLO = { messages: [{ role: "user", content: "Where is the spare key?" }] };

async function stored({ fetch }: FakeController, body: object = {}) {
  const response = await fetch(C, sending("POST", { ...HELLO, ...body }));
  return (await response.json()) as { id: string };
}

describe("storing", () => {
  test("answers 201 with the whole conversation, label and folder made up where absent", async () => {
    const response = await fakeController().fetch(C, sending("POST", HELLO));
    expect(response.status).toBe(201);
    const body = conversationOutput.strict().parse(await response.json());
    expect(body).toMatchObject({
      label: "Where is the spare key?",
      folder: "/",
      status: "active",
      message_count: 1,
      importance_score: 5,
      created_at: "2026-01-25T20:30:00.000Z",
      conversation_id: body.id,
    });
  });

  test("keeps everything a client may say", async () => {
    const controller = fakeController();
    const parts = [
      { type: "text", text: "Look:" },
      { type: "image_url", image_url: { url: "https://example.org/a.png", detail: "low" } },
      { type: "text", text: "my key" },
    ];
    const { id } = await stored(controller, {
      label: "Keys",
      folder: "home/keys/",
      tags: ["a", "a", "b"],
      metadata: { from: "test" },
      importanceScore: 7.5,
      session_id: "s1",
      messages: [
        { role: "user", content: parts, name: "Ann", timestamp: "2024-02-03T04:05:06.123456" },
        { role: "tool", content: null, metadata: { call: 1 } },
      ],
    });
    const response = await controller.fetch(`${C}/${id}`);
    const body = conversationWithMessages.strict().parse(await response.json());
    expect(body).toMatchObject({
      folder: "/home/keys",
      tags: ["a", "b"],
      metadata: { from: "test" },
      importance_score: 7.5,
      importance_source: "user",
      session_id: "s1",
      has_more_messages: false,
    });
    expect(body.messages[0]).toMatchObject({
      content: parts,
      text: "Look:\nmy key",
      name: "Ann",
      timestamp: "2024-02-03T04:05:06.123Z",
    });
    expect(body.messages[1]).toMatchObject({ content: "", metadata: { call: 1 } });
  });

  test("accepts no messages yet", async () => {
    const response = await fakeController().fetch(C, sending("POST", { messages: [] }));
    expect(response.status).toBe(201);
  });

  test("with an idempotency key stores once and refuses another body", async () => {
    const controller = fakeController();
    const headers = { "Idempotency-Key": "k-1" };
    const first = await controller.fetch(C, sending("POST", { ...HELLO, label: "L" }, headers));
    const reordered = sending("POST", { label: "L", ...HELLO }, headers);
    const second = await controller.fetch(C, reordered);
    expect(second.status).toBe(201);
    expect(first.headers.has("idempotent-replayed")).toBe(false);
    expect(second.headers.get("idempotent-replayed")).toBe("true");
    expect((await second.json()).id).toBe((await first.json()).id);
    const other = await controller.fetch(C, sending("POST", { ...HELLO, label: "M" }, headers));
    expect(await other.json()).toMatchObject({ code: 422, type: "idempotency_mismatch" });
    const long = sending("POST", HELLO, { "Idempotency-Key": "k".repeat(256) });
    expect((await controller.fetch(C, long)).status).toBe(400);
  });

  test("waits for the vectors when asked to", async () => {
    const controller = fakeController();
    const response = await controller.fetch(`${C}?wait=true`, sending("POST", HELLO));
    expect(controller.waits).toEqual([(await response.json()).id]);
  });

  test("takes batches and appended turns", async () => {
    const controller = fakeController();
    const batch = sending("POST", { conversations: [HELLO, { ...HELLO, label: "Two" }] });
    const created = await (await controller.fetch(`${C}/batch`, batch)).json();
    expect(created).toMatchObject({ count: 2, conversations: [{}, { label: "Two" }] });
    const { id } = created.conversations[0];
    const more = sending("POST", { messages: [{ role: "assistant", content: "Blue pot." }] });
    const appended = await controller.fetch(`${C}/${id}/messages?wait`, more);
    expect(appended.status).toBe(201);
    expect(await appended.json()).toMatchObject({
      success: true,
      message_count: 2,
      messages: [{ position: 1, content: "Blue pot." }],
    });
    const page = await controller.fetch(`${C}/${id}/messages?limit=1&offset=1`);
    expect(await page.json()).toMatchObject({ total: 2, limit: 1, offset: 1 });
  });
});

describe("changing", () => {
  test.each([
    ["PUT", "pin", undefined, { status: "pinned", pinned: true }],
    ["PUT", "unpin", undefined, { status: "active", pinned: false }],
    ["PUT", "archive", undefined, { status: "archived", archived: true }],
    ["PUT", "unarchive", undefined, { status: "active", archived: false }],
    ["PUT", "status", { status: "pinned" }, { status: "pinned" }],
    ["PUT", "label", { label: "New" }, { label: "New", folder: "/" }],
    ["PUT", "label", { folder: "a/b" }, { folder: "/a/b" }],
    ["PUT", "folder", { folder: "/x" }, { folder: "/x" }],
    ["PUT", "importance", { importance: 9 }, { importance_score: 9, importance_source: "user" }],
    ["PUT", "tags", { tags: ["x"] }, { tags: ["x"] }],
    ["POST", "tags", { tags: ["x"] }, { tags: ["t", "x"] }],
    ["DELETE", "tags", { tags: ["t"] }, { tags: [] }],
    ["PATCH", "", { status: "archived", tags: [] }, { status: "archived", tags: [] }],
    ["PUT", "", { importanceScore: 3, metadata: { a: 1 } }, { importance_score: 3 }],
  ])("%s %s with %j answers the changed conversation", async (...row) => {
    const [method, what, body, expected] = row;
    const controller = fakeController();
    const { id } = await stored(controller, { tags: ["t"] });
    const path = what === "" ? `${C}/${id}` : `${C}/${id}/${what}/`;
    const response = await controller.fetch(path, body ? sending(method, body) : { method });
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({ success: true, id, ...expected });
  });

  test("deletes one, or several while telling which were not there", async () => {
    const controller = fakeController();
    const [one, two] = [await stored(controller), await stored(controller)];
    const gone = await controller.fetch(`${C}/${one.id}`, { method: "DELETE" });
    expect(await gone.json()).toEqual({ success: true, deleted: 1, not_found: [] });
    const again = await controller.fetch(`${C}/${one.id}`, { method: "DELETE" });
    expect(again.status).toBe(404);
    const several = sending("DELETE", { ids: [one.id, two.id, two.id] });
    const answer = await (await controller.fetch(C, several)).json();
    expect(answer).toEqual({ success: true, deleted: 1, not_found: [one.id] });
  });
});

describe("listing", () => {
  test("has hits for v1, full items, pages by number or offset, and every status [req:list.shapes]", async () => {
    const controller = fakeController();
    for (const label of ["A", "B", "C"]) await stored(controller, { label });
    const { id } = await stored(controller, { label: "D" });
    await controller.fetch(`${C}/${id}/archive`, { method: "PUT" });
    const list = async (query: string) =>
      listOutput.strict().parse(await (await controller.fetch(`${C}?${query}`)).json());
    expect(await list("")).toMatchObject({ total: 4, page: 1, page_size: 50 });
    const second = await list("limit=2&offset=2");
    expect(second).toMatchObject({ page: 2, page_size: 2 });
    expect(second.results.map((hit) => hit.content)).toEqual(["C", "D"]);
    expect(second.results[0]).toMatchObject({
      message_id: "00000000-0000-0000-0000-000000000000",
      score: 1,
      metadata: { folder: "/", status: "active", importance_score: 5 },
    });
    expect((await list("page=2&page_size=3")).conversations.map((one) => one.label)).toEqual(["D"]);
    expect((await list("archived=true")).total).toBe(1);
    expect((await list("archived=false")).total).toBe(3);
    expect((await list("status=active&label=A")).total).toBe(1);
  });

  test("counts by a part of the label and by status, and both filters together", async () => {
    const controller = fakeController();
    await stored(controller, { label: "Spare keys", folder: "/home/a" });
    const { id } = await stored(controller, { label: "Car keys", folder: "/home" });
    await controller.fetch(`${C}/${id}/pin`, { method: "PUT" });
    await stored(controller, { label: "Lunch" });
    const response = await controller.fetch(`${C}/count?label=keys&folder=/home`);
    expect(countOutput.strict().parse(await response.json())).toEqual({
      count: 2,
      total: 3,
      label: "keys",
      folder: "/home",
      by_status: { active: 1, archived: 0, pinned: 1 },
    });
  });

  test("names labels, folders and tags, and sums up for v1 too", async () => {
    const controller = fakeController();
    await stored(controller, { label: "L", folder: "/f", tags: ["t"] });
    const ask = async (path: string) => (await controller.fetch(`/api/v1/${path}`)).json();
    expect(await ask("labels")).toEqual({ labels: [{ name: "L", count: 1 }], total: 1 });
    expect(await ask("folders")).toEqual({ folders: [{ name: "/f", count: 1 }], total: 1 });
    expect(await ask("tags")).toEqual({ tags: [{ name: "t", count: 1 }], total: 1 });
    const stats = statsOutput.strict().parse(await ask("stats?folder=/f"));
    expect(stats.data).toEqual({
      total_conversations: 1,
      average_importance: 5,
      folders: ["/f"],
      labels: ["L"],
      estimated_token_savings: 0,
    });
  });
});
