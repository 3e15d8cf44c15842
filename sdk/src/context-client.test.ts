import { expect, test } from "vitest";
import { SekhaClient } from "./index.ts";

function clientAnswering(answer: unknown) {
  const sent: { path: string; body: unknown }[] = [];
  const client = new SekhaClient({
    controllerURL: "http://127.0.0.1:1",
    fetch: async (request) => {
      sent.push({ path: new URL(request.url).pathname, body: await request.json() });
      return Response.json(answer);
    },
  });
  return { client, sent };
}

test("context.assemble asks for an object and needs only a query [req:context.sdk]", async () => {
  const answer = { messages: [], assembled_context: "", tokens_used: 0 };
  const { client, sent } = clientAnswering(answer);
  expect(await client.context.assemble({ query: "spare key" })).toEqual(answer);
  expect(sent).toEqual([
    { path: "/api/v1/context/assemble", body: { query: "spare key", format: "object" } },
  ]);
});

test("context.assemble says so when a server answers a list all the same", async () => {
  const { client } = clientAnswering([]);
  await expect(client.context.assemble({ query: "key" })).rejects.toThrow(/a list/);
});
