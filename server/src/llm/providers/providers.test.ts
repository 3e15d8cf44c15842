import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import {
  type ScriptedProvider,
  startScriptedProvider,
} from "../../../../test/support/scripted-provider/scripted-provider.ts";
import type { ChatRequest } from "../../protocols/openai/chat.ts";
import type { Provider, StreamEvent } from "../provider.ts";
import type { ProviderType } from "../registry/entries.ts";
import {
  callOf,
  DEPENDENCIES,
  failureOf,
  modelEntry,
  providerEntry,
} from "./__fixtures__/provider-call.ts";
import { createProvider } from "./create-provider.ts";

const TOKENS = Array.from({ length: 60 }, (_, at) => ` word${at + 1}`);
const TEXT = TOKENS.join("");
const USAGE = { prompt: 20, cached: 4, cacheWrite: 2, reasoning: 1, cost: 0.0025 };
const QUESTION: ChatRequest = { model: "asked-for", messages: [{ role: "user", content: "Hi" }] };
const PATHS: Readonly<Record<Exclude<ProviderType, "builtin">, string>> = {
  openai: "/v1",
  litellm: "",
  openrouter: "/api/v1",
  anthropic: "",
  ollama: "",
};
const TYPES = Object.keys(PATHS) as (keyof typeof PATHS)[];

let scripted: ScriptedProvider;
let provider: Provider;

beforeAll(async () => {
  scripted = await startScriptedProvider({ tokens: TOKENS, keys: ["test-key"], usage: USAGE });
});
afterAll(() => scripted.stop());
beforeEach(() => scripted.clear());
afterEach(() => provider.close());

function use(type: keyof typeof PATHS, given: Parameters<typeof providerEntry>[2] = {}): Provider {
  const entry = providerEntry(type, `${scripted.origin}${PATHS[type]}`, given);
  provider = createProvider(entry, DEPENDENCIES);
  return provider;
}

async function collected(events: AsyncIterable<StreamEvent>): Promise<StreamEvent[]> {
  const all: StreamEvent[] = [];
  for await (const event of events) all.push(event);
  return all;
}

const textOf = (events: StreamEvent[]) =>
  events.map(({ chunk }) => chunk.choices[0]?.delta.content ?? "").join("");

