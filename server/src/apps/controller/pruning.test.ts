import { beforeEach, describe, expect, test } from "vitest";
import { type FakeController, fakeController, NOW, sending } from "./__fixtures__/fake-services.ts";

const DAY_MS = 86_400_000;
const UNKNOWN = "99999999-0000-4000-8000-000000000000";

let controller: FakeController;
const ids: Record<string, string> = {};

beforeEach(async () => {
  controller = fakeController();
  await stored("old", { age: 60, importance: 3 });
  await stored("older", { age: 90, importance: 5 });
  await stored("important", { age: 90, importance: 6 });
  await stored("recent", { age: 2, importance: 1 });
  await stored("pinned", { age: 90, importance: 2 });
  await call("PUT", `/api/v1/conversations/${ids.pinned}/pin`);
  touchedDaysAgo("pinned", 90);
});

/** One of 40 characters a message, ten tokens as the fake counts. */
async function stored(name: string, { age, importance }: { age: number; importance: number }) {
  const messages = ["user", "assistant"].map((role) => ({
    role,
    content: `${name} `.padEnd(40, "x"),
  }));
  const body = { label: name, folder: `/${name}`, messages, importance_score: importance };
  const { answer } = await call("POST", "/api/v1/conversations", body);
  ids[name] = answer.id;
  touchedDaysAgo(name, age);
}

function touchedDaysAgo(name: string, days: number) {
  const row = controller.store.rows.get(ids[name] ?? "");
  if (row !== undefined) row.conversation.updatedAt = NOW - days * DAY_MS;
}

async function call(method: string, path: string, body?: object) {
  const init = body === undefined ? { method } : sending(method, body);
  const response = await controller.fetch(path, init);
  // biome-ignore lint/suspicious/noExplicitAny: whatever the route answers
  return { status: response.status, answer: (await response.json()) as any };
}

const dryRun = (body: object) => call("POST", "/api/v1/prune/dry-run", body);
const execute = (...names: string[]) =>
  call("POST", "/api/v1/prune/execute", { conversation_ids: names.map((name) => ids[name]) });
const statusOf = (name: string) => controller.store.rows.get(ids[name] ?? "")?.conversation.status;
const labelsOf = (answer: { suggestions: { label: string }[] }) =>
  answer.suggestions.map(({ label }) => label);

describe("suggestions", () => {
  test("hold to both thresholds, longest untouched first, and never name what is pinned [req:pruning.suggestions]", async () => {
    const { status, answer } = await dryRun({});
    expect(status).toBe(200);
    expect(labelsOf(answer)).toEqual(["older", "old"]);
    expect(answer).toMatchObject({ total: 2, threshold_days: 30, importance_threshold: 5 });
    expect(labelsOf((await dryRun({ threshold_days: 61 })).answer)).toEqual(["older"]);
    expect(labelsOf((await dryRun({ importance_threshold: 4 })).answer)).toEqual(["old"]);
    expect(labelsOf((await dryRun({ folder: "/older" })).answer)).toEqual(["older"]);
  });

  test("count the tokens of all messages and say why [req:pruning.suggestions]", async () => {
    const { answer } = await dryRun({ limit: 1 });
    expect(answer).toMatchObject({ total: 2, estimated_token_savings: 20 });
    expect(answer.suggestions[0]).toMatchObject({
      conversation_id: ids.older,
      conversation_label: "older",
      age_days: 90,
      message_count: 2,
      token_estimate: 20,
      recommendation: "archive",
      reason: "Not changed for 90 days, importance 5 of 10, not pinned.",
      preview: expect.stringMatching(/^older x+$/),
    });
  });

  test("change nothing, and come by GET as well", async () => {
    const { answer } = await call("GET", "/api/v1/prune/suggestions?threshold_days=61");
    expect(labelsOf(answer)).toEqual(["older"]);
    expect(statusOf("older")).toBe("active");
  });

  test.each([{ threshold_days: -1 }, { importance_threshold: 11 }, { limit: 0 }])(
    "refuse %j",
    async (body) => expect((await dryRun(body)).status).toBe(422),
  );
});

