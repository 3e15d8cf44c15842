import { expect, test } from "vitest";
import { SekhaApiError, SekhaClient } from "./index.ts";

/** A client whose requests are answered here, and what it asked. */
function clientWith(answer: (request: Request) => Response | Promise<Response>) {
  const asked: { method: string; url: string; key: string | null; text: string }[] = [];
  const client = new SekhaClient({
    controllerURL: "http://memory.example",
    bridgeURL: "http://models.example:5001/",
    apiKey: "test-key",
    retries: 1,
    timing: { sleep: async () => undefined },
    fetch: async (request) => {
      const { method, url, headers } = request;
      const text = await request.clone().text();
      asked.push({ method, url, key: headers.get("authorization"), text });
      return answer(request);
    },
  });
  return { client, asked };
}

test("calls of the bridge go to its own address, with the key [req:bridge.sdk-client]", async () => {
  const { client, asked } = clientWith(() => Response.json({}));
  await client.bridge.models();
  await client.bridge.providersHealth();
  await client.bridge.route({ task: "chat_smart", dry_run: true });
  await client.bridge.testProvider({ provider_id: "openai", test_task: "embedding" });
  await client.bridge.resetProvider("my ollama");
  await client.bridge.costs({ by: "day", since: "2026-11-01" });
  expect(asked.map(({ method, url }) => `${method} ${url}`)).toEqual([
    "GET http://models.example:5001/api/v1/models",
    "GET http://models.example:5001/api/v1/health/providers",
    "POST http://models.example:5001/api/v1/route",
    "POST http://models.example:5001/api/v1/test-provider",
    "POST http://models.example:5001/api/v1/providers/my%20ollama/reset",
    "GET http://models.example:5001/api/v1/costs?by=day&since=2026-11-01",
  ]);
  expect(new Set(asked.map(({ key }) => key))).toEqual(new Set(["Bearer test-key"]));
  expect(JSON.parse(asked[3]?.text ?? "")).toEqual({
    provider_id: "openai",
    test_task: "embedding",
  });
});

test("a client without the bridge's address says what it needs", () => {
  const client = new SekhaClient({ controllerURL: "http://memory.example" });
  expect(() => client.bridge).toThrow("bridgeURL");
  const wrong = { controllerURL: "http://memory.example", bridgeURL: "models.example" };
  expect(() => new SekhaClient(wrong)).toThrow('"models.example"');
});

test.each([
  [
    { detail: "There is no provider 'x'.", type: "not_found", request_id: "r-1" },
    { message: "There is no provider 'x'.", code: "not_found", requestId: "r-1" },
  ],
  [
    { detail: [{ loc: ["query", "since"], msg: "must be a day", type: "value_error" }] },
    {
      message: "The request is not valid.",
      details: [{ path: "since", message: "must be a day" }],
    },
  ],
  [{ detail: 7 }, { message: expect.stringContaining("answered 422"), code: "unknown" }],
])("the bridge's error %j is read as its controller's are", async (body, expected) => {
  const { client } = clientWith(() => Response.json(body, { status: 422 }));
  const error = await client.bridge.costs().catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(SekhaApiError);
  expect(error).toMatchObject(expected);
});

test("a call that may cost money is never repeated", async () => {
  const busy = () => Response.json({ detail: "Busy." }, { status: 503 });
  const { client, asked } = clientWith(busy);
  await expect(client.bridge.testProvider({ provider_id: "openai" })).rejects.toThrow("Busy.");
  expect(asked).toHaveLength(1);
  await expect(client.bridge.costs()).rejects.toThrow("Busy.");
  expect(asked).toHaveLength(3);
});