describe.each(TYPES)("%s", (type) => {
  beforeEach(() => {
    use(type);
  });

  const streamed = async (given = {}) =>
    await collected(await provider.stream({ ...QUESTION, ...given }, callOf()));

  it("answers whole, for the model of the call, with the provider's usage", async () => {
    const { body } = await provider.chat({ ...QUESTION, stream: true }, callOf());
    expect(body.choices[0]).toMatchObject({ message: { content: TEXT }, finish_reason: "stop" });
    expect(body).toMatchObject({ model: "chat", usage: { prompt_tokens: 20 } });
    expect(scripted.requests[0]?.body.model).toBe("chat");
  });

  it("streams to the end, with usage in the last event that has one", async () => {
    const events = await streamed();
    expect(textOf(events)).toBe(TEXT);
    expect(events.findLast(({ chunk }) => chunk.usage)?.chunk.usage?.prompt_tokens).toBe(20);
    expect(events.every(({ chunk, data }) => JSON.parse(data).id === chunk.id)).toBe(true);
    // Nobody broke off anything.
    await scripted.until(([request]) => request?.endedAt !== undefined);
    expect(scripted.requests[0]?.closedAt).toBeUndefined();
  });

  it.each([
    [{ kind: "cut", afterTokens: 40 }, "interrupted"],
    [{ kind: "clean_end", afterTokens: 40 }, "interrupted"],
    [{ kind: "malformed_chunk", afterTokens: 40 }, "malformed"],
    [{ kind: "error_event", afterTokens: 40 }, "server_error"],
    [{ kind: "error_event" }, "server_error"],
    [{ kind: "empty" }, "empty"],
  ] as const)(
    "throws out of a stream with %j: %s [req:bridge.stream-end-is-real]",
    async (fault, category) => {
      scripted.script(fault);
      expect(await failureOf(streamed())).toMatchObject({ category });
    },
  );

  it.each([
    [{ kind: "reset" }, "connect"],
    [{ kind: "server_error" }, "server_error"],
    [{ kind: "server_error", status: 503 }, "server_error"],
    [{ kind: "unauthorized" }, "unauthorized"],
    [{ kind: "payment_required" }, "payment_required"],
    [{ kind: "forbidden" }, "forbidden"],
    [{ kind: "model_not_found" }, "model_not_found"],
    [{ kind: "context_length" }, "context_length"],
    [{ kind: "content_filter" }, "content_filter"],
    [{ kind: "invalid_request" }, "invalid_request"],
    [{ kind: "empty" }, "empty"],
    [{ kind: "html" }, "malformed"],
    [{ kind: "html", status: 502 }, "server_error"],
  ] as const)(
    "fails whole and streamed with %j: %s [req:bridge.error-mapping]",
    async (fault, category) => {
      scripted.script(fault);
      expect(await failureOf(provider.chat(QUESTION, callOf()))).toMatchObject({ category });
      expect(await failureOf(streamed())).toMatchObject({ category });
    },
  );

  it.each([
    [{ kind: "empty", form: "content" }, "empty"],
    [{ kind: "cut", afterTokens: 40 }, "interrupted"],
    [{ kind: "wrong_length", by: 50 }, "interrupted"],
    [{ kind: "clean_end", afterTokens: 40 }, "malformed"],
    [{ kind: "malformed_chunk", afterTokens: 40 }, "malformed"],
  ] as const)("fails whole with %j: %s", async (fault, category) => {
    scripted.script(fault);
    expect(await failureOf(provider.chat(QUESTION, callOf()))).toMatchObject({ category });
  });

  it("says how long it was asked to wait", async () => {
    scripted.script([
      { kind: "rate_limited", retryAfter: { form: "seconds", ms: 2000 } },
      { kind: "rate_limited", retryAfter: { form: "ms", ms: 40 } },
    ]);
    expect(await failureOf(provider.chat(QUESTION, callOf()))).toMatchObject({
      category: "rate_limited",
      status: 429,
      retryAfterMs: 2000,
    });
    expect(await failureOf(streamed())).toMatchObject({ retryAfterMs: 40 });
  });

  it("reads gzip and slow bodies without loss", async () => {
    scripted.script([
      { kind: "gzip" },
      { kind: "gzip" },
      { kind: "slow_body", bytes: 500, everyMs: 1 },
    ]);
    expect(textOf(await streamed())).toBe(TEXT);
    const { body } = await provider.chat(QUESTION, callOf());
    expect(body.choices[0]?.message.content).toBe(TEXT);
    expect(textOf(await streamed())).toBe(TEXT);
  });

  it("leaves the provider within milliseconds when the caller goes, before and in the answer [req:bridge.cancel-propagates]", async () => {
    scripted.script([{ kind: "silence" }, { kind: "stall", afterTokens: 3, ms: 60_000 }]);
    const early = new AbortController();
    const asked = failureOf(provider.stream(QUESTION, callOf({ signal: early.signal })));
    await scripted.until((requests) => requests.length === 1);
    early.abort();
    expect(await asked).toMatchObject({ category: "aborted" });
    await scripted.until(([request]) => request?.closedAt !== undefined, 1000);

    const late = new AbortController();
    const events = await provider.stream(QUESTION, callOf({ signal: late.signal }));
    const reading = failureOf(
      (async () => {
        for await (const { chunk } of events) if (chunk.choices.length > 0) late.abort();
      })(),
    );
    expect(await reading).toMatchObject({ category: "aborted" });
    await scripted.until(([, request]) => request?.closedAt !== undefined, 1000);
  });

  it("leaves the provider when the reader leaves the loop", async () => {
    scripted.script({ kind: "stall", afterTokens: 3, ms: 60_000 });
    for await (const { chunk } of await provider.stream(QUESTION, callOf())) {
      if (chunk.choices[0]?.delta.content) break;
    }
    await scripted.until(([request]) => request?.closedAt !== undefined, 1000);
  });

  it("calls tools, whole and streamed", async () => {
    const tools = [
      {
        type: "function" as const,
        function: {
          name: "weather",
          parameters: { type: "object", properties: { city: { type: "string" } } },
        },
      },
    ];
    const request = { messages: [{ role: "user" as const, content: "Use the tool" }], tools };
    const { body } = await provider.chat(request, callOf());
    expect(body.choices[0]).toMatchObject({
      finish_reason: "tool_calls",
      message: { tool_calls: [{ function: { name: "weather", arguments: '{"city":"sample"}' } }] },
    });
    const events = await collected(await provider.stream(request, callOf()));
    const calls = events.flatMap(({ chunk }) => chunk.choices[0]?.delta.tool_calls ?? []);
    expect(calls[0]?.function?.name).toBe("weather");
    expect(calls.map((call) => call.function?.arguments ?? "").join("")).toBe('{"city":"sample"}');
  });

  it("is probed for free, and never throws for it [req:bridge.free-probes]", async () => {
    const { model: _, ...call } = callOf();
    const found = await provider.probe(call);
    expect(found).toMatchObject({ ok: true, error: undefined });
    expect(found.models?.length).toBeGreaterThan(0);
    expect(scripted.requests.map(({ method }) => method)).toEqual(["GET"]);
    const signal = AbortSignal.abort();
    expect(await provider.probe({ ...call, signal })).toMatchObject({
      ok: false,
      error: expect.any(String),
    });
  });
});

