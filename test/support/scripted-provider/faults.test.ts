import { once } from "node:events";
import { connect } from "node:net";
import Anthropic from "@anthropic-ai/sdk";
import { Ollama } from "ollama";
import OpenAI from "openai";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Fault } from "./fault.ts";
import { type ScriptedProvider, startScriptedProvider } from "./scripted-provider.ts";

const TOKENS = Array.from({ length: 60 }, (_, at) => ` word${at + 1}`);
const question = { model: "chat", messages: [{ role: "user" as const, content: "Hi" }] };

let provider: ScriptedProvider;
let openai: OpenAI;
let anthropic: Anthropic;
let ollama: Ollama;

beforeAll(async () => {
  provider = await startScriptedProvider({ tokens: TOKENS });
  openai = new OpenAI({ apiKey: "test-key", maxRetries: 0, baseURL: `${provider.origin}/v1` });
  anthropic = new Anthropic({ apiKey: "test-key", maxRetries: 0, baseURL: provider.origin });
  ollama = new Ollama({ host: provider.origin });
});

afterAll(() => provider.stop());
beforeEach(() => provider.clear());

function post(path: string, body: unknown, signal: AbortSignal | null = null) {
  return fetch(`${provider.origin}${path}`, {
    method: "POST",
    headers: { "anthropic-version": "2023-06-01" },
    body: JSON.stringify(body),
    signal,
  });
}

const ask = (body: object = {}) => post("/v1/chat/completions", { ...question, ...body });

describe("errors", () => {
  it("says Retry-After in seconds, as a date or in milliseconds", async () => {
    provider.script([
      { kind: "rate_limited", retryAfter: { form: "seconds", ms: 2000 } },
      { kind: "rate_limited", retryAfter: { form: "date", ms: 60_000 } },
      { kind: "rate_limited", retryAfter: { form: "ms", ms: 40 } },
    ]);
    const seconds = await ask();
    expect(seconds.status).toBe(429);
    expect(seconds.headers.get("retry-after")).toBe("2");
    const date = (await ask()).headers.get("retry-after") ?? "";
    expect(Date.parse(date)).toBeGreaterThan(Date.now());
    expect((await ask()).headers.get("retry-after-ms")).toBe("40");
    expect((await ask()).status).toBe(200);
  });

  const statuses: [Fault, openAi: number, claude: number, local: number][] = [
    [{ kind: "server_error" }, 500, 500, 500],
    [{ kind: "server_error", status: 503 }, 503, 503, 503],
    [{ kind: "unauthorized" }, 401, 401, 401],
    [{ kind: "payment_required" }, 402, 402, 402],
    [{ kind: "forbidden" }, 403, 403, 403],
    [{ kind: "model_not_found" }, 404, 404, 404],
    [{ kind: "context_length" }, 400, 400, 400],
    [{ kind: "content_filter" }, 400, 400, 400],
    [{ kind: "invalid_request" }, 400, 400, 400],
    [{ kind: "quota_exceeded" }, 429, 400, 429],
  ];
  it.each(statuses)(
    "answers $kind with the status of each provider",
    async (fault, ...expected) => {
      provider.script(fault);
      const claude = { ...question, max_tokens: 9 };
      const answers = [
        await ask(),
        await post("/v1/messages", claude),
        await post("/api/chat", question),
      ];
      expect(answers.map(({ status }) => status)).toEqual(expected);
      const [openAiBody, claudeBody, ollamaBody] = await Promise.all(
        answers.map((answer) => answer.json()),
      );
      expect(openAiBody).toMatchObject({ error: { message: expect.any(String) } });
      expect(claudeBody).toMatchObject({ type: "error", error: { type: expect.any(String) } });
      expect(ollamaBody).toEqual({ error: expect.any(String) });
    },
  );

  it("is understood by the official clients", async () => {
    provider.script({ kind: "rate_limited" });
    await expect(openai.chat.completions.create(question)).rejects.toBeInstanceOf(
      OpenAI.RateLimitError,
    );
    await expect(anthropic.messages.create({ ...question, max_tokens: 9 })).rejects.toBeInstanceOf(
      Anthropic.RateLimitError,
    );
    await expect(ollama.chat(question)).rejects.toMatchObject({ status_code: 429 });
  });

  it("refuses only what ends with the assistant's message when it refuses prefilled answers", async () => {
    provider.script({ kind: "refuses_prefill" });
    const prefilled = [...question.messages, { role: "assistant", content: "The" }];
    expect((await ask({ messages: prefilled })).status).toBe(400);
    expect((await ask()).status).toBe(200);
  });

  it("can end an answer for a content filter instead", async () => {
    provider.script({ kind: "content_filter", form: "finish", afterTokens: 2 });
    const answer = await openai.chat.completions.create(question);
    expect(answer.choices[0]).toMatchObject({
      finish_reason: "content_filter",
      message: { content: " word1 word2" },
    });
    const claude = await anthropic.messages.create({ ...question, max_tokens: 99 });
    expect(claude.stop_reason).toBe("refusal");
  });
});

