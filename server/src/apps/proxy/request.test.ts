import { describe, expect, test } from "vitest";
import { BLOCK } from "./__fixtures__/fake-memory.ts";
import { DEFAULTS, fakeProxy } from "./__fixtures__/fake-proxy.ts";

const QUESTION = { model: "gpt-4o", messages: [{ role: "user", content: "Where is the key?" }] };
const CHAT = "/v1/chat/completions";

describe("a request", () => {
  test("goes on byte by byte where nothing is recalled [req:proxy.untouched]", async () => {
    const proxy = fakeProxy();
    const text = `{ "model":"gpt-4o","temperature":0, "seed":12345678901234567890,\n"messages":[{"role":"user","content":"Hi"}],"tools":[],"unknown":{"a":1.0}}`;
    await proxy.post(CHAT, text);
    expect(proxy.forwarded[0]?.text).toBe(text);
  });

  test("gets memory before what the user says, and nothing else changes [req:proxy.block-beside-turn] [req:proxy.untouched]", async () => {
    const proxy = fakeProxy();
    proxy.memory.block = BLOCK;
    const messages = [
      { role: "system", content: "Be brief." },
      { role: "user", content: "Hi" },
      { role: "assistant", content: "Hello." },
      { role: "user", content: "Where is the key?" },
    ];
    const tools = [{ type: "function", function: { name: "look", parameters: {} } }];
    await proxy.post(CHAT, { ...QUESTION, messages, tools, temperature: 0 });
    expect(proxy.forwarded[0]?.json).toEqual({
      model: "gpt-4o",
      messages: [
        ...messages.slice(0, 3),
        { role: "user", content: `${BLOCK}\n\nWhere is the key?` },
      ],
      tools,
      temperature: 0,
    });
  });

  test("never takes the client's key along, and no other header than the bridge knows [req:proxy.key-stays]", async () => {
    const proxy = fakeProxy();
    await proxy.post(CHAT, QUESTION, {
      Authorization: "Bearer sk-sekha-of-the-client",
      "X-API-Key": "another",
      Cookie: "c=1",
      "X-Sekha-Owner": "somebody",
      "X-Sekha-Task": "chat_small",
    });
    const names = [...(proxy.forwarded[0]?.headers.keys() ?? [])].sort();
    expect(names).toEqual(["content-length", "content-type", "x-request-id", "x-sekha-task"]);
  });

  test("may name no model: the preferred one is asked for, and the one for images with images [req:proxy.preferred-models]", async () => {
    const proxy = fakeProxy();
    const defaults = { chatModel: "small", visionModel: "sees" };
    const preferring = fakeProxy({ options: { defaults: { ...DEFAULTS, ...defaults } } });
    const { model: _model, ...nameless } = QUESTION;
    await preferring.post(CHAT, nameless);
    await preferring.post(CHAT, { ...nameless, model: "named" });
    const image = { type: "image_url", image_url: { url: "data:image/png;base64,AA==" } };
    await preferring.post(CHAT, { messages: [{ role: "user", content: [image] }] });
    expect(preferring.forwarded.map(({ json }) => json.model)).toEqual(["small", "named", "sees"]);
    await proxy.post(CHAT, nameless);
    expect(proxy.forwarded[0]?.json).toEqual(nameless);
  });

  test("looks for images in what the client sent alone [req:proxy.images-of-client]", async () => {
    const defaults = { ...DEFAULTS, chatModel: "small", visionModel: "sees" };
    const proxy = fakeProxy({ options: { defaults } });
    proxy.memory.block = "![a key](https://pictures.test/key.png) data:image/png;base64,AA==";
    const { model: _model, ...nameless } = QUESTION;
    const answer = await (await proxy.post(CHAT, nameless)).json();
    expect(proxy.forwarded[0]?.json.model).toBe("small");
    expect(typeof proxy.forwarded[0]?.json.messages[0].content).toBe("string");
    expect(answer.sekha_metadata.vision).toBeUndefined();
  });

  test("without messages is refused as version 1 did [req:proxy.errors]", async () => {
    const proxy = fakeProxy();
    for (const body of [{ model: "m" }, { model: "m", messages: [] }]) {
      const response = await proxy.post(CHAT, body);
      expect(response.status).toBe(400);
      expect(await response.json()).toMatchObject({
        error: { message: "No messages provided", type: "invalid_request_error", param: null },
        detail: "No messages provided",
      });
    }
    expect(proxy.forwarded).toEqual([]);
  });

  test.each([
    [CHAT, { detail: expect.any(String), error: { type: "invalid_request_error" } }],
    ["/v1/messages", { type: "error", error: { type: "invalid_request_error" } }],
    ["/api/chat", { error: expect.stringMatching(/not valid JSON/) }],
  ])(
    "that is no JSON is refused at %s in its protocol's words [req:proxy.errors]",
    async (path, body) => {
      const response = await fakeProxy().post(path, "{");
      expect(response.status).toBe(400);
      expect(await response.json()).toMatchObject(body);
    },
  );

  test("is refused when a wish for memory is none, with its place [req:proxy.errors]", async () => {
    const proxy = fakeProxy();
    const wrong = await proxy.post(CHAT, { ...QUESTION, context_budget: "much" });
    expect(wrong.status).toBe(422);
    expect(await wrong.json()).toMatchObject({ error: { param: "context_budget" } });
    const mode = await proxy.post(CHAT, QUESTION, { "X-Sekha-Memory": "maybe" });
    expect(mode.status).toBe(400);
  });

  test("that the bridge refuses gets the bridge's words, and nothing is kept [req:proxy.errors]", async () => {
    const proxy = fakeProxy();
    const body = { error: { message: "no", type: "server_error", param: null, code: "x" } };
    proxy.answer = () => Response.json(body, { status: 503, headers: { "Retry-After": "7" } });
    const response = await proxy.post(CHAT, QUESTION);
    expect([response.status, response.headers.get("retry-after")]).toEqual([503, "7"]);
    expect(await response.json()).toEqual(body);
    expect(proxy.memory.captured).toEqual([]);
  });
});
