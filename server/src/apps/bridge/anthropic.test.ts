import { describe, expect, test } from "vitest";
import { GatewayError } from "../../llm/gateway.ts";
import { fakeBridge } from "./__fixtures__/fake-bridge.ts";
import { eventsOf, textEvent } from "./__fixtures__/fake-gateway.ts";

const HELLO = {
  model: "claude",
  max_tokens: 100,
  system: "Be brief.",
  messages: [{ role: "user", content: "Hello" }],
};

/** Name and data of each event; comments as they are. */
function eventsIn(text: string): (string | [string, Record<string, unknown>])[] {
  return text
    .split("\n\n")
    .filter((block) => block !== "")
    .map((block) => {
      const [, event = "", data = ""] = /^event: (.*)\ndata: (.*)$/.exec(block) ?? [];
      return event === "" ? block : [event, JSON.parse(data)];
    });
}

describe("Anthropic's messages [req:bridge.anthropic-face]", () => {
  test("are answered whole, with who served", async () => {
    const { post, gateway } = fakeBridge();
    const response = await post("/v1/messages", HELLO);
    expect(response.headers.get("x-sekha-provider")).toBe("openai");
    expect(response.headers.get("request-id")).toBe(response.headers.get("x-request-id"));
    expect(await response.json()).toMatchObject({
      type: "message",
      role: "assistant",
      model: "gpt-4o-2024-08-06",
      content: [{ type: "text", text: "Hello." }],
      stop_reason: "end_turn",
      usage: { input_tokens: 9, output_tokens: 2 },
      sekha_metadata: { routing: { provider_id: "openai" } },
    });
    expect(gateway.chats[0]?.request).toMatchObject({
      model: "claude",
      max_tokens: 100,
      messages: [
        { role: "system", content: "Be brief." },
        { role: "user", content: "Hello" },
      ],
    });
  });

  test("are streamed as its events", async () => {
    const { post } = fakeBridge();
    const response = await post("/v1/messages", { ...HELLO, stream: true });
    expect(response.headers.get("content-type")).toContain("text/event-stream");
    const events = eventsIn(await response.text());
    expect(events.map((event) => (typeof event === "string" ? event : event[0]))).toEqual([
      "message_start",
      "content_block_start",
      "content_block_delta",
      "content_block_delta",
      "content_block_stop",
      "message_delta",
      "message_stop",
      ": x-sekha-cost 0.0000525",
    ]);
    expect(events[0]).toEqual([
      "message_start",
      expect.objectContaining({ sekha_metadata: expect.any(Object) }),
    ]);
  });

  test("that break off end with an error event and no message_stop", async () => {
    const { post, gateway } = fakeBridge();
    const failure = new GatewayError("providers_unavailable", "The stream was cut.");
    gateway.events = () => eventsOf([textEvent("Hel")], failure);
    const text = await (await post("/v1/messages", { ...HELLO, stream: true })).text();
    expect(eventsIn(text).at(-1)).toEqual([
      "error",
      {
        type: "error",
        error: { type: "api_error", message: "The stream was cut." },
        request_id: expect.any(String),
      },
    ]);
    expect(text).not.toContain("message_stop");
  });

  test.each([
    [{}, "messages"],
    [{ ...HELLO, messages: [] }, "messages"],
    [{ ...HELLO, max_tokens: undefined }, "max_tokens"],
    [{ ...HELLO, messages: [{ role: "alien", content: "x" }] }, "messages.0.role"],
    [{ ...HELLO, messages: [{ role: "user", content: [{}] }] }, "messages.0.content"],
    [{ ...HELLO, tools: [{ type: "web_search_20250305", name: "web_search" }] }, "tool type"],
    [{ ...HELLO, system: 5 }, "system"],
  ])("of %j are refused in its shape", async (body, place) => {
    const { post, gateway } = fakeBridge();
    const response = await post("/v1/messages", body);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({
      type: "error",
      error: { type: "invalid_request_error", message: expect.stringContaining(place) },
    });
    expect(gateway.chats).toEqual([]);
  });

  test.each([
    ["budget_exceeded", 402, "billing_error"],
    ["rate_limited", 429, "rate_limit_error"],
    ["providers_unavailable", 503, "api_error"],
  ] as const)("that meet %s get a %i, streamed or not", async (code, status, type) => {
    const { post, gateway } = fakeBridge();
    gateway.failure = new GatewayError(code, "No.");
    for (const stream of [false, true]) {
      const response = await post("/v1/messages", { ...HELLO, stream });
      expect(response.status).toBe(status);
      expect(await response.json()).toMatchObject({ error: { type, message: "No." } });
    }
  });

  test("are counted without a call", async () => {
    const { post, gateway } = fakeBridge();
    const { max_tokens: _, ...counted } = HELLO;
    const response = await post("/v1/messages/count_tokens", counted);
    const { input_tokens } = await response.json();
    expect(input_tokens).toBeGreaterThan(2);
    expect(input_tokens).toBeLessThan(60);
    expect(gateway.chats).toEqual([]);
  });
});
