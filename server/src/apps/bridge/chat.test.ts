import { afterEach, describe, expect, test, vi } from "vitest";
import { GatewayError } from "../../llm/gateway.ts";
import { fakeBridge } from "./__fixtures__/fake-bridge.ts";
import { anEvent, eventsOf, STREAM, textEvent, USAGE } from "./__fixtures__/fake-gateway.ts";

const HELLO = { model: "gpt-4o", messages: [{ role: "user", content: "Hello" }] };
const PATHS = ["/v1/chat/completions", "/api/v1/chat/completions"];

/** The JSON of each event, comments and `[DONE]` as they are. */
function eventsIn(text: string): unknown[] {
  return text
    .split("\n\n")
    .filter((block) => block !== "")
    .map((block) => (block.startsWith("data: {") ? JSON.parse(block.slice(6)) : block));
}

describe("a whole chat answer", () => {
  test("is the provider's, with who served, every attempt and the cost [req:bridge.attempt-trail]", async () => {
    const { post, gateway } = fakeBridge();
    for (const path of PATHS) {
      const response = await post(path, HELLO);
      expect(response.status).toBe(200);
      expect(Object.fromEntries(response.headers)).toMatchObject({
        "content-type": "application/json",
        "x-sekha-provider": "openai",
        "x-sekha-model": "gpt-4o",
        "x-sekha-attempts": "2",
        "x-sekha-cost": "0.0000525",
        "x-sekha-overhead-ms": "0.25",
      });
      const body = await response.json();
      expect(body).toMatchObject({
        object: "chat.completion",
        model: "gpt-4o-2024-08-06",
        usage: USAGE,
        choices: [{ message: { role: "assistant", content: "Hello." }, finish_reason: "stop" }],
      });
      expect(body.sekha_metadata.routing).toEqual({
        provider_id: "openai",
        provider_type: "openai",
        model_id: "gpt-4o",
        task: "chat_smart",
        requested_task: "chat_smart",
        reason: "Preferred model available",
        attempts: [
          {
            provider_id: "other",
            model_id: "gpt-4o-mini",
            outcome: "timeout",
            message: "no headers within 30 s",
            took_ms: 30_000,
          },
          { provider_id: "openai", model_id: "gpt-4o", outcome: "served", took_ms: 12.5 },
        ],
        estimated_cost: 0.0125,
        cost: 0.0000525,
        overhead_ms: 0.25,
      });
    }
    expect(gateway.chats[0]?.request).toEqual(HELLO);
  });

  test("in a provider's own bytes keeps every one of them", async () => {
    const { post, gateway } = fakeBridge();
    gateway.raw =
      '{"id":"x", "created":1.50,  "big":12345678901234567890,"sekha_metadata":{"old":1}} \n';
    const text = await (await post(PATHS[0] ?? "", HELLO)).text();
    expect(text).toMatch(
      /^\{"id":"x", "created":1\.50, {2}"big":12345678901234567890,"sekha_metadata":\{"old":1\},"sekha_metadata":\{"routing":/,
    );
    expect(JSON.parse(text).sekha_metadata.routing.provider_id).toBe("openai");
  });

  test("passes everything of the request through, temperature 0 and unknown fields included", async () => {
    const { post, gateway } = fakeBridge();
    const request = {
      ...HELLO,
      temperature: 0,
      max_tokens: null,
      seed: -7,
      response_format: { type: "json_object" },
      logit_bias: { 50256: -100 },
      tools: [{ type: "function", function: { name: "look", parameters: { type: "object" } } }],
      x_vendor: { a: [1] },
    };
    expect((await post("/v1/chat/completions", request)).status).toBe(200);
    expect(gateway.chats[0]?.request).toEqual(request);
  });

  test("treats null as absent where OpenAI does", async () => {
    const { post, gateway } = fakeBridge();
    const message = { role: "assistant", content: null, tool_calls: null, name: null };
    const messages = [message, { role: "user", content: "x" }];
    await post("/v1/chat/completions", { messages, tools: null, stream: null, user: null });
    expect(gateway.chats[0]?.request).toEqual({
      messages: [{ role: "assistant", content: null }, messages[1]],
      stream: null,
    });
  });

  test("is asked for as the headers say", async () => {
    const { post, gateway } = fakeBridge();
    await post("/v1/chat/completions", HELLO, {
      "X-Sekha-Task": "chat_small",
      "X-Sekha-Max-Cost": "0.01",
      "X-Sekha-Commit": "complete",
    });
    expect(gateway.chats[0]?.options).toMatchObject({
      owner: "local",
      keyId: undefined,
      localCaller: true,
      task: "chat_small",
      maxCost: 0.01,
      commit: "complete",
    });
    for (const headers of [{ "X-Sekha-Max-Cost": "cheap" }, { "X-Sekha-Commit": "never" }]) {
      expect((await post("/v1/chat/completions", HELLO, headers)).status).toBe(400);
    }
  });

  test("says that a price is unknown rather than zero", async () => {
    const { post, gateway } = fakeBridge();
    gateway.cost = null;
    const response = await post("/v1/chat/completions", HELLO);
    expect(response.headers.get("x-sekha-cost")).toBe("unknown");
    expect((await response.json()).sekha_metadata.routing.cost).toBeNull();
  });
});

describe("a wrong chat request", () => {
  test.each([
    [{}, "messages", "Field required"],
    [{ messages: [] }, "messages", "must have at least one message"],
    [{ messages: "hi" }, "messages", "must be a list"],
    [{ messages: ["hi"] }, "messages.0", "must be an object"],
    [{ messages: [{ role: "alien", content: "x" }] }, "messages.0.role", /must be one of system/],
    [{ messages: [{ content: "x" }] }, "messages.0.role", "Field required"],
    [{ messages: [{ role: "user", content: 5 }] }, "messages.0.content", /text or a list/],
    [{ ...HELLO, temperature: "hot" }, "temperature", "must be a number"],
    [{ ...HELLO, temperature: 2.5 }, "temperature", "must be from 0 to 2"],
    [{ ...HELLO, max_tokens: 0 }, "max_tokens", "must be at least 1"],
    [{ ...HELLO, stream: "yes" }, "stream", "must be true or false"],
    [{ ...HELLO, tools: [{}] }, "tools.0.type", "Field required"],
    [
      { ...HELLO, response_format: { type: "json_schema" } },
      "response_format.json_schema",
      /required/,
    ],
    [
      { messages: [{ role: "user", content: [{ type: "image_url", image_url: {} }] }] },
      "messages.0.content.0.image_url.url",
      "Field required",
    ],
  ])("%j is refused at %s", async (body, path, message) => {
    const { post, gateway } = fakeBridge();
    const response = await post("/v1/chat/completions", body);
    expect(response.status).toBe(422);
    const { error, detail } = await response.json();
    expect(error).toMatchObject({ type: "invalid_request_error", param: path });
    expect(detail[0].loc.join(".")).toBe(`body.${path}`);
    expect(detail[0].msg).toMatch(message);
    expect(gateway.chats).toEqual([]);
  });

  test("that is no JSON is a 400 with OpenAI's body and v1's detail", async () => {
    const { fetch } = fakeBridge();
    const headers = { "Content-Type": "application/json" };
    const response = await fetch("/v1/chat/completions", { method: "POST", body: "{", headers });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({
      error: { type: "invalid_request_error", code: "invalid_json", param: null },
      detail: expect.stringContaining("not valid JSON"),
    });
  });
});

describe("when nothing can serve", () => {
  const attempts = [
    {
      providerId: "openai",
      modelId: "gpt-4o",
      failure: { category: "unauthorized" as const, status: 401, message: "the key is refused" },
      tookMs: 3,
    },
  ];

  test.each([
    ["providers_unavailable", 503, "server_error", "providers_unavailable"],
    ["providers_misconfigured", 502, "server_error", "providers_misconfigured"],
    ["budget_exceeded", 402, "insufficient_quota", "budget_exceeded"],
    ["context_length", 400, "invalid_request_error", "context_length_exceeded"],
    ["content_filtered", 400, "invalid_request_error", "content_filter"],
    ["rate_limited", 429, "rate_limit_error", "rate_limit_exceeded"],
  ] as const)(
    "%s is a %i that says what was tried [req:bridge.errors]",
    async (code, status, ...[type, name]) => {
      const { post, gateway } = fakeBridge();
      gateway.failure = new GatewayError(code, "Nothing could serve.", {
        attempts,
        retryAfterSeconds: 7.2,
      });
      for (const stream of [false, true]) {
        const response = await post("/v1/chat/completions", { ...HELLO, stream });
        expect(response.status).toBe(status);
        expect(response.headers.get("retry-after")).toBe("8");
        expect(response.headers.get("content-type")).toBe("application/json");
        const body = await response.json();
        expect(body.detail).toBe("Nothing could serve.");
        expect(body.error).toMatchObject({ message: "Nothing could serve.", type, code: name });
        expect(body.error.attempts).toEqual([
          {
            provider_id: "openai",
            model_id: "gpt-4o",
            outcome: "unauthorized",
            status: 401,
            message: "the key is refused",
            took_ms: 3,
          },
        ]);
      }
    },
  );
});

describe("a streamed chat answer", () => {
  test("is the provider's events, who serves in the first, the cost behind the last, then [DONE]", async () => {
    const { post } = fakeBridge();
    const response = await post("/v1/chat/completions", { ...HELLO, stream: true });
    expect(Object.fromEntries(response.headers)).toMatchObject({
      "content-type": "text/event-stream; charset=utf-8",
      "x-sekha-provider": "openai",
      "x-sekha-attempts": "2",
      "x-sekha-cost": "pending",
    });
    const events = eventsIn(await response.text());
    expect(events).toHaveLength(5);
    expect(events[0]).toMatchObject({
      choices: [{ delta: { content: "Hel" } }],
      sekha_metadata: { routing: { provider_id: "openai", attempts: [{}, {}] } },
    });
    expect(events[1]).toEqual(STREAM[1]?.chunk);
    expect(events[2]).toEqual(STREAM[2]?.chunk);
    expect(events.slice(3)).toEqual([": x-sekha-cost 0.0000525", "data: [DONE]"]);
  });

  test("ends with the usage and its cost for who asks for it, and only for them", async () => {
    const { post } = fakeBridge();
    const stream_options = { include_usage: true };
    const asked = await post("/v1/chat/completions", { ...HELLO, stream: true, stream_options });
    expect(eventsIn(await asked.text())[3]).toMatchObject({
      choices: [],
      usage: USAGE,
      sekha_metadata: { cost: 0.0000525 },
    });
    const unasked = await post("/v1/chat/completions", { ...HELLO, stream: true });
    expect(await unasked.text()).not.toContain('"usage"');
  });

  test("that is free says so in its headers", async () => {
    const { post, gateway } = fakeBridge();
    gateway.served = { ...gateway.served, estimate: 0n };
    const response = await post("/v1/chat/completions", { ...HELLO, stream: true });
    expect(response.headers.get("x-sekha-cost")).toBe("0");
    await response.body?.cancel();
  });

  test("that breaks off tells it inside the stream and pretends no end [req:bridge.no-fake-end]", async () => {
    const { post, gateway, log } = fakeBridge();
    const failure = new GatewayError("providers_unavailable", "The stream was cut.");
    gateway.events = () => eventsOf([textEvent("Hel")], failure);
    const response = await post("/v1/chat/completions", { ...HELLO, stream: true });
    expect(response.status).toBe(200);
    const text = await response.text();
    expect(eventsIn(text).at(-1)).toMatchObject({
      error: {
        message: "The stream was cut.",
        type: "server_error",
        code: "providers_unavailable",
      },
    });
    expect(text).not.toContain("[DONE]");
    expect(log).toContainEqual(expect.objectContaining({ message: "stream broke off" }));
  });

  test("that meets a fault of ours tells the request's id alone", async () => {
    const { post, gateway, log } = fakeBridge();
    gateway.events = () => eventsOf([textEvent("Hel")], new TypeError("secret detail"));
    const response = await post("/v1/chat/completions", { ...HELLO, stream: true });
    const text = await response.text();
    expect(text).toContain(response.headers.get("x-request-id"));
    expect(text).not.toContain("secret detail");
    expect(log).toContainEqual(expect.objectContaining({ level: "error" }));
  });

  test("sends nothing before there is something to send [req:bridge.commit-point]", async () => {
    const { post, gateway } = fakeBridge();
    const begin = Promise.withResolvers<void>();
    const stream = gateway.stream.bind(gateway);
    gateway.stream = async (request, options) => {
      await begin.promise;
      return stream(request, options);
    };
    let answered = false;
    const answer = post("/v1/chat/completions", { ...HELLO, stream: true }).then((response) => {
      answered = true;
      return response;
    });
    await new Promise((resolve) => setImmediate(resolve));
    expect(answered).toBe(false);
    begin.resolve();
    expect((await answer).status).toBe(200);
  });
});

describe("a caller that goes away", () => {
  test("ends the provider's work at once, while it waits for the next event [req:bridge.cancel]", async () => {
    const { gateway, app } = fakeBridge();
    const silence = Promise.withResolvers<void>();
    gateway.events = async function* () {
      yield textEvent("Hel");
      await silence.promise;
    };
    const caller = new AbortController();
    const request = new Request("http://localhost:5001/v1/chat/completions", {
      method: "POST",
      body: JSON.stringify({ ...HELLO, stream: true }),
      headers: { "Content-Type": "application/json" },
    });
    const context = { peerAddress: "127.0.0.1", injected: false, signal: caller.signal };
    const response = await app.fetch(request, context);
    await response.body?.getReader().read();
    expect(gateway.chats[0]?.options.signal.aborted).toBe(false);
    caller.abort();
    expect(gateway.chats[0]?.options.signal.aborted).toBe(true);
    silence.resolve();
  });

  test("and one that only stops reading as well, without an error in the log", async () => {
    const { post, gateway, log } = fakeBridge();
    const silence = Promise.withResolvers<void>();
    gateway.events = async function* () {
      yield textEvent("Hel");
      await silence.promise;
      throw new GatewayError("unavailable", "The caller went away.");
    };
    const response = await post("/v1/chat/completions", { ...HELLO, stream: true });
    const reader = response.body?.getReader();
    await reader?.read();
    await reader?.cancel();
    expect(gateway.chats[0]?.options.signal.aborted).toBe(true);
    silence.resolve();
    await vi.waitFor(() => expect(gateway.left).toBe(1));
    expect(log.filter(({ level }) => level !== "debug")).toEqual([]);
  });

  test("hands a whole answer's signal on too", async () => {
    const { gateway, app } = fakeBridge();
    const caller = new AbortController();
    await app.fetch(
      new Request("http://localhost:5001/v1/chat/completions", {
        method: "POST",
        body: JSON.stringify(HELLO),
        headers: { "Content-Type": "application/json" },
      }),
      { peerAddress: null, injected: true, owner: "ann", keyId: "k1", signal: caller.signal },
    );
    const options = gateway.chats[0]?.options;
    expect(options).toMatchObject({ owner: "ann", keyId: "k1", localCaller: true });
    caller.abort();
    expect(options?.signal.aborted).toBe(true);
  });
});

describe("silence in a stream", () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  test("is filled with comments, so that no proxy takes it for death", async () => {
    vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
    const { post, gateway } = fakeBridge();
    const silence = Promise.withResolvers<void>();
    gateway.events = async function* () {
      yield textEvent("Hel");
      await silence.promise;
      yield anEvent({ choices: [{ index: 0, delta: { content: "lo." }, finish_reason: "stop" }] });
    };
    const response = await post("/v1/chat/completions", { ...HELLO, stream: true });
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    expect((await reader?.read())?.value).toContain("Hel");
    const waiting = reader?.read();
    await new Promise((resolve) => setImmediate(resolve));
    vi.advanceTimersByTime(15_000);
    expect((await waiting)?.value).toBe(": keep-alive\n\n");
    silence.resolve();
    expect((await reader?.read())?.value).toContain("lo.");
    expect((await reader?.read())?.value).toContain("[DONE]");
    expect(vi.getTimerCount()).toBe(1);
    await reader?.read();
    expect(vi.getTimerCount()).toBe(0);
  });
});
