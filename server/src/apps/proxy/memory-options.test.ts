import { describe, expect, test } from "vitest";
import { BLOCK, RECALLED } from "./__fixtures__/fake-memory.ts";
import { CHAT_ANSWER, DEFAULTS, fakeProxy } from "./__fixtures__/fake-proxy.ts";
import type { DryLook } from "./services.ts";

const QUESTION = { model: "gpt-4o", messages: [{ role: "user", content: "Where is the key?" }] };
const CHAT = "/v1/chat/completions";

describe("what a request says of memory", () => {
  test("comes in the body and does not go on [req:proxy.request-fields]", async () => {
    const proxy = fakeProxy();
    await proxy.post(CHAT, {
      ...QUESTION,
      conversation_id: "  the chat of Tuesday ",
      folder: "work/keys",
      excluded_folders: ["/diary"],
      preferred_labels: ["Keys"],
      context_budget: 500,
    });
    expect(proxy.memory.asked[0]).toMatchObject({
      owner: "local",
      conversationId: "the chat of Tuesday",
      folder: "/work/keys",
      excludedFolders: ["/private", "/diary"],
      preferredLabels: ["Keys"],
      contextBudget: 500,
      model: "gpt-4o",
      mode: { read: true, write: true },
    });
    expect(proxy.forwarded[0]?.json).toEqual(QUESTION);
  });

  test("comes in headers too, percent-encoded where it must be [req:proxy.request-fields]", async () => {
    const proxy = fakeProxy();
    await proxy.post(CHAT, QUESTION, {
      "X-Sekha-Conversation": "6f1c2b34-9a5d-4e0f-8b7a-1c2d3e4f5a6b",
      "X-Sekha-Folder": "/b%C3%BCro",
      "X-Sekha-Excluded-Folders": "/diary, /health",
      "X-Sekha-Preferred-Labels": "Keys",
      "X-Sekha-Context-Budget": "100",
    });
    expect(proxy.memory.asked[0]).toMatchObject({
      conversationId: "6f1c2b34-9a5d-4e0f-8b7a-1c2d3e4f5a6b",
      folder: "/büro",
      excludedFolders: ["/private", "/diary", "/health"],
      preferredLabels: ["Keys"],
      contextBudget: 100,
    });
  });

  test("is refused in a header as in the body where it is no number [req:proxy.request-fields]", async () => {
    const header = await fakeProxy().post(CHAT, QUESTION, { "X-Sekha-Context-Budget": "lots" });
    const body = await fakeProxy().post(CHAT, { ...QUESTION, context_budget: "lots" });
    const message = "context_budget: must be a number, not text.";
    expect(await header.json()).toMatchObject({ error: { message } });
    expect(await body.json()).toMatchObject({ error: { message } });
  });

  test("is the configuration's where it says nothing", async () => {
    const proxy = fakeProxy();
    await proxy.post(CHAT, QUESTION);
    expect(proxy.memory.asked[0]).toMatchObject({
      conversationId: null,
      folder: "/auto-captured",
      excludedFolders: ["/private"],
      preferredLabels: ["Home"],
      contextBudget: 2000,
    });
  });

  test.each([
    ["on", { read: true, write: true }],
    ["read", { read: true, write: false }],
    ["write", { read: false, write: true }],
  ])("X-Sekha-Memory: %s [req:proxy.memory-mode]", async (mode, expected) => {
    const proxy = fakeProxy();
    await proxy.post(CHAT, QUESTION, { "X-Sekha-Memory": mode });
    expect(proxy.memory.asked[0]?.mode).toEqual(expected);
  });

  test("X-Sekha-Memory: off recalls nothing; memory is told, so that it never keeps these turns [req:proxy.memory-mode]", async () => {
    const proxy = fakeProxy();
    proxy.memory.block = BLOCK;
    const response = await proxy.post(CHAT, QUESTION, { "X-Sekha-Memory": "off" });
    expect(await response.json()).toMatchObject({
      choices: CHAT_ANSWER.choices,
      sekha_metadata: { routing: { provider_id: "p" } },
    });
    expect(proxy.forwarded[0]?.json).toEqual(QUESTION);
    expect(proxy.memory.asked[0]?.mode).toEqual({ read: false, write: false });
  });

  test("a configuration without recall still keeps what is said [req:proxy.memory-mode]", async () => {
    const proxy = fakeProxy({ options: { defaults: { ...DEFAULTS, recall: false } } });
    await proxy.post(CHAT, QUESTION);
    expect(proxy.memory.asked[0]?.mode).toEqual({ read: false, write: true });
  });

  test("a dry look says what would be sent and why; no model is asked, nothing is kept [req:proxy.explain]", async () => {
    const candidates = [{ message_id: "m", reason: "relevant" }];
    const look = async () => ({
      blocks: [{ turn: 0, text: BLOCK }],
      report: RECALLED,
      candidates: candidates as unknown as DryLook["candidates"],
    });
    const proxy = fakeProxy({ services: { look } });
    const response = await proxy.post(CHAT, QUESTION, { "X-Sekha-Explain": "true" });
    expect(await response.json()).toMatchObject({
      object: "sekha.explanation",
      memory: { recall: "used", context_tokens: 21 },
      blocks: [{ turn: 0, text: BLOCK }],
      candidates,
      request: { messages: [{ role: "user", content: `${BLOCK}\n\nWhere is the key?` }] },
    });
    expect(proxy.memory.asked).toEqual([]);
    expect(proxy.forwarded).toEqual([]);
    expect(proxy.memory.captured).toEqual([]);
  });
});
