import { describe, expect, test } from "vitest";
import { fakeProxy } from "./__fixtures__/fake-proxy.ts";

const QUESTION = { model: "gpt-4o", messages: [{ role: "user", content: "Where is the key?" }] };
const CHAT = "/v1/chat/completions";

describe("the bridge", () => {
  test("that cannot be reached is a 502 that says where it should be [req:proxy.bridge-gone]", async () => {
    const proxy = fakeProxy();
    proxy.answer = () => {
      throw new TypeError("fetch failed", { cause: new Error("connect ECONNREFUSED") });
    };
    const response = await proxy.post(CHAT, QUESTION);
    expect(response.status).toBe(502);
    const { detail } = await response.json();
    expect(detail).toMatch(
      /^Bridge error: .*http:\/\/bridge\.test .*\(connect ECONNREFUSED\).*LLM_BRIDGE_URL/,
    );
  });

  test("that gives no answer in time is a 502 that says what to raise [req:proxy.bridge-gone]", async () => {
    const proxy = fakeProxy({ options: { timeoutMs: 20 } });
    proxy.answer = () => new Promise(() => undefined);
    const response = await proxy.post(CHAT, QUESTION);
    expect(response.status).toBe(502);
    expect((await response.json()).detail).toMatch(/LLM_TIMEOUT/);
    expect(proxy.forwarded[0]?.request.signal.aborted).toBe(true);
  });

  test("is left at once when the client leaves before the answer [req:proxy.client-gone]", async () => {
    const proxy = fakeProxy();
    const caller = new AbortController();
    const asked = Promise.withResolvers<void>();
    proxy.answer = ({ signal }) =>
      new Promise((_, reject) => {
        signal.addEventListener("abort", () => reject(new DOMException("gone", "AbortError")));
        asked.resolve();
      });
    const answered = proxy.fetch(CHAT, {
      method: "POST",
      body: JSON.stringify(QUESTION),
      headers: { "Content-Type": "application/json" },
      signal: caller.signal,
    });
    await asked.promise;
    caller.abort();
    await answered;
    expect(proxy.forwarded[0]?.request.signal.aborted).toBe(true);
    expect(proxy.memory.captured).toEqual([]);
  });

  test.each([
    ["GET", "/v1/models"],
    ["GET", "/v1/models/openrouter/some%20model"],
    ["POST", "/v1/embeddings"],
    ["POST", "/v1/messages/count_tokens"],
    ["POST", "/api/generate"],
    ["GET", "/api/tags"],
    ["POST", "/api/show"],
    ["POST", "/api/embed"],
    ["GET", "/api/version"],
  ])("answers %s %s itself [req:proxy.passed-routes]", async (method, path) => {
    const proxy = fakeProxy();
    proxy.answer = () => Response.json({ from: "bridge" });
    const body = method === "GET" ? {} : { body: `{ "input": "x" }` };
    const response = await proxy.fetch(`${path}?a=1`, { method, ...body });
    expect(await response.json()).toEqual({ from: "bridge" });
    expect(proxy.forwarded[0]).toMatchObject({ method, path: `${path}?a=1` });
    expect(proxy.forwarded[0]?.text).toBe(method === "GET" ? "" : `{ "input": "x" }`);
    expect(proxy.memory.asked).toEqual([]);
  });
});
