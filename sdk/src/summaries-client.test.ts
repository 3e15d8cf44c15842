import { expect, test } from "vitest";
import { SekhaClient } from "./index.ts";

test("client.summaries makes and lists [req:summaries.routes]", async () => {
  const sent: unknown[] = [];
  const client = new SekhaClient({
    controllerURL: "http://127.0.0.1:1",
    fetch: async (request) => {
      const { pathname, search } = new URL(request.url);
      const text = await request.text();
      sent.push([request.method, pathname + search, text === "" ? null : JSON.parse(text)]);
      return Response.json({});
    },
  });
  const id = "6f1c2b34-9a5d-4e0f-8b7a-1c2d3e4f5a6b";
  await client.summaries.create(id);
  await client.summaries.create(id, { level: "monthly", timeout: 1000 });
  await client.summaries.list({ level: "daily", from: "2026-05-04" });
  await client.summaries.list();
  expect(sent).toEqual([
    ["POST", "/api/v1/summarize", { conversation_id: id, level: "daily" }],
    ["POST", "/api/v1/summarize", { conversation_id: id, level: "monthly" }],
    ["GET", "/api/v1/summaries?level=daily&from=2026-05-04", null],
    ["GET", "/api/v1/summaries", null],
  ]);
});
