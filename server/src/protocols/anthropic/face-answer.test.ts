import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { bytePieces, collect, collectUntilFailure, sequence } from "../__fixtures__/pieces.ts";
import { recorded } from "../__fixtures__/recorded.ts";
import type { ChatChunk, ChatDelta, ChatResponse, FinishReason } from "../openai/chat.ts";
import { ChunkAssembly } from "../openai/chunk-assembly.ts";
import { chunksOf } from "../openai/response-chunks.ts";
import { parseSse } from "../sse.ts";
import { FramingError } from "../stream-failure.ts";
import { anthropicError } from "./error-body.ts";
import { toAnthropicEvents } from "./face-events.ts";
import { toAnthropicMessage } from "./face-message.ts";
import { fromAnthropicEvents } from "./provider-events.ts";
import { fromAnthropicMessage } from "./provider-message.ts";

const head = { id: "c1", object: "chat.completion.chunk" as const, created: 5, model: "m" };

function chunk(delta: ChatDelta, finish: FinishReason | null = null): ChatChunk {
  return { ...head, choices: [{ index: 0, delta, finish_reason: finish }] };
}

function tool(index: number, text: string, begin?: { id: string; name: string }): ChatChunk {
  const part = { name: begin?.name ?? "", arguments: text };
  return chunk({ tool_calls: [{ index, id: begin?.id ?? "", function: part }] });
}

async function eventsOf(chunks: ChatChunk[]): Promise<Record<string, unknown>[]> {
  const events = await collect(toAnthropicEvents(sequence(chunks)));
  return events.map(({ event, data }) => {
    const body = JSON.parse(data);
    expect(body.type).toBe(event);
    return body;
  });
}

/** One word for each event, to see the order. */
function outline(events: Record<string, unknown>[]): string[] {
  return events.map((event) => {
    const { content_block, delta, index } = event as Record<string, Record<string, unknown>>;
    const detail = content_block?.type ?? delta?.partial_json ?? delta?.text ?? delta?.thinking;
    const words = [String(event.type).replace("content_block_", ""), index, detail];
    return words.filter((word) => word !== undefined).join(" ");
  });
}

const usage = {
  prompt_tokens: 30,
  completion_tokens: 4,
  total_tokens: 34,
  prompt_tokens_details: { cached_tokens: 20, cache_write_tokens: 5 },
};

