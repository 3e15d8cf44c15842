import { describe, expect, test } from "vitest";
import { bytePieces, collect, collectUntilFailure, sequence } from "../__fixtures__/pieces.ts";
import { recorded } from "../__fixtures__/recorded.ts";
import { parseNdjson } from "../ndjson.ts";
import type { ChatChunk, ChatResponse } from "../openai/chat.ts";
import { ChunkAssembly } from "../openai/chunk-assembly.ts";
import { FramingError, ProtocolErrorEvent, StreamCut } from "../stream-failure.ts";
import { fromOllamaChat } from "./provider-answer.ts";
import { fromOllamaChunks } from "./provider-chunks.ts";
import { fromOllamaEmbed, toOllamaEmbed } from "./provider-embed.ts";

const options = { id: "chatcmpl-1", created: 1_700_000_000 };

const EXPECTED: ChatResponse = {
  id: "chatcmpl-1",
  object: "chat.completion",
  created: 1_700_000_000,
  model: "qwen3:8b",
  choices: [
    {
      index: 0,
      message: {
        role: "assistant",
        content: null,
        reasoning_content: "Two cities, two calls.",
        tool_calls: [
          {
            id: "call_9ws1hmpz",
            type: "function",
            function: { name: "get_weather", arguments: '{"city":"Köln"}' },
          },
          { id: "call_1_1", type: "function", function: { name: "get_time", arguments: "{}" } },
        ],
      },
      finish_reason: "tool_calls",
    },
  ],
  usage: { prompt_tokens: 169, completion_tokens: 18, total_tokens: 187 },
};

function chunksOfLines(...lines: unknown[]): AsyncGenerator<ChatChunk> {
  return fromOllamaChunks(sequence(lines.map((line) => JSON.stringify(line))), options);
}

describe("a whole answer of Ollama's", () => {
  test("keeps thinking, tool calls and tokens; calls have ids and the reason says so", () => {
    const body = JSON.parse(recorded(import.meta.url, "chat-tools.json"));
    expect(fromOllamaChat(body, options)).toEqual(EXPECTED);
  });

  test("ended by its limit says length, and counts nothing that Ollama left out", () => {
    const body = { model: "m", message: { content: "Hi" }, done: true, done_reason: "length" };
    expect(fromOllamaChat(body, options)).toMatchObject({
      choices: [{ message: { content: "Hi" }, finish_reason: "length" }],
      usage: { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 },
    });
  });

  test("has log probabilities in OpenAI's shape", () => {
    const logprobs = [{ token: "Hi", logprob: -0.1, bytes: [72, 105] }];
    const answer = fromOllamaChat({ message: { content: "Hi" }, done: true, logprobs }, options);
    expect(answer.choices[0]?.logprobs).toEqual({
      content: [{ token: "Hi", logprob: -0.1, bytes: [72, 105], top_logprobs: [] }],
    });
  });

  test("that is an error, unfinished or of another shape throws", () => {
    const failing = () => fromOllamaChat({ error: "model runner has stopped" }, options);
    expect(failing).toThrow(ProtocolErrorEvent);
    expect(failing).toThrow("model runner has stopped");
    for (const body of [null, "x", {}, { message: null }, { message: {}, done: false }]) {
      expect(() => fromOllamaChat(body, options)).toThrow(FramingError);
    }
    const odd = { message: { content: null, tool_calls: [null, {}, { function: null }] } };
    expect(fromOllamaChat(odd, options).choices[0]?.message.tool_calls).toHaveLength(2);
  });
});

