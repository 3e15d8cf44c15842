import { describe, expect, test } from "vitest";
import { bytePieces, collect, collectUntilFailure, sequence } from "../__fixtures__/pieces.ts";
import { recorded } from "../__fixtures__/recorded.ts";
import type { ChatChunk, ChatResponse } from "../openai/chat.ts";
import { ChunkAssembly } from "../openai/chunk-assembly.ts";
import { hasRealToken } from "../openai/chunk-content.ts";
import { parseSse } from "../sse.ts";
import { FramingError, ProtocolErrorEvent, StreamCut } from "../stream-failure.ts";
import { fromAnthropicEvents } from "./provider-events.ts";
import { fromAnthropicMessage } from "./provider-message.ts";

const options = { created: 1_700_000_000 };

const EXPECTED: ChatResponse = {
  id: "msg_01XFDUDYJgAACzvnptvVoYEL",
  object: "chat.completion",
  created: 1_700_000_000,
  model: "claude-sonnet-4-5-20250929",
  choices: [
    {
      index: 0,
      message: {
        role: "assistant",
        content: "I will look up both.",
        reasoning_content: "The user wants two cities.",
        thinking_blocks: [
          {
            type: "thinking",
            thinking: "The user wants two cities.",
            signature: "c2lnbmF0dXJlLW9mLXRoaW5raW5n",
          },
          { type: "redacted_thinking", data: "cmVkYWN0ZWQ=" },
        ],
        tool_calls: [
          {
            id: "toolu_01A09q90qw90lq917835lq9",
            type: "function",
            function: { name: "get_weather", arguments: '{"city":"Köln"}' },
          },
          {
            id: "toolu_01B09q90qw90lq917835lq9",
            type: "function",
            function: { name: "get_time", arguments: "{}" },
          },
        ],
      },
      finish_reason: "tool_calls",
    },
  ],
  usage: {
    prompt_tokens: 1212,
    completion_tokens: 90,
    total_tokens: 1302,
    prompt_tokens_details: { cached_tokens: 1000, cache_write_tokens: 200 },
    completion_tokens_details: { reasoning_tokens: 40 },
  },
};

function chunksOfText(text: string): AsyncGenerator<ChatChunk> {
  return fromAnthropicEvents(parseSse(bytePieces(text, [])), options);
}

describe("a whole answer of Anthropic's", () => {
  test("keeps text, thinking, tool calls and every kind of token", () => {
    const message = JSON.parse(recorded(import.meta.url, "message-tools.json"));
    expect(fromAnthropicMessage(message, options)).toEqual(EXPECTED);
  });

  test("says why it ended, in OpenAI's words", () => {
    const reasons = {
      end_turn: "stop",
      max_tokens: "length",
      model_context_window_exceeded: "length",
      tool_use: "tool_calls",
      refusal: "content_filter",
      pause_turn: "stop",
      something_new: "stop",
    };
    for (const [stop_reason, finish_reason] of Object.entries(reasons)) {
      const answer = fromAnthropicMessage({ content: [], stop_reason }, options);
      expect(answer.choices[0]).toMatchObject({ finish_reason, message: { content: "" } });
    }
    const stopped = { content: [], stop_reason: "stop_sequence", stop_sequence: "END" };
    expect(fromAnthropicMessage(stopped, options).choices[0]).toMatchObject({
      finish_reason: "stop",
      stop_reason: "END",
    });
  });

  test("that is an error or no message throws", () => {
    const error = { type: "error", error: { type: "overloaded_error", message: "Overloaded" } };
    expect(() => fromAnthropicMessage(error, options)).toThrow(ProtocolErrorEvent);
    for (const body of [null, "text", [], {}, { content: null }]) {
      expect(() => fromAnthropicMessage(body, options)).toThrow(FramingError);
    }
  });

  test("without counts has no usage, whole and streamed: zero tokens would cost nothing", async () => {
    expect(fromAnthropicMessage({ content: [null, {}] }, options)).not.toHaveProperty("usage");
    const data = [{ type: "message_start", message: { usage: null } }, { type: "message_stop" }];
    const text = data.map((body) => `event: ${body.type}\ndata: ${JSON.stringify(body)}\n\n`);
    const chunks = await collect(chunksOfText(text.join("")));
    expect(chunks.length).toBeGreaterThan(0);
    expect(chunks.filter(({ usage }) => usage)).toEqual([]);
  });
});

