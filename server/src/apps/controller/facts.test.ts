import { expect, test } from "vitest";
import type { FactFilter } from "../../core/ports/fact-store.ts";
import { fakeController } from "./__fixtures__/fake-services.ts";

const ID = "6f1c2b34-9a5d-4e0f-8b7a-1c2d3e4f5a6b";

test("facts are listed with the messages that say them, filtered and paged [req:facts.list]", async () => {
  const asked: object[] = [];
  const list = async (owner: string, filter: FactFilter, page: object) => {
    asked.push({ owner, filter, page });
    const fact = { subject: "user", attribute: "rent", value: "950", model: "m" };
    return { items: [{ ...fact, messageId: "m1", conversationId: ID, saidAt: 0 }], total: 41 };
  };
  const { fetch } = fakeController({ services: { facts: { list } } });
  const query = `subject=The+user&conversation_id=${ID}&page=3&page_size=20`;
  const response = await fetch(`/api/v1/facts?${query}`);
  expect(await response.json()).toEqual({
    facts: [
      {
        ...{ subject: "user", attribute: "rent", value: "950", model: "m" },
        ...{ message_id: "m1", conversation_id: ID, said_at: "1970-01-01T00:00:00.000Z" },
      },
    ],
    ...{ total: 41, page: 3, page_size: 20 },
  });
  await fetch("/api/v1/facts");
  expect(asked).toEqual([
    {
      owner: "local",
      filter: { subject: "The user", conversationId: ID },
      page: { limit: 20, offset: 40 },
    },
    { owner: "local", filter: {}, page: { limit: 50, offset: 0 } },
  ]);
});

test.each(["conversation_id=x", "limit=0", `subject=${"s".repeat(201)}`])(
  "facts with %s are refused, and it is said why [req:facts.list]",
  async (query) => {
    const response = await fakeController().fetch(`/api/v1/facts?${query}`);
    expect(response.status).toBeGreaterThanOrEqual(400);
    expect(response.status).toBeLessThan(500);
    expect(JSON.stringify(await response.json())).toContain(query.split("=")[0]);
  },
);
