import { describe, expect, test } from "vitest";
import { BLOCK, NOTHING_RECALLED } from "./__fixtures__/fake-memory.ts";
import { byteAnswer, CHAT_ANSWER, fakeProxy, streamAnswer } from "./__fixtures__/fake-proxy.ts";

const QUESTION = { model: "gpt-4o", messages: [{ role: "user", content: "Where is the key?" }] };
const CHAT = "/v1/chat/completions";

/** A streamed chat answer as the bridge writes it. */
const CHUNKS = [
  `data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"role":"assistant","content":"Under "}}],"sekha_metadata":{"routing":{"provider_id":"p"}}}\n\n`,
  `data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"content":"the mat."},"finish_reason":"stop"}]}\n\n`,
];
const DONE = ": x-sekha-cost 0\n\ndata: [DONE]\n\n";

function events(text: string) {
  return text
    .split("\n\n")
    .filter((event) => event.startsWith("data: {"))
    .map((event) => JSON.parse(event.slice(6)));
}

describe("an answer", () => {
  test("says what memory did, beside the bridge's routing [req:proxy.metadata]", async () => {
    const proxy = fakeProxy();
    proxy.memory.block = BLOCK;
    const response = await proxy.post(CHAT, QUESTION);
    const body = await response.json();
    expect(body.sekha_metadata).toEqual({
      routing: CHAT_ANSWER.sekha_metadata.routing,
      context_used: [
        {
          label: "Schlüssel",
          folder: "/home",
          timestamp: "2026-01-25T20:30:00Z",
          conversation_id: "11111111-9a5d-4e0f-8b7a-1c2d3e4f5a6b",
          message_id: "22222222-9a5d-4e0f-8b7a-1c2d3e4f5a6b",
        },
      ],
      context_count: 1,
      memory: {
        recall: "used",
        conversation_id: NOTHING_RECALLED.conversationId,
        context_tokens: 21,
        rebuilt: false,
        took_ms: 1,
        note: null,
      },
    });
  });

  test("keeps the provider's own text, numbers included", async () => {
    const proxy = fakeProxy();
    const text = `{ "big": 12345678901234567890, "choices":[] , "sekha_metadata":{"routing":{}}}`;
    proxy.answer = () =>
      new Response(text, {
        headers: { "Content-Type": "application/json", "Content-Length": "1" },
      });
    const response = await proxy.post(CHAT, QUESTION);
    const answered = await response.text();
    expect(answered).toContain(`{ "big": 12345678901234567890, "choices":[] ,`);
    expect(response.headers.get("content-length")).toBe(String(answered.length));
  });

  test("is kept when it is whole [req:proxy.capture-after]", async () => {
    const proxy = fakeProxy();
    await proxy.post(CHAT, QUESTION);
    expect(proxy.memory.captured).toMatchObject([
      { complete: true, model: "gpt-4o", turns: [{ role: "assistant", text: "Under the mat." }] },
    ]);
  });

  test("streams through, with the metadata before the end mark, and is kept [req:proxy.metadata] [req:proxy.capture-after]", async () => {
    const proxy = fakeProxy();
    proxy.memory.block = BLOCK;
    proxy.answer = () => streamAnswer([...CHUNKS, DONE]);
    const response = await proxy.post(CHAT, { ...QUESTION, stream: true });
    const text = await response.text();
    expect(text.startsWith(CHUNKS.join(""))).toBe(true);
    expect(text.endsWith("data: [DONE]\n\n")).toBe(true);
    const last = events(text).at(-1);
    expect(last).toMatchObject({
      id: "c",
      model: "m",
      choices: [{ index: 0, delta: {}, finish_reason: null }],
      sekha_metadata: { routing: { provider_id: "p" }, context_count: 1 },
    });
    expect(proxy.memory.captured).toMatchObject([
      { complete: true, model: "m", turns: [{ text: "Under the mat." }] },
    ]);
    const header = response.headers.get("x-sekha-metadata") ?? "";
    expect(header).toMatch(/^[\x20-\x7e]+$/);
    expect(JSON.parse(header).context_used[0].label).toBe("Schlüssel");
  });

  test("does not end before what it says is safe on disk [req:proxy.capture-after]", async () => {
    const proxy = fakeProxy();
    const disk = Promise.withResolvers<void>();
    proxy.memory.disk = disk.promise;
    proxy.answer = () => streamAnswer([...CHUNKS, DONE]);
    const streaming = await proxy.post(CHAT, { ...QUESTION, stream: true });
    const reader = (streaming.body as ReadableStream<Uint8Array>).getReader();
    for (const chunk of CHUNKS) {
      expect(Buffer.from((await reader.read()).value ?? []).toString()).toBe(chunk);
    }
    let isOver = false;
    const end = reader.read().then(() => {
      isOver = true;
    });
    const other = fakeProxy();
    other.memory.disk = disk.promise;
    const whole = other.post(CHAT, QUESTION).then(() => {
      isOver = true;
    });
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(isOver).toBe(false);
    disk.resolve();
    await Promise.all([end, whole]);
  });

  test("ends after a second where the disk hangs", async () => {
    const proxy = fakeProxy();
    proxy.memory.disk = Promise.withResolvers<void>().promise;
    expect((await proxy.post(CHAT, QUESTION)).status).toBe(200);
  });

  test("tells with the usage where that was asked for, so that it stays the last event [req:proxy.metadata]", async () => {
    const proxy = fakeProxy();
    const usage = `data: {"id":"c","choices":[],"usage":{"total_tokens":3},"sekha_metadata":{"cost":0}}\n\n`;
    proxy.answer = () => streamAnswer([...CHUNKS, usage + DONE]);
    const response = await proxy.post(CHAT, { ...QUESTION, stream: true });
    const last = events(await response.text()).at(-1);
    expect(last).toMatchObject({
      choices: [],
      usage: { total_tokens: 3 },
      sekha_metadata: { cost: 0, memory: { recall: "none" }, routing: { provider_id: "p" } },
    });
  });

  test("may be cut anywhere between bridge and proxy", async () => {
    const proxy = fakeProxy();
    const bytes = new TextEncoder().encode([...CHUNKS, DONE].join(""));
    proxy.answer = () => byteAnswer([...bytes].map((byte) => Uint8Array.of(byte)));
    const text = await (await proxy.post(CHAT, { ...QUESTION, stream: true })).text();
    expect(text.startsWith(CHUNKS.join(""))).toBe(true);
    expect(proxy.memory.captured[0]).toMatchObject({ complete: true });
  });

  test("that breaks off is passed on as it came, without an end, and kept as incomplete [req:proxy.capture-partial]", async () => {
    const proxy = fakeProxy();
    const failure = `data: {"error":{"message":"cut"}}\n\n`;
    proxy.answer = () => streamAnswer([CHUNKS[0] ?? "", failure]);
    const text = await (await proxy.post(CHAT, { ...QUESTION, stream: true })).text();
    expect(text).toBe(CHUNKS[0] + failure);
    expect(proxy.memory.captured).toMatchObject([{ complete: false, turns: [{ text: "Under " }] }]);
  });

  test("that nobody reads any more ends the bridge's work, and what arrived is kept [req:proxy.capture-partial] [req:proxy.client-gone]", async () => {
    const proxy = fakeProxy();
    let isCancelled = false;
    proxy.answer = () =>
      new Response(
        new ReadableStream({
          start: (controller) => controller.enqueue(new TextEncoder().encode(CHUNKS[0])),
          cancel: () => {
            isCancelled = true;
          },
        }),
        { headers: { "Content-Type": "text/event-stream" } },
      );
    const response = await proxy.post(CHAT, { ...QUESTION, stream: true });
    const reader = response.body?.getReader();
    await reader?.read();
    await reader?.cancel();
    expect(isCancelled).toBe(true);
    expect(proxy.memory.captured).toMatchObject([{ complete: false, turns: [{ text: "Under " }] }]);
  });
});