describe("a stream of Anthropic's", () => {
  test("is the same answer as the whole one, wherever its bytes are cut", async () => {
    const text = recorded(import.meta.url, "stream-tools.sse");
    for (const cuts of [[], Array.from({ length: text.length }, (_, index) => index)]) {
      const assembly = new ChunkAssembly();
      const events = parseSse(bytePieces(text, cuts));
      for await (const chunk of fromAnthropicEvents(events, options)) assembly.add(chunk);
      expect(assembly.complete).toBe(true);
      expect(assembly.response()).toEqual(EXPECTED);
    }
  });

  test("begins with a role, gives nothing for pings, ends with the reason and then the usage", async () => {
    const chunks = await collect(chunksOfText(recorded(import.meta.url, "stream-tools.sse")));
    expect(chunks[0]?.choices[0]?.delta).toEqual({ role: "assistant", content: "" });
    expect(chunks.map(hasRealToken).indexOf(true)).toBe(1);
    const [reason, usage] = chunks.slice(-2);
    expect(reason?.choices[0]).toMatchObject({ delta: {}, finish_reason: "tool_calls" });
    expect(usage).toMatchObject({ choices: [], usage: { total_tokens: 1302 } });
  });

  test("with an error event throws it, with what came before delivered and no end", async () => {
    const text = recorded(import.meta.url, "stream-overloaded.sse");
    const { items, failure } = await collectUntilFailure(chunksOfText(text));
    expect(items.map(({ choices }) => choices[0]?.delta.content)).toEqual(["", "Okay"]);
    expect(items.every(({ choices }) => choices[0]?.finish_reason === null)).toBe(true);
    expect(failure).toBeInstanceOf(ProtocolErrorEvent);
    expect(failure).toMatchObject({ type: "overloaded_error", message: "Overloaded" });
  });

  test("gives a tool call without input empty arguments, which can be parsed", async () => {
    const block = { type: "tool_use", id: "t", name: "f", input: {} };
    const events = [
      { type: "content_block_start", index: 0, content_block: block },
      { type: "content_block_stop", index: 0 },
      { type: "message_delta", delta: { stop_reason: "tool_use" } },
      { type: "message_stop" },
    ].map((body) => ({ event: body.type, data: JSON.stringify(body) }));
    const assembly = new ChunkAssembly();
    for (const chunk of await collect(fromAnthropicEvents(sequence(events), options))) {
      assembly.add(chunk);
    }
    expect(assembly.response().choices[0]?.message.tool_calls).toEqual([
      { id: "t", type: "function", function: { name: "f", arguments: "{}" } },
    ]);
  });

  test("cut anywhere before message_stop is a cut and has no end", async () => {
    const text = recorded(import.meta.url, "stream-tools.sse");
    const events = text.split("\n\n").filter((event) => event !== "");
    for (let kept = 0; kept < events.length; kept += 1) {
      const cut = events.slice(0, kept).map((event) => `${event}\n\n`);
      const { items, failure } = await collectUntilFailure(chunksOfText(cut.join("")));
      expect(failure).toBeInstanceOf(StreamCut);
      expect(items.every(({ choices }) => choices[0]?.finish_reason === null)).toBe(true);
    }
  });

  test("with an event that is no JSON object is malformed; unknown events and blocks are read over", async () => {
    const broken = chunksOfText("event: message_start\ndata: <html>\n\n");
    await expect(collect(broken)).rejects.toThrow(FramingError);
    const strange = [
      {},
      { type: "something_new" },
      { type: "message_start", message: null },
      { type: "content_block_start", index: 0, content_block: { type: "server_tool_use" } },
      {
        type: "content_block_delta",
        index: 0,
        delta: { type: "input_json_delta", partial_json: "{}" },
      },
      { type: "content_block_delta", delta: null },
      { type: "message_delta" },
      { type: "message_stop" },
    ].map((body) => ({ event: undefined, data: JSON.stringify(body) }));
    const chunks = await collect(fromAnthropicEvents(sequence(strange), options));
    expect(chunks.map(({ choices }) => choices[0]?.delta)).toEqual([
      { role: "assistant", content: "" },
      {},
    ]);
  });
});
