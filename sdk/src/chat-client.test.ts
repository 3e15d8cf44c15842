import { describe, expect, test } from "vitest";
import { SekhaApiError, SekhaClient, SekhaConnectionError } from "./index.ts";

const CHUNK = {
  id: "c",
  model: "m",
  choices: [{ index: 0, delta: { content: "Hel" }, finish_reason: null }],
};
const event = (value: unknown) =>
  `data: ${typeof value === "string" ? value : JSON.stringify(value)}\n\n`;

/** A bridge that answers with these pieces of text, as they stand. */
function bridgeAnswering(pieces: string[], headers: Record<string, string> = {}) {
  const requests: Request[] = [];
  const client = new SekhaClient({
    controllerURL: "http://localhost:8080",
    bridgeURL: "http://localhost:5001",
    proxyURL: "http://localhost:8081",
    fetch: async (request) => {
      requests.push(request);
      const encoder = new TextEncoder();
      const stream = new ReadableStream<Uint8Array>({
        start: (controller) => {
          for (const piece of pieces) controller.enqueue(encoder.encode(piece));
          controller.close();
        },
      });
      return new Response(stream, { headers });
    },
  });
  return { client, requests };
}

async function all<T>(iterable: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const one of iterable) found.push(one);
  return found;
}

const asked = { messages: [{ role: "user" as const, content: "Hello" }] };

describe("a streamed answer [req:sdk.stream]", () => {
  test("comes in pieces however the bytes are cut", async () => {
    const text = `: comment\r\n\r\n${event(CHUNK)}${event({ ...CHUNK, choices: [{ index: 0, delta: { content: "lo ✓" }, finish_reason: "stop" }] })}${event("[DONE]")}`;
    const bytes = [...text];
    const { client, requests } = bridgeAnswering(bytes);
    expect(await all(client.bridge.streamText(asked))).toEqual(["Hel", "lo ✓"]);
    expect(requests[0]?.url).toBe("http://localhost:5001/v1/chat/completions");
    expect(await requests[0]?.json()).toEqual({ ...asked, stream: true });
  });

  test("ends in an error when it is cut, after what came", async () => {
    const { client } = bridgeAnswering([event(CHUNK)]);
    const pieces: string[] = [];
    const reading = (async () => {
      for await (const piece of client.proxy.streamText(asked)) pieces.push(piece);
    })();
    await expect(reading).rejects.toThrow(SekhaConnectionError);
    expect(pieces).toEqual(["Hel"]);
  });

  test("ends in the server's error when it reports one", async () => {
    const error = {
      message: "The provider broke off.",
      type: "upstream_error",
      code: "provider_failed",
    };
    const { client } = bridgeAnswering([event(CHUNK), event({ error })], { "X-Request-Id": "r1" });
    const failure = await all(client.bridge.stream(asked)).catch((reason: unknown) => reason);
    expect(failure).toBeInstanceOf(SekhaApiError);
    expect(failure).toMatchObject({
      message: "The provider broke off.",
      code: "provider_failed",
      requestId: "r1",
    });
  });
});

test("a whole answer is asked for without streaming", async () => {
  const answer = {
    id: "c",
    choices: [{ index: 0, message: { role: "assistant", content: "Hi" } }],
  };
  const { client, requests } = bridgeAnswering([JSON.stringify(answer)]);
  expect((await client.bridge.chat(asked)).choices[0]?.message.content).toBe("Hi");
  expect(await requests[0]?.json()).toEqual({ ...asked, stream: false });
});

test("vectors come in the order of the texts", async () => {
  const data = [1, 0].map((index) => ({ object: "embedding", index, embedding: [index] }));
  const { client, requests } = bridgeAnswering([JSON.stringify({ data })]);
  expect(await client.bridge.embed(["a", "b"], { model: "m" })).toEqual([[0], [1]]);
  expect(await requests[0]?.json()).toMatchObject({ input: ["a", "b"], model: "m" });
});
