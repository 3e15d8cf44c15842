import { assembleContextOutput, assembledContext } from "@sekha/sdk/contract";
import { beforeEach, describe, expect, test } from "vitest";
import { type FakeController, fakeController, sending } from "./__fixtures__/fake-services.ts";

const PATH = "/api/v1/context/assemble";

let controller: FakeController;

beforeEach(async () => {
  controller = fakeController();
  const messages = [{ role: "user", content: "the spare key is under the blue pot" }];
  const body = { messages, label: "Keys", folder: "/home" };
  await controller.fetch("/api/v1/conversations", sending("POST", body));
});

async function assemble(body: object, headers: Record<string, string> = {}) {
  const response = await controller.fetch(PATH, sending("POST", body, headers));
  return { status: response.status, body: await response.json() };
}

describe("context assembly", () => {
  test("needs only a query and answers a bare array with citations [req:context.wire]", async () => {
    const { status, body } = await assemble({ query: "spare key" });
    const [message] = assembleContextOutput.parse(body) as object[];
    expect(status).toBe(200);
    expect(message).toMatchObject({
      role: "user",
      content: "the spare key is under the blue pot",
      label: "Keys",
      folder: "/home",
      relevance_score: 0.9,
      metadata: {
        label: "Keys",
        folder: "/home",
        relevance_score: 0.9,
        citation: { label: "Keys", folder: "/home", timestamp: "2026-01-25T20:30:00.000Z" },
      },
    });
  });

  test.each([
    ["asked for", { format: "object" }, {}],
    ["asked to explain", { explain: true }, {}],
    ["the old JavaScript SDK asks", {}, { "User-Agent": "Sekha-JS-SDK/0.2.0" }],
  ])("answers an object when %s [req:context.wire]", async (_, more, headers) => {
    const { body } = await assemble({ query: "spare key", ...more }, headers);
    const answer = assembledContext.strict().parse(body);
    expect(answer).toMatchObject({ conversations_used: 1, degraded: null });
    expect(answer.assembled_context).toContain("[1] user: the spare key is under the blue pot");
    expect(answer.tokens_used).toBe(answer.estimated_tokens);
    expect(answer.citations).toHaveLength(1);
    expect(answer.candidates?.length).toBe("explain" in more ? 1 : undefined);
  });

  test("with a budget of 0 answers nothing", async () => {
    expect((await assemble({ query: "spare key", context_budget: 0 })).body).toEqual([]);
  });

  test("asks for nothing archived and nothing excluded", async () => {
    await assemble({ query: "key", excluded_folders: ["work/"] });
    const filter = { statuses: ["active"], excludedFolders: ["/work"] };
    expect(controller.searches[0]).toMatchObject({ filter, mode: "hybrid" });
  });

  test("whoever waits no longer than a time of its own is no failure of the server", async () => {
    const request = new Request(`http://sekha${PATH}`, sending("POST", { query: "spare key" }));
    const signal = AbortSignal.abort(new DOMException("too late", "TimeoutError"));
    const context = { peerAddress: null, injected: true, owner: "ann", signal };
    const response = await controller.app.fetch(request, context);
    expect(response.status).toBe(400);
  });

  test.each([{}, { query: 7 }, { query: "a", context_budget: -1 }, { query: "a", format: "xml" }])(
    "refuses %j",
    async (body) => {
      expect((await assemble(body)).status).toBe(422);
    },
  );
});