describe("an answer for an Anthropic client", () => {
  test("whole, is the message that Anthropic itself would have sent", () => {
    const message = JSON.parse(recorded(import.meta.url, "message-tools.json"));
    const back = toAnthropicMessage(fromAnthropicMessage(message, { created: 1 }));
    const { service_tier: _, ...counts } = message.usage;
    expect(back).toEqual({ ...message, usage: counts });
  });

  test("whole, of another provider has Anthropic's id, blocks and reason", () => {
    const response: ChatResponse = {
      id: "chatcmpl-1",
      object: "chat.completion",
      created: 1,
      model: "gpt",
      choices: [
        {
          index: 0,
          message: {
            role: "assistant",
            content: "Yes",
            reasoning_content: "Hm",
            tool_calls: [{ id: "a", type: "function", function: { name: "f", arguments: "" } }],
          },
          finish_reason: "stop",
        },
      ],
      usage,
    };
    expect(toAnthropicMessage(response)).toEqual({
      id: "msg_chatcmpl-1",
      type: "message",
      role: "assistant",
      model: "gpt",
      content: [
        { type: "thinking", thinking: "Hm", signature: "" },
        { type: "text", text: "Yes" },
        { type: "tool_use", id: "a", name: "f", input: {} },
      ],
      stop_reason: "tool_use",
      stop_sequence: null,
      usage: {
        input_tokens: 5,
        cache_read_input_tokens: 20,
        cache_creation_input_tokens: 5,
        output_tokens: 4,
      },
    });
  });

  test("whole, tells refusals, limits and stop sequences apart, and never makes up tool input", () => {
    const answer = (finish_reason: FinishReason, more: object, message: object = {}) =>
      toAnthropicMessage({
        id: "r",
        object: "chat.completion",
        created: 1,
        model: "m",
        choices: [{ index: 0, message: { role: "assistant", ...message }, finish_reason, ...more }],
      });
    const refused = answer("content_filter", {}, { refusal: "No." });
    expect(refused).toMatchObject({ stop_reason: "refusal", content: [{ text: "No." }] });
    expect(answer("length", {})).toMatchObject({ stop_reason: "max_tokens", content: [] });
    expect(answer("stop", { stop_reason: "END" })).toMatchObject({
      stop_reason: "stop_sequence",
      stop_sequence: "END",
    });
    const broken = { id: "a", type: "function", function: { name: "f", arguments: "{broken" } };
    expect(() => answer("tool_calls", {}, { tool_calls: [broken] })).toThrow(FramingError);
  });

  test("streamed, is events in Anthropic's order, one block open at a time", async () => {
    const events = await eventsOf([
      chunk({ role: "assistant", content: "" }),
      chunk({ reasoning_content: "Hm" }),
      chunk({ content: "Hel" }),
      chunk({ content: "lo" }),
      tool(0, "", { id: "a", name: "f" }),
      tool(0, '{"x":'),
      tool(0, "1}"),
      tool(1, "{}", { id: "b", name: "g" }),
      chunk({}, "tool_calls"),
      { ...head, choices: [], usage },
    ]);
    expect(outline(events)).toEqual([
      "message_start",
      "start 0 thinking",
      "delta 0 Hm",
      "stop 0",
      "start 1 text",
      "delta 1 Hel",
      "delta 1 lo",
      "stop 1",
      "start 2 tool_use",
      'delta 2 {"x":',
      "delta 2 1}",
      "stop 2",
      "start 3 tool_use",
      "delta 3 {}",
      "stop 3",
      "message_delta",
      "message_stop",
    ]);
    expect(events[0]).toMatchObject({ message: { id: "msg_c1", model: "m", content: [] } });
    expect(events.at(-2)).toEqual({
      type: "message_delta",
      delta: { stop_reason: "tool_use", stop_sequence: null },
      usage: {
        input_tokens: 5,
        cache_read_input_tokens: 20,
        cache_creation_input_tokens: 5,
        output_tokens: 4,
      },
    });
  });

  test("streamed, passes on the first call at once while others that come in between wait", async () => {
    const events = await eventsOf([
      tool(0, "", { id: "a", name: "f" }),
      tool(1, "", { id: "b", name: "g" }),
      tool(0, '{"x"'),
      tool(1, '{"y"'),
      tool(0, ":1}"),
      tool(1, ":2}"),
      tool(2, "", { id: "c", name: "h" }),
      chunk({}, "tool_calls"),
    ]);
    expect(outline(events)).toEqual([
      "message_start",
      "start 0 tool_use",
      'delta 0 {"x"',
      "delta 0 :1}",
      "stop 0",
      "start 1 tool_use",
      'delta 1 {"y":2}',
      "stop 1",
      "start 2 tool_use",
      "stop 2",
      "message_delta",
      "message_stop",
    ]);
  });

  test("streamed, keeps calls apart that a server gives one index or none, and takes arguments sent as an object", async () => {
    const nameless = { tool_calls: [{ function: { arguments: ":3}" } }] };
    const asObject = {
      tool_calls: [{ index: 0, id: "d", function: { name: "i", arguments: { w: 4 } } }],
    };
    const events = await eventsOf([
      tool(0, '{"x":1}', { id: "a", name: "f" }),
      tool(0, '{"y":2}', { id: "b", name: "g" }),
      chunk({ tool_calls: [{ id: "c", function: { name: "h", arguments: '{"z"' } }] } as ChatDelta),
      chunk(nameless as ChatDelta),
      chunk(asObject as unknown as ChatDelta, "tool_calls"),
    ]);
    const starts = events.filter(({ type }) => type === "content_block_start");
    expect(starts.map(({ content_block }) => content_block)).toMatchObject([
      { id: "a", name: "f" },
      { id: "b", name: "g" },
      { id: "c", name: "h" },
      { id: "d", name: "i" },
    ]);
    expect(outline(events).filter((line) => line.startsWith("delta"))).toEqual([
      'delta 0 {"x":1}',
      'delta 1 {"y":2}',
      'delta 2 {"z"',
      "delta 2 :3}",
      'delta 3 {"w":4}',
    ]);
  });

  test("streamed, is not passed on when a call goes on after its end", async () => {
    const chunks = [
      tool(0, "{}", { id: "a", name: "f" }),
      chunk({ content: "x" }),
      tool(0, "more"),
    ];
    await expect(collect(toAnthropicEvents(sequence(chunks)))).rejects.toThrow(FramingError);
  });

  test("streamed, has no end when the chunks break off", async () => {
    const breaking = async function* (): AsyncGenerator<ChatChunk> {
      yield chunk({ content: "x" });
      throw new Error("cut");
    };
    const { items, failure } = await collectUntilFailure(toAnthropicEvents(breaking()));
    expect(items.map(({ event }) => event)).toEqual([
      "message_start",
      "content_block_start",
      "content_block_delta",
    ]);
    expect(failure).toMatchObject({ message: "cut" });
    expect(await eventsOf([])).toEqual([]);
  });

  test("streamed, of Anthropic's own is the same answer, signatures included", async () => {
    const text = recorded(import.meta.url, "stream-tools.sse");
    const read = async (source: AsyncIterable<{ event: string | undefined; data: string }>) => {
      const assembly = new ChunkAssembly();
      const chunks = await collect(fromAnthropicEvents(source, { created: 1 }));
      for (const one of chunks) assembly.add(one);
      return { chunks, response: assembly.response() };
    };
    const first = await read(parseSse(bytePieces(text, [])));
    const second = await read(toAnthropicEvents(sequence(first.chunks)));
    expect(second.response).toEqual(first.response);
  });

  test("has error bodies of Anthropic's shape", () => {
    expect(anthropicError("overloaded_error", "Later.")).toEqual({
      type: "error",
      error: { type: "overloaded_error", message: "Later." },
    });
  });
});