describe.each(["openai", "litellm", "openrouter", "ollama"] as const)(
  "embeddings of %s",
  (type) => {
    const texts = ["one", "two"];
    const embed = (given = {}) =>
      provider.embed({ texts, dimensions: undefined, ...given }, callOf({ model: EMBEDDER }));
    const EMBEDDER = modelEntry({ modelId: "embed", dimension: 8 });

    beforeEach(() => {
      use(type);
    });

    it("come in the order of the texts, of unit length, with usage", async () => {
      const { vectors, model, usage } = await embed();
      const [other] = (await embed({ texts: ["two"] })).vectors;
      expect(vectors).toHaveLength(2);
      expect(vectors[1]).toEqual(other);
      expect(vectors[0]).not.toEqual(vectors[1]);
      expect(model).toBe("embed");
      expect(usage.prompt_tokens).toBeGreaterThan(0);
    });

    it.each(["nan", "zero", "short", "long", "missing"] as const)(
      "are refused: %s [req:bridge.vectors-checked]",
      async (form) => {
        scripted.script({ kind: "bad_vectors", form });
        expect(await failureOf(embed())).toMatchObject({ category: "malformed" });
      },
    );
  },
);

describe("openai's format", () => {
  it("passes everything on but the model and usage, and forwards the provider's bytes [req:bridge.passthrough]", async () => {
    use("openai", { options: { organization: "acme" }, headers: { "X-Extra": "1" } });
    const request: ChatRequest = {
      ...QUESTION,
      temperature: 0,
      logit_bias: { "50256": -100 },
      unknown_future_field: { a: [1, null] },
    };
    const { raw, body } = await provider.chat(request, callOf());
    expect(JSON.parse(raw ?? "")).toEqual(body);
    await collected(
      await provider.stream({ ...request, stream_options: { include_usage: false } }, callOf()),
    );
    const [whole, streamed] = scripted.requests;
    expect(whole?.body).toEqual({ ...request, model: "chat" });
    expect(streamed?.body).toEqual({
      ...request,
      model: "chat",
      stream: true,
      stream_options: { include_usage: true },
    });
    expect(whole?.headers).toMatchObject({
      authorization: "Bearer test-key",
      "openai-organization": "acme",
      "x-extra": "1",
    });
  });

  it("takes a stream without [DONE] for complete once every choice has ended", async () => {
    use("openai");
    scripted.script({ kind: "no_done" });
    expect(textOf(await collected(await provider.stream(QUESTION, callOf())))).toBe(TEXT);
    const two = provider.stream({ ...QUESTION, n: 2 }, callOf()).then(collected);
    expect(await failureOf(two)).toMatchObject({ category: "interrupted" });
  });

  it("does without stream_options and base64 where the configuration says so", async () => {
    use("litellm", { options: { stream_options: false, encoding_format: "float" } });
    await collected(await provider.stream(QUESTION, callOf()));
    const model = modelEntry({ modelId: "embed" });
    const { vectors } = await provider.embed({ texts: ["one"], dimensions: 4 }, callOf({ model }));
    expect(vectors[0]).toHaveLength(4);
    expect(scripted.requests[0]?.body).not.toHaveProperty("stream_options");
    expect(scripted.requests[1]?.body).toMatchObject({ encoding_format: "float", dimensions: 4 });
  });

  it("tolerates chunks and answers that lack what nobody reads", async () => {
    use("litellm");
    const chunks = [
      { choices: [{ delta: { content: "Hi" } }] },
      {},
      { choices: [{ delta: {}, finish_reason: "stop" }] },
    ];
    const body = `${chunks.map((chunk) => `data: ${JSON.stringify(chunk)}\r\n\r\n`).join("")}data: [DONE]\r\n\r\n`;
    scripted.script([
      { kind: "answer", status: 200, body, headers: { "content-type": "text/plain" } },
      { kind: "answer", status: 200, body: '{"choices":[{"message":{"content":"Hi"}}]}' },
    ]);
    expect(textOf(await collected(await provider.stream(QUESTION, callOf())))).toBe("Hi");
    const { body: whole } = await provider.chat(QUESTION, callOf());
    expect(whole.choices[0]?.message.content).toBe("Hi");
  });

  it("has an answer that was cut by its limit, though it says nothing", async () => {
    use("openai");
    const answer = { choices: [{ index: 0, message: { content: "" }, finish_reason: "length" }] };
    scripted.script({ kind: "answer", status: 200, body: JSON.stringify(answer) });
    expect((await provider.chat(QUESTION, callOf())).body.choices).toHaveLength(1);
  });

  it("keeps OpenRouter's cost in the usage", async () => {
    use("openrouter");
    expect((await provider.chat(QUESTION, callOf())).body.usage?.cost).toBe(0.0025);
  });
});

