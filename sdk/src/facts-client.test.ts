import { expect, test } from "vitest";
import { SekhaClient } from "./index.ts";

test("client.facts lists, filtered and in pages [req:facts.list]", async () => {
  const sent: string[] = [];
  const client = new SekhaClient({
    controllerURL: "http://127.0.0.1:1",
    fetch: async (request) => {
      const { pathname, search } = new URL(request.url);
      sent.push(`${request.method} ${pathname}${search}`);
      return Response.json({ facts: [], total: 0, page: 1, page_size: 50 });
    },
  });
  expect((await client.facts.list()).facts).toEqual([]);
  await client.facts.list({ subject: "Ann's bike", limit: 5, offset: 10 });
  expect(sent).toEqual([
    "GET /api/v1/facts",
    "GET /api/v1/facts?subject=Ann%27s+bike&limit=5&offset=10",
  ]);
});
