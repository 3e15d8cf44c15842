import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { ChatChunk, ChatDelta, ChatResponse, FinishReason, ToolCall } from "./chat.ts";
import { ChunkAssembly } from "./chunk-assembly.ts";
import { chunksOf } from "./response-chunks.ts";

const head = { id: "c1", object: "chat.completion.chunk" as const, created: 5, model: "m" };

function chunk(delta: unknown, finish: FinishReason | null = null, index = 0): ChatChunk {
  return { ...head, choices: [{ index, delta: delta as ChatDelta, finish_reason: finish }] };
}

function assembled(chunks: ChatChunk[]): ChunkAssembly {
  const assembly = new ChunkAssembly();
  for (const one of chunks) assembly.add(one);
  return assembly;
}

function toolPart(id: string | undefined, text: string, place: { index?: number; name?: string }) {
  const { index, name } = place;
  return { tool_calls: [{ index, id, function: { name, arguments: text } }] };
}

function callsOf(assembly: ChunkAssembly): string[] {
  const calls = assembly.response().choices[0]?.message.tool_calls ?? [];
  return calls.map((call) => `${call.id} ${call.function.name}(${call.function.arguments})`);
}

describe("chunks put together", () => {
  test("are the whole answer: text, reasoning, log probabilities, extra fields and usage", () => {
    const assembly = assembled([
      { ...chunk({ role: "assistant", content: "" }), system_fingerprint: "fp" },
      chunk({ reasoning_content: "Let me " }),
      chunk({ reasoning_content: "see." }),
      {
        ...head,
        choices: [
          { index: 0, delta: { content: "Hel" }, logprobs: { content: [{ token: "Hel" }] } },
        ],
      },
      {
        ...head,
        choices: [{ index: 0, delta: { content: "lo" }, logprobs: { content: [{ token: "lo" }] } }],
      },
      chunk({}, "length"),
      { ...head, choices: [], usage: { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 } },
    ]);
    expect(assembly.complete).toBe(true);
    expect(assembly.response()).toEqual({
      id: "c1",
      object: "chat.completion",
      created: 5,
      model: "m",
      system_fingerprint: "fp",
      choices: [
        {
          index: 0,
          message: { role: "assistant", content: "Hello", reasoning_content: "Let me see." },
          logprobs: { content: [{ token: "Hel" }, { token: "lo" }] },
          finish_reason: "length",
        },
      ],
      usage: { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 },
    });
  });

  test("keep several choices apart and are complete only when every one has ended", () => {
    const assembly = assembled([
      chunk({ content: "b" }, null, 1),
      chunk({ content: "a" }, "stop", 0),
    ]);
    expect(assembly.complete).toBe(false);
    assembly.add(chunk({ content: "B" }, "stop", 1));
    expect(assembly.complete).toBe(true);
    const texts = assembly.response().choices.map((choice) => choice.message.content);
    expect(texts).toEqual(["a", "bB"]);
    expect(new ChunkAssembly().complete).toBe(false);
  });

  test("join tool calls by index, interleaved too", () => {
    const assembly = assembled([
      chunk(toolPart("a", "", { index: 0, name: "f" })),
      chunk(toolPart("b", "", { index: 1, name: "g" })),
      chunk(toolPart(undefined, '{"x":', { index: 0 })),
      chunk(toolPart(undefined, "{}", { index: 1 })),
      chunk(toolPart(undefined, "1}", { index: 0 })),
      chunk({}, "tool_calls"),
    ]);
    expect(callsOf(assembly)).toEqual(['a f({"x":1})', "b g({})"]);
    expect(assembly.response().choices[0]?.message.content).toBeNull();
  });

  test("tell tool calls apart by their ids where a server leaves the index out or says 0 for all", () => {
    for (const place of [{}, { index: 0 }]) {
      const assembly = assembled([
        chunk(toolPart("a", '{"x"', { ...place, name: "f" })),
        chunk(toolPart(undefined, ":1}", place)),
        chunk(toolPart("b", "{", { ...place, name: "f" })),
        chunk(toolPart("b", "}", place)),
      ]);
      expect(callsOf(assembly)).toEqual(['a f({"x":1})', "b f({})"]);
    }
  });

  test("take strange shapes without failing", () => {
    const strange: unknown[] = [
      { choices: null },
      { choices: [null, 3, { index: 0 }, { index: 0, delta: null }] },
      chunk({ content: null, tool_calls: null }),
      chunk({ tool_calls: [null, {}, { index: 0, function: null }] }),
      chunk({ tool_calls: [{ index: 0, id: "a", function: { name: "f", arguments: { x: 1 } } }] }),
    ];
    expect(callsOf(assembled(strange as ChatChunk[]))).toEqual(['a f({"x":1})']);
  });
});

const text = fc.string({ minLength: 1 });
const call: fc.Arbitrary<ToolCall> = fc.record({
  id: fc.uuid(),
  type: fc.constant("function"),
  function: fc.record({ name: text, arguments: text }),
});
const choice = fc.record({
  content: fc.option(text),
  reasoning: fc.option(text),
  calls: fc.uniqueArray(call, { minLength: 1, maxLength: 4, selector: ({ id }) => id }),
  finish: fc.constantFrom<FinishReason>("stop", "length", "tool_calls", "content_filter"),
});

describe("a whole answer", () => {
  test("played as a stream and put together again is the same", () => {
    fc.assert(
      fc.property(fc.array(choice, { minLength: 1, maxLength: 3 }), (choices) => {
        const response: ChatResponse = {
          id: "r",
          object: "chat.completion",
          created: 9,
          model: "m",
          choices: choices.map(({ content, reasoning, calls, finish }, index) => ({
            index,
            message: {
              role: "assistant",
              content,
              ...(reasoning === null ? {} : { reasoning_content: reasoning }),
              tool_calls: calls,
            },
            finish_reason: finish,
          })),
          usage: { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 },
        };
        const assembly = assembled(chunksOf(response));
        expect(assembly.complete).toBe(true);
        expect(assembly.response()).toEqual(response);
      }),
    );
  });

  test("begins with its role and ends with the finish reason and the usage", () => {
    const chunks = chunksOf({
      id: "r",
      object: "chat.completion",
      created: 9,
      model: "m",
      choices: [
        {
          index: 0,
          message: { role: "assistant", content: "Hi" },
          finish_reason: "stop",
          logprobs: { content: [] },
        },
      ],
      usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
    });
    expect(chunks.map(({ choices }) => choices)).toEqual([
      [{ index: 0, delta: { role: "assistant", content: "" }, finish_reason: null }],
      [{ index: 0, delta: { content: "Hi" }, finish_reason: null, logprobs: { content: [] } }],
      [{ index: 0, delta: {}, finish_reason: "stop" }],
      [],
    ]);
    expect(chunks.at(-1)?.usage?.total_tokens).toBe(2);
  });
});