describe("which requests are met", () => {
  it("meets calls and not lists, unless a path says otherwise", async () => {
    provider.script({ kind: "server_error" });
    expect((await fetch(`${provider.origin}/v1/models`)).status).toBe(200);
    expect((await ask()).status).toBe(500);
    await provider.clear();
    provider.script({ kind: "server_error" }, { path: "/v1/models" });
    expect((await fetch(`${provider.origin}/v1/models`)).status).toBe(500);
    expect((await ask()).status).toBe(200);
  });

  it("tells models and keys apart, and stops after so many times", async () => {
    provider.script({ kind: "server_error" }, { model: "chat", key: "a", times: 2 });
    const statusOf = async (model: string, key: string) => {
      const answer = await fetch(`${provider.origin}/v1/chat/completions`, {
        method: "POST",
        headers: { authorization: `Bearer ${key}` },
        body: JSON.stringify({ ...question, model }),
      });
      return answer.status;
    };
    expect(await statusOf("chat", "b")).toBe(200);
    expect(await statusOf("other", "a")).toBe(200);
    expect(await statusOf("chat", "a")).toBe(500);
    expect(await statusOf("chat", "a")).toBe(500);
    expect(await statusOf("chat", "a")).toBe(200);
  });

  it("fails every other request while it flaps", async () => {
    provider.script({ kind: "flapping", ms: 60_000 });
    const seen = [];
    for (let round = 0; round < 4; round += 1) seen.push((await ask()).status);
    expect(seen).toEqual([503, 200, 503, 200]);
  });
});

describe("the connection", () => {
  it("refuses connections until it is cleared, on the same port afterwards", async () => {
    const { origin } = provider;
    provider.script({ kind: "refused" });
    // Not by fetch, which may still hold a connection from before.
    const [refusal] = await once(connect(Number(new URL(origin).port), "127.0.0.1"), "error");
    expect(refusal).toMatchObject({ code: "ECONNREFUSED" });
    await provider.clear();
    expect(provider.origin).toBe(origin);
    expect((await ask()).status).toBe(200);
  });

  it("resets before any header", async () => {
    provider.script({ kind: "reset" });
    await expect(ask()).rejects.toMatchObject({ cause: { code: "ECONNRESET" } });
  });

  it("holds its headers back", async () => {
    provider.script({ kind: "slow_headers", ms: 40 });
    const startedAt = performance.now();
    expect((await ask()).status).toBe(200);
    // Timers may be a millisecond early.
    expect(performance.now() - startedAt).toBeGreaterThan(38);
  });

  it("notes when a client gives up on silence", async () => {
    provider.script({ kind: "silence" });
    const leaving = new AbortController();
    const answer = post("/v1/chat/completions", question, leaving.signal);
    const refused = expect(answer).rejects.toThrow();
    await provider.until((requests) => requests.length === 1);
    leaving.abort();
    await refused;
    await provider.until(([request]) => request?.closedAt !== undefined);
    expect(provider.requests[0]?.endedAt).toBeUndefined();
  });

  it("notes when a client leaves in the middle of a stream", async () => {
    provider.script({ kind: "stall", afterTokens: 3, ms: 60_000 });
    const leaving = new AbortController();
    const body = { ...question, stream: true };
    const answer = await post("/v1/chat/completions", body, leaving.signal);
    await answer.body?.getReader().read();
    leaving.abort();
    await provider.until(([request]) => request?.closedAt !== undefined);
    expect(provider.requests[0]?.fault).toBe("stall");
  });
});

/** Everything that arrived, and whether the body ended well. */
async function streamed(path: string, body: object): Promise<{ text: string; whole: boolean }> {
  const answer = await post(path, { ...question, max_tokens: 99, stream: true, ...body });
  const decoder = new TextDecoder();
  let text = "";
  try {
    for await (const piece of answer.body ?? []) text += decoder.decode(piece, { stream: true });
    return { text, whole: true };
  } catch {
    // What a cut looks like from here.
    return { text, whole: false };
  }
}

const words = (text: string) => text.match(/word\d+/g)?.length;