const text = fc.string({ minLength: 1 });
const response: fc.Arbitrary<ChatResponse> = fc
  .record({
    content: text,
    calls: fc.array(
      fc.record({ id: fc.uuid(), name: text, input: fc.dictionary(fc.string(), fc.jsonValue()) }),
      { maxLength: 3 },
    ),
  })
  .map(({ content, calls }) => ({
    id: "msg_1",
    object: "chat.completion",
    created: 1,
    model: "m",
    choices: [
      {
        index: 0,
        message: {
          role: "assistant",
          content,
          ...(calls.length === 0
            ? {}
            : {
                tool_calls: calls.map(({ id, name, input }) => ({
                  id,
                  type: "function" as const,
                  function: { name, arguments: JSON.stringify(input) },
                })),
              }),
        },
        finish_reason: calls.length === 0 ? "stop" : "tool_calls",
      },
    ],
    usage,
  }));

describe("an answer through Anthropic's format and back", () => {
  test("is the same, whole and streamed", async () => {
    const options = { created: 1 };
    await fc.assert(
      fc.asyncProperty(response, async (answer) => {
        expect(fromAnthropicMessage(toAnthropicMessage(answer), options)).toEqual(answer);
        const events = toAnthropicEvents(sequence(chunksOf(answer)));
        const assembly = new ChunkAssembly();
        for await (const one of fromAnthropicEvents(events, options)) assembly.add(one);
        expect(assembly.response()).toEqual(answer);
      }),
    );
  });
});