describe("anthropic", () => {
  it("may say nothing after a tool's result: its tokens were counted, whole as in a stream", async () => {
    use("anthropic");
    const silent = { type: "message", content: [], stop_reason: "end_turn" };
    const counted = { ...silent, usage: { input_tokens: 9, output_tokens: 2 } };
    scripted.script([
      { kind: "answer", status: 200, body: JSON.stringify(counted) },
      { kind: "answer", status: 200, body: JSON.stringify(silent) },
    ]);
    const { body } = await provider.chat(QUESTION, callOf());
    expect(body.choices[0]).toMatchObject({ message: { content: "" }, finish_reason: "stop" });
    expect(await failureOf(provider.chat(QUESTION, callOf()))).toMatchObject({ category: "empty" });
  });

  it("is asked with its version and key, and with a limit from request, model or 4096", async () => {
    use("anthropic");
    await provider.chat(QUESTION, callOf());
    await provider.chat(QUESTION, callOf({ model: modelEntry({ maxOutputTokens: 100 }) }));
    await provider.chat({ ...QUESTION, max_tokens: 9 }, callOf());
    expect(scripted.requests.map(({ body }) => body.max_tokens)).toEqual([4096, 100, 9]);
    expect(scripted.requests[0]?.headers).toMatchObject({
      "x-api-key": "test-key",
      "anthropic-version": "2023-06-01",
    });
  });

  it("is interrupted without message_stop, and has no embeddings", async () => {
    use("anthropic");
    scripted.script({ kind: "no_done" });
    const asked = provider.stream(QUESTION, callOf()).then(collected);
    expect(await failureOf(asked)).toMatchObject({ category: "interrupted" });
    const embedded = provider.embed({ texts: ["one"], dimensions: undefined }, callOf());
    expect(await failureOf(embedded)).toMatchObject({ category: "unsupported" });
  });
});

describe("ollama", () => {
  it("is given the window, keep_alive and its own options, and asked not to cut", async () => {
    use("ollama", { keepAlive: "30m", options: { options: { num_gpu: 1 } } });
    await provider.chat({ ...QUESTION, temperature: 0 }, callOf());
    await provider.embed({ texts: ["one"], dimensions: undefined }, callOf());
    expect(scripted.requests[0]?.body).toMatchObject({
      keep_alive: "30m",
      truncate: false,
      options: { num_ctx: 8192, num_gpu: 1, temperature: 0 },
    });
    expect(scripted.requests[1]?.body).toMatchObject({ truncate: false, input: ["one"] });
  });

  it("does not send what cannot fit, and refuses an answer to a prompt that was cut [req:bridge.ollama-window]", async () => {
    use("ollama");
    const model = modelEntry({ contextWindow: 20 });
    const long = { messages: [{ role: "user" as const, content: "word ".repeat(100) }] };
    expect(await failureOf(provider.chat(long, callOf({ model })))).toMatchObject({
      category: "context_length",
    });
    expect(scripted.requests).toHaveLength(0);
    expect(await failureOf(provider.chat(QUESTION, callOf({ model })))).toMatchObject({
      category: "context_length",
      message: expect.stringContaining("context_window"),
    });
    const streamed = provider.stream(QUESTION, callOf({ model })).then(collected);
    expect(await failureOf(streamed)).toMatchObject({ category: "context_length" });
  });

  it("says how to get a model that it does not have", async () => {
    use("ollama");
    scripted.script({ kind: "model_not_found" });
    expect(await failureOf(provider.chat(QUESTION, callOf()))).toMatchObject({
      message: expect.stringContaining("ollama pull chat"),
    });
  });

  it("can be used by its compatible API", async () => {
    use("ollama", { options: { api: "v1" } });
    expect((await provider.chat(QUESTION, callOf())).raw).toContain("chat.completion");
    expect(scripted.requests[0]?.path).toBe("/v1/chat/completions");
  });
});

it("names the provider, the model and the key to mend, and never the key itself [req:bridge.failure-says-what-to-do]", async () => {
  scripted.script({ kind: "unauthorized" });
  use("openai");
  const failure = await failureOf(provider.chat(QUESTION, callOf()));
  expect(failure).toMatchObject({ publicDetail: undefined, providerText: expect.any(String) });
  const { message } = failure as Error;
  for (const part of ['"main"', "chat", "401", "llm_providers[main].api_key", "OPENAI_API_KEY"]) {
    expect(message).toContain(part);
  }
  expect(message).not.toContain("test-k");
});
