import { describe, expect, test } from "vitest";
import { type FakeController, fakeController, sending } from "./__fixtures__/fake-services.ts";
import { wrappedInJson } from "./export-text.ts";

async function withTwo(): Promise<FakeController> {
  const controller = fakeController();
  for (const label of ['One "1"', "Two 👋"]) {
    const body = { label, messages: [] };
    await controller.fetch("/api/v1/conversations", sending("POST", body));
  }
  return controller;
}

const labels = (lines: string) =>
  lines
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line).label);

describe("an export", () => {
  test("is JSON Lines to download, or Markdown", async () => {
    const { fetch } = await withTwo();
    const lines = await fetch("/api/v1/export");
    expect(lines.headers.get("content-type")).toBe("application/x-ndjson");
    expect(lines.headers.get("content-disposition")).toBe(
      'attachment; filename="sekha-export-2026-01-25.jsonl"',
    );
    expect(labels(await lines.text())).toEqual(['One "1"', "Two 👋"]);
    const markdown = await fetch("/api/v1/export", sending("POST", { format: "md" }));
    expect(await markdown.text()).toBe('# One "1"\n# Two 👋\n');
  });

  test("is wrapped in JSON for clients that read nothing else", async () => {
    const { fetch } = await withTwo();
    const json = await (await fetch("/api/v1/export?format=json")).json();
    expect(json).toMatchObject({ format: "json", count: 2 });
    expect(JSON.parse(json.content).map((one: { label: string }) => one.label)).toEqual([
      'One "1"',
      "Two 👋",
    ]);
    const headers = { "User-Agent": "Sekha-JS-SDK/1.0.0" };
    const response = await fetch("/api/v1/export?format=markdown&label=Two 👋", { headers });
    const markdown = await response.json();
    expect(markdown).toEqual({ format: "markdown", content: "# Two 👋\n", count: 1 });
    const none = await (await fetch("/api/v1/export?format=json&label=x")).json();
    expect(JSON.parse(none.content)).toEqual([]);
  });

  test("of one conversation is 404 when there is none", async () => {
    const { fetch } = await withTwo();
    for (const id of ["nonsense", "6f1c2b34-9a5d-4e0f-8b7a-1c2d3e4f5a6b"]) {
      expect((await fetch(`/api/v1/export?conversation_id=${id}`)).status).toBe(404);
    }
  });

  test("stops reading when the caller does, and reads no faster than the caller", async () => {
    const read: number[] = [];
    let stopped = false;
    const controller = fakeController();
    const { transfer } = controller.services;
    transfer.exportStream = async function* () {
      try {
        for (let line = 0; line < 1000; line += 1) {
          read.push(line);
          yield `{"line":${line}}\n`;
        }
      } finally {
        stopped = true;
      }
    };
    const response = await controller.fetch("/api/v1/export");
    const reader = response.body?.getReader();
    await reader?.read();
    await reader?.read();
    expect(read.length).toBeLessThan(5);
    await reader?.cancel();
    expect(stopped).toBe(true);
  });

  test("that fails before its first piece is an error, not a broken download", async () => {
    const controller = fakeController();
    // biome-ignore lint/correctness/useYield: it fails before it could.
    controller.services.transfer.exportStream = async function* () {
      throw new Error("disk");
    };
    expect((await controller.fetch("/api/v1/export")).status).toBe(500);
  });

  test("keeps characters whole that were cut between pieces", async () => {
    async function* cut() {
      yield "a\ud83d";
      yield "\udc4b\n";
    }
    let text = "";
    for await (const piece of wrappedInJson(cut(), { format: "markdown", count: 1 })) text += piece;
    expect(JSON.parse(text)).toEqual({ format: "markdown", content: "a👋\n", count: 1 });
    expect(text).toContain("👋");
  });
});

describe("an import", () => {
  test("hands the raw body on and answers the report", async () => {
    const { fetch, uploads } = fakeController();
    const response = await fetch("/api/v1/import?folder=old&filename=c.json", {
      method: "POST",
      body: "[1]",
      headers: { "Content-Type": "application/x-www-form-urlencoded" },
    });
    expect(await response.json()).toMatchObject({ created: 1, refused_total: 0 });
    expect(uploads[0]).toMatchObject({
      owner: "local",
      text: "[1]",
      folder: "/old",
      fileName: "c.json",
      wait: true,
    });
  });

  test("that should not be waited for is 202 with its job", async () => {
    const { fetch } = fakeController();
    const response = await fetch("/api/v1/import?wait=false", { method: "POST", body: "[1]" });
    expect(response.status).toBe(202);
    expect(await response.json()).toHaveProperty("job_id");
  });

  test("of a form or of nothing says how to send the file", async () => {
    const { fetch } = fakeController();
    const form = new FormData();
    form.append("file", new Blob(["x"]));
    const refused = await fetch("/api/v1/import", { method: "POST", body: form });
    expect(await refused.json()).toMatchObject({
      code: 415,
      error: expect.stringContaining("curl --data-binary @FILE"),
    });
    expect((await fetch("/api/v1/import", { method: "POST" })).status).toBe(400);
  });
});

test("a backup is a download of known size", async () => {
  const { fetch } = fakeController();
  const response = await fetch("/api/v1/backup", { method: "POST" });
  expect(response.headers.get("content-length")).toBe("6");
  expect(response.headers.get("content-type")).toBe("application/vnd.sqlite3");
  expect(await response.text()).toBe("backup");
});

test("a configuration is checked as text, and refused when it is none", async () => {
  const { fetch } = fakeController();
  const check = (body: BodyInit) => fetch("/api/v1/config/validate", { method: "POST", body });
  expect(await (await check("port: 1")).json()).toMatchObject({ valid: true });
  expect((await check(new Uint8Array([0xff]))).status).toBe(400);
  expect((await check("x".repeat(1_100_000))).status).toBe(413);
});