describe.each(["/v1/chat/completions", "/api/v1/chat/completions", "/v1/messages", "/api/chat"])(
  "a stream of %s",
  (path) => {
    it("is cut after so many tokens", async () => {
      provider.script({ kind: "cut", afterTokens: 40 });
      const { text, whole } = await streamed(path, {});
      expect(words(text)).toBe(40);
      expect(whole).toBe(false);
    });

    it("ends cleanly without its end", async () => {
      provider.script({ kind: "clean_end", afterTokens: 40 });
      const { text, whole } = await streamed(path, {});
      expect(words(text)).toBe(40);
      expect(whole).toBe(true);
      expect(text).not.toMatch(/"finish_reason":"|DONE|message_stop|"done":true/);
    });

    it("has one chunk that cannot be read, and goes on", async () => {
      provider.script({ kind: "malformed_chunk", afterTokens: 40 });
      const { text } = await streamed(path, {});
      const broken = text
        .split("\n")
        .map((line) => line.replace(/^data: /, ""))
        .filter((line) => line.startsWith("{") && !isJson(line));
      expect(broken).toHaveLength(1);
      expect(text).toContain("word60");
    });

    it("lacks only the end mark", async () => {
      provider.script({ kind: "no_done" });
      const { text } = await streamed(path, {});
      expect(words(text)).toBe(60);
      expect(text).toMatch(/"finish_reason":"stop"|"stop_reason":"end_turn"|"done_reason":"stop"/);
      expect(text).not.toMatch(/DONE|message_stop/);
    });

    it("reports an error as its first event", async () => {
      provider.script({ kind: "error_event" });
      const { text } = await streamed(path, {});
      expect(words(text) ?? 0).toBe(0);
      expect(text).toContain('"error":');
    });

    it("comes in one gzip body, and by small pieces, without loss", async () => {
      provider.script([{ kind: "gzip" }, { kind: "slow_body", bytes: 2000, everyMs: 1 }]);
      expect(words((await streamed(path, {})).text)).toBe(60);
      expect(words((await streamed(path, {})).text)).toBe(60);
    });

    it("stands still and then goes on", async () => {
      provider.script([
        { kind: "stall", afterTokens: 40, ms: 20 },
        { kind: "slow_first_token", ms: 20 },
      ]);
      expect(words((await streamed(path, {})).text)).toBe(60);
      expect(words((await streamed(path, {})).text)).toBe(60);
    });
  },
);

describe("a whole answer", () => {
  it("is nothing, a page, or without content", async () => {
    provider.script([
      { kind: "empty" },
      { kind: "html" },
      { kind: "empty", form: "content" },
      { kind: "answer", status: 418, body: "{}" },
    ]);
    expect(await (await ask()).text()).toBe("");
    const page = await ask();
    expect([page.status, await page.text()]).toEqual([200, expect.stringContaining("<html>")]);
    expect(await (await ask()).json()).toMatchObject({ choices: [{ message: { content: "" } }] });
    expect((await ask()).status).toBe(418);
  });

  it("breaks off, is no JSON, or promises another length", async () => {
    provider.script([
      { kind: "cut", afterTokens: 40 },
      { kind: "wrong_length", by: 50 },
      { kind: "clean_end", afterTokens: 40 },
      { kind: "malformed_chunk", afterTokens: 40 },
      { kind: "wrong_length", by: -50 },
    ]);
    await expect((await ask()).text()).rejects.toThrow();
    await expect((await ask()).text()).rejects.toThrow();
    expect(isJson(await (await ask()).text())).toBe(false);
    expect(isJson(await (await ask()).text())).toBe(false);
    expect(isJson(await (await ask()).text())).toBe(false);
  });

  it("names another model as the one that served", async () => {
    provider.script({ kind: "served_model", model: "chat-2025-11-25" });
    expect(await (await ask()).json()).toMatchObject({ model: "chat-2025-11-25" });
  });
});

it("spoils the first vector of an embedding in every way", async () => {
  const forms = ["zero", "short", "long", "missing", "nan"] as const;
  provider.script(forms.map((form): Fault => ({ kind: "bad_vectors", form })));
  const bodyOf = async () => {
    const answer = await post("/v1/embeddings", { model: "embed", input: ["a", "b"] });
    return answer.text();
  };
  const vectors = (text: string) =>
    (JSON.parse(text) as { data: { embedding: number[] }[] }).data.map((one) => one.embedding);
  expect(vectors(await bodyOf())[0]).toEqual(Array.from({ length: 8 }, () => 0));
  expect(vectors(await bodyOf())[0]).toHaveLength(7);
  expect(vectors(await bodyOf())[0]).toHaveLength(9);
  expect(vectors(await bodyOf())).toHaveLength(1);
  expect(await bodyOf()).toContain("[NaN,");
});

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    // That is the question.
    return false;
  }
}