describe("a stream of Ollama's", () => {
  test("is the same answer as the whole one, wherever its bytes are cut: no tool call is lost", async () => {
    const text = recorded(import.meta.url, "stream-tools.ndjson");
    for (const cuts of [[], Array.from({ length: text.length }, (_, index) => index)]) {
      const assembly = new ChunkAssembly();
      const lines = parseNdjson(bytePieces(text, cuts));
      for await (const chunk of fromOllamaChunks(lines, options)) assembly.add(chunk);
      expect(assembly.complete).toBe(true);
      expect(assembly.response()).toEqual(EXPECTED);
    }
  });

  test("has its role first, its reason and then its usage last", async () => {
    const lines = parseNdjson(bytePieces(recorded(import.meta.url, "stream-text.ndjson"), []));
    const chunks = await collect(fromOllamaChunks(lines, options));
    expect(chunks.map(({ choices }) => choices[0])).toEqual([
      { index: 0, delta: { role: "assistant", content: "The" }, finish_reason: null },
      { index: 0, delta: { content: " sky 🙂" }, finish_reason: null },
      { index: 0, delta: {}, finish_reason: "length" },
      undefined,
    ]);
    expect(chunks.at(-1)?.usage).toEqual({
      prompt_tokens: 26,
      completion_tokens: 282,
      total_tokens: 308,
    });
  });

  test("takes tool calls that stand in its last line", async () => {
    const tool_calls = [{ function: { name: "f", arguments: { a: 1 } } }];
    const chunks = await collect(
      chunksOfLines({ message: { content: "", tool_calls }, done: true, done_reason: "stop" }),
    );
    expect(chunks[0]?.choices[0]?.delta.tool_calls).toEqual([
      {
        index: 0,
        id: "call_1_0",
        type: "function",
        function: { name: "f", arguments: '{"a":1}' },
      },
    ]);
    expect(chunks[1]?.choices[0]?.finish_reason).toBe("tool_calls");
  });

  test("keeps arguments that are no JSON, so that nobody calls the tool without them", async () => {
    const tool_calls = [{ function: { name: "f", arguments: '{"path": "/a' } }];
    const [chunk] = await collect(
      chunksOfLines({ message: { content: "", tool_calls }, done: true, done_reason: "stop" }),
    );
    expect(chunk?.choices[0]?.delta.tool_calls?.[0]?.function?.arguments).toBe('{"path": "/a');
  });

  test("with an error line throws it, without its last line is a cut, and no end is made up", async () => {
    const line = { message: { content: "Hi" }, done: false };
    const failed = await collectUntilFailure(chunksOfLines(line, { error: "out of memory" }));
    expect(failed.failure).toBeInstanceOf(ProtocolErrorEvent);
    expect(failed.failure).toMatchObject({ message: "out of memory" });
    const cut = await collectUntilFailure(chunksOfLines(line));
    expect(cut.failure).toBeInstanceOf(StreamCut);
    for (const { items } of [failed, cut]) {
      expect(items.map(({ choices }) => choices[0]?.finish_reason)).toEqual([null]);
    }
    const html = fromOllamaChunks(sequence(["<html>"]), options);
    await expect(collect(html)).rejects.toThrow(FramingError);
  });
});

describe("embeddings of Ollama's", () => {
  test("are asked for all at once, never cut", () => {
    const call = { model: "nomic", contextWindow: 8192, keepAlive: "5m", extra: { num_gpu: 1 } };
    expect(toOllamaEmbed(["a", "b"], { ...call, dimensions: 256 })).toEqual({
      model: "nomic",
      input: ["a", "b"],
      truncate: false,
      dimensions: 256,
      keep_alive: "5m",
      options: { num_gpu: 1, num_ctx: 8192 },
    });
    expect(toOllamaEmbed(["a"], call)).not.toHaveProperty("dimensions");
  });

  test("are read as they came, and refused in any other shape", () => {
    const body = {
      model: "nomic",
      embeddings: [
        [0.5, 1],
        [2, 3],
      ],
      prompt_eval_count: 8,
    };
    expect(fromOllamaEmbed(body)).toEqual({
      vectors: [Float32Array.of(0.5, 1), Float32Array.of(2, 3)],
      model: "nomic",
      promptTokens: 8,
    });
    expect(() => fromOllamaEmbed({ error: "the input length exceeds the context length" })).toThrow(
      ProtocolErrorEvent,
    );
    for (const shape of [null, {}, { embeddings: [1] }, { embeddings: [[null]] }]) {
      expect(() => fromOllamaEmbed(shape)).toThrow(FramingError);
    }
  });
});
