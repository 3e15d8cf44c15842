import { describe, expect, test } from "vitest";
import { GatewayError } from "../../llm/gateway.ts";
import { fakeBridge } from "./__fixtures__/fake-bridge.ts";
import { eventsOf, textEvent } from "./__fixtures__/fake-gateway.ts";

const HELLO = { model: "gpt", instructions: "Be brief.", input: "Hello" };

/** Data of each event, whose name is its type; comments as they are. */
function eventsIn(text: string): (string | Record<string, unknown>)[] {
  return text
    .split("\n\n")
    .filter((block) => block !== "")
    .map((block) => {
      const [, event = "", data = ""] = /^event: (.*)\ndata: (.*)$/.exec(block) ?? [];
      if (event === "") return block;
      const body = JSON.parse(data);
      expect(body.type).toBe(event);
      return body;
    });
}

function typesOf(events: ReturnType<typeof eventsIn>): unknown[] {
  return events.map((event) => (typeof event === "string" ? event : event.type));
}

describe("OpenAI's responses [req:bridge.responses-face]", () => {
  test("are answered whole, with who served and nothing stored", async () => {
    const { post, gateway } = fakeBridge();
    const response = await post("/v1/responses", { ...HELLO, store: true });
    expect(response.headers.get("x-sekha-provider")).toBe("openai");
    expect(await response.json()).toMatchObject({
      id: expect.stringMatching(/^resp_[0-9a-f]{32}$/),
      object: "response",
      created_at: expect.any(Number),
      status: "completed",
      model: "gpt-4o-2024-08-06",
      instructions: "Be brief.",
      store: false,
      output: [{ type: "message", content: [{ type: "output_text", text: "Hello." }] }],
      usage: { input_tokens: 9, output_tokens: 2, total_tokens: 11 },
      sekha_metadata: { routing: { provider_id: "openai", cost: expect.any(Number) } },
    });
    expect(gateway.chats[0]?.request).toEqual({
      model: "gpt",
      messages: [
        { role: "system", content: "Be brief." },
        { role: "user", content: "Hello" },
      ],
    });
  });

  test("are streamed as their events; the first says who serves, the last the cost", async () => {
    const { post } = fakeBridge();
    const response = await post("/v1/responses", { ...HELLO, stream: true });
    expect(response.headers.get("content-type")).toContain("text/event-stream");
    const events = eventsIn(await response.text());
    expect(typesOf(events)).toEqual([
      "response.created",
      "response.in_progress",
      "response.output_item.added",
      "response.content_part.added",
      "response.output_text.delta",
      "response.output_text.delta",
      ": x-sekha-cost 0.0000525",
      "response.output_text.done",
      "response.content_part.done",
      "response.output_item.done",
      "response.completed",
    ]);
    const routing = { provider_id: "openai" };
    expect(events[0]).toMatchObject({ response: { sekha_metadata: { routing } } });
    expect(events.at(-1)).toMatchObject({
      response: {
        sekha_metadata: { routing: { ...routing, cost: 0.0000525 } },
        usage: { input_tokens: 9, output_tokens: 2 },
      },
    });
  });

  test("that break off end with the error and response.failed", async () => {
    const { post, gateway } = fakeBridge();
    const failure = new GatewayError("providers_unavailable", "The stream was cut.");
    gateway.events = () => eventsOf([textEvent("Hel")], failure);
    const text = await (await post("/v1/responses", { ...HELLO, stream: true })).text();
    expect(eventsIn(text).slice(-2)).toMatchObject([
      {
        type: "error",
        code: "providers_unavailable",
        message: "The stream was cut.",
        error: { type: "server_error", message: "The stream was cut." },
      },
      {
        type: "response.failed",
        response: {
          status: "failed",
          error: { code: "server_error", message: "The stream was cut." },
          output: [{ status: "incomplete", content: [{ text: "Hel" }] }],
        },
      },
    ]);
    expect(text).not.toContain("response.completed");
  });

  test.each([
    [{}, "input"],
    [{ input: [] }, "input"],
    [{ input: 5 }, "input"],
    [{ input: ["x"] }, "input"],
    [{ input: [{ role: "alien", content: "x" }] }, "input.0.role"],
    [{ input: [{ role: "user" }] }, "input.0.content"],
    [{ input: [{ type: "function_call", name: "f", arguments: "" }] }, "input.0.call_id"],
    [{ input: [{ type: "function_call_output", call_id: "c" }] }, "input.0.output"],
    [{ ...HELLO, max_output_tokens: 0 }, "max_output_tokens"],
    [{ ...HELLO, text: { format: { type: "json_schema", name: "x" } } }, "text.format.schema"],
    [{ ...HELLO, tools: [{ type: "function" }] }, "tools.0.name"],
    [{ ...HELLO, previous_response_id: "resp_1" }, "previous_response_id"],
    [{ ...HELLO, conversation: "conv_1" }, "conversation"],
    [{ ...HELLO, background: true }, "background"],
    [{ ...HELLO, prompt: { id: "p" } }, "prompt"],
    [{ ...HELLO, top_logprobs: 3 }, "top_logprobs"],
    [{ ...HELLO, include: ["message.output_text.logprobs"] }, "include"],
  ])("of %j are refused with the name of what is wrong", async (body, param) => {
    const { post, gateway } = fakeBridge();
    const response = await post("/v1/responses", body);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({
      error: {
        type: "invalid_request_error",
        param,
        message: expect.stringContaining(param),
      },
    });
    expect(gateway.chats).toEqual([]);
  });

  test("say what to do instead of naming an earlier one, and which tool is not there", async () => {
    const { post } = fakeBridge();
    const messageOf = async (fields: object) =>
      (await (await post("/v1/responses", { ...HELLO, ...fields })).json()).error.message;
    expect(await messageOf({ previous_response_id: "resp_1" })).toMatch(/whole history.*memory/);
    expect(await messageOf({ tools: [{ type: "web_search" }] })).toMatch(/"web_search".*function/);
  });

  test("take what asks for nothing: null, false and 0 are as good as left out", async () => {
    const { post } = fakeBridge();
    const absent = { previous_response_id: null, background: false, top_logprobs: 0 };
    const response = await post("/v1/responses", { ...HELLO, ...absent });
    expect(response.status).toBe(200);
  });

  test.each([
    ["budget_exceeded", 402, "insufficient_quota"],
    ["rate_limited", 429, "rate_limit_error"],
    ["providers_unavailable", 503, "server_error"],
  ] as const)("that meet %s get a %i, streamed or not", async (code, status, type) => {
    const { post, gateway } = fakeBridge();
    gateway.failure = new GatewayError(code, "No.");
    for (const stream of [false, true]) {
      const response = await post("/v1/responses", { ...HELLO, stream });
      expect(response.status).toBe(status);
      expect(await response.json()).toMatchObject({ error: { type, message: "No." } });
    }
  });
});