describe("pruning", () => {
  test("archives what is named and undoes it [req:pruning.undo]", async () => {
    const { answer } = await execute("old", "older");
    expect(answer).toMatchObject({
      action: "archive",
      archived: [ids.old, ids.older],
      deleted: [],
    });
    expect([statusOf("old"), statusOf("older")]).toEqual(["archived", "archived"]);
    const undone = await call("POST", "/api/v1/prune/undo", { run_id: answer.run_id });
    expect(undone.answer).toMatchObject({ run_id: answer.run_id, restored: [ids.old, ids.older] });
    expect([statusOf("old"), statusOf("older")]).toEqual(["active", "active"]);
    const again = await call("POST", "/api/v1/prune/undo", { run_id: answer.run_id });
    expect([again.status, again.answer.error]).toEqual([409, "This run was undone already."]);
  });

  test("undoes the newest run that can be undone when none is named [req:pruning.undo]", async () => {
    await execute("old");
    await execute("older");
    expect((await call("POST", "/api/v1/prune/undo")).answer.restored).toEqual([ids.older]);
    expect((await call("POST", "/api/v1/prune/undo", {})).answer.restored).toEqual([ids.old]);
    expect((await call("POST", "/api/v1/prune/undo")).status).toBe(404);
  });

  test("leaves what is pinned, and says so [req:pruning.pinned]", async () => {
    for (const action of ["archive", "delete"]) {
      const body = { conversation_ids: [ids.pinned], action };
      const { answer } = await call("POST", "/api/v1/prune/execute", body);
      expect(answer).toMatchObject({ run_id: null, archived: [], deleted: [] });
      expect(answer.skipped[0].reason).toContain("pinned");
    }
    expect(statusOf("pinned")).toBe("active");
  });

  test("erases only when delete is asked for, and that cannot be undone [req:pruning.delete]", async () => {
    const body = { conversation_ids: [ids.old], action: "delete" };
    const { answer } = await call("POST", "/api/v1/prune/execute", body);
    expect(answer.deleted).toEqual([ids.old]);
    expect(controller.store.rows.has(ids.old ?? "")).toBe(false);
    const undo = await call("POST", "/api/v1/prune/undo", { run_id: answer.run_id });
    expect(undo.status).toBe(409);
    expect(undo.answer.error).toContain("erased");
  });

  test("changes nothing when one id is unknown, and names it", async () => {
    const body = { conversation_ids: [ids.old, UNKNOWN] };
    const { status, answer } = await call("POST", "/api/v1/prune/execute", body);
    expect(status).toBe(404);
    expect(answer.error).toContain(UNKNOWN);
    expect(statusOf("old")).toBe("active");
  });

  test("passes over what was deleted or made active since [req:pruning.undo]", async () => {
    await execute("old", "older");
    await call("DELETE", `/api/v1/conversations/${ids.old}`);
    await call("PUT", `/api/v1/conversations/${ids.older}/unarchive`);
    const { answer } = await call("POST", "/api/v1/prune/undo");
    expect(answer.restored).toEqual([]);
    expect(answer.skipped).toEqual([
      { conversation_id: ids.old, reason: "It was deleted since." },
      { conversation_id: ids.older, reason: "It was active already." },
    ]);
  });

  test("keeps a log without words of the conversations [req:pruning.log]", async () => {
    const { answer } = await execute("old");
    const { answer: log } = await call("GET", "/api/v1/prune/runs");
    expect(log.runs).toEqual([
      {
        run_id: answer.run_id,
        action: "archive",
        conversation_ids: [ids.old],
        at: new Date(NOW).toISOString(),
        undone_at: null,
      },
    ]);
  });
});

test("a run cut short is closed after a restart, and can be undone [req:pruning.undo]", async () => {
  const { services } = controller;
  const { answer } = await execute("old");
  const job = await services.jobs.get("local", answer.run_id);
  const unfinished = async () => [{ owner: "local", job: { ...job, state: "running" as const } }];
  const interrupted = { ...services.jobs, unfinished };
  const { Pruning } = await import("../../core/pruning/pruning.ts");
  const counter = { count: async () => 1 };
  const pruning = new Pruning({ ...services, jobs: interrupted, counter });
  await pruning.closeOrphans(() => true);
  expect(await services.jobs.get("local", answer.run_id)).toMatchObject({
    state: "failed",
    error: "Sekha was stopped during this pruning. Run it again, or undo it.",
  });
  expect((await call("POST", "/api/v1/prune/undo")).answer.restored).toEqual([ids.old]);
});
