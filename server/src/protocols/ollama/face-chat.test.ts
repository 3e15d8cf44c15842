import { describe, expect, test } from "vitest";
import { collect, collectUntilFailure, sequence } from "../__fixtures__/pieces.ts";
import { recorded } from "../__fixtures__/recorded.ts";
import type {
  ChatChunk,
  ChatDelta,
  ChatRequest,
  ChatResponse,
  FinishReason,
} from "../openai/chat.ts";
import { ChunkAssembly } from "../openai/chunk-assembly.ts";
import { FramingError } from "../stream-failure.ts";
import { chatRequestFromOllama, toOllamaChatResponse, toOllamaChunks } from "./face-chat.ts";
import { fromOllamaChat } from "./provider-answer.ts";
import { toOllamaChat } from "./provider-chat.ts";
import { fromOllamaChunks } from "./provider-chunks.ts";
import type { OllamaChatRequest } from "./wire.ts";

const created = Date.UTC(2026, 0, 2) / 1000;
const head = { id: "c", object: "chat.completion.chunk" as const, created, model: "m" };
const at = { model: "m", created_at: "2026-01-02T00:00:00.000Z" };

function chunk(delta: ChatDelta, finish: FinishReason | null = null): ChatChunk {
  return { ...head, choices: [{ index: 0, delta, finish_reason: finish }] };
}

describe("an Ollama client's request", () => {
  test("streams unless it says no, and has its options in OpenAI's places", () => {
    const messages = [{ role: "user", content: "Hi" }];
    expect(chatRequestFromOllama({ model: "m", messages })).toEqual({
      model: "m",
      messages,
      stream: true,
    });
    const full = chatRequestFromOllama({
      model: "m",
      messages,
      stream: false,
      format: "json",
      think: "low",
      keep_alive: "5m",
      options: { temperature: 0, top_k: 3, num_predict: 8, num_ctx: 99, stop: ["a"], seed: 1 },
    });
    expect(full).toEqual({
      model: "m",
      messages,
      stream: false,
      response_format: { type: "json_object" },
      reasoning_effort: "low",
      temperature: 0,
      top_k: 3,
      max_tokens: 8,
      stop: ["a"],
      seed: 1,
    });
    const schema = { type: "object" };
    const more = chatRequestFromOllama({
      format: schema,
      think: true,
      options: { num_predict: -1 },
    });
    expect(more).toMatchObject({
      response_format: { type: "json_schema", json_schema: { name: "answer", schema } },
      reasoning_effort: "medium",
      messages: [],
    });
    expect(more).not.toHaveProperty("max_tokens");
    expect(chatRequestFromOllama({ think: false }).reasoning_effort).toBe("none");
  });

  test("has pictures as data URLs of the format that their first bytes tell", () => {
    const images = ["iVBORw0KGgoA", "/9j/4AAQ", "R0lGODlh", "UklGRgAA", "data:image/png;base64,aa"];
    const [message] = chatRequestFromOllama({
      messages: [{ role: "user", content: "See", images }],
    }).messages;
    expect(message?.content).toEqual([
      { type: "text", text: "See" },
      ...[
        "data:image/png;base64,iVBORw0KGgoA",
        "data:image/jpeg;base64,/9j/4AAQ",
        "data:image/gif;base64,R0lGODlh",
        "data:image/webp;base64,UklGRgAA",
        "data:image/png;base64,aa",
      ].map((url) => ({ type: "image_url", image_url: { url } })),
    ]);
  });

  test("has tool calls with ids, and their results under the same", () => {
    const call = (name: string, input: object) => ({
      function: { name, arguments: { ...input } },
    });
    const { messages } = chatRequestFromOllama({
      messages: [
        {
          role: "assistant",
          content: "",
          tool_calls: [call("f", { a: 1 }), call("g", {}), call("f", {})],
        },
        { role: "tool", content: "G", tool_name: "g" },
        { role: "tool", content: "F1", tool_name: "f" },
        { role: "tool", content: "F2" },
      ],
    });
    expect(messages[0]).toMatchObject({
      content: null,
      tool_calls: [
        { id: "call_0", type: "function", function: { name: "f", arguments: '{"a":1}' } },
        { id: "call_1" },
        { id: "call_2" },
      ],
    });
    expect(messages.slice(1).map((message) => [message.content, message.tool_call_id])).toEqual([
      ["G", "call_1"],
      ["F1", "call_0"],
      ["F2", "call_2"],
    ]);
  });

  test("comes out for Ollama as it came in", () => {
    const request: OllamaChatRequest = {
      model: "m",
      stream: true,
      messages: [
        { role: "system", content: "Rules." },
        { role: "user", content: "See", images: ["iVBORw0KGgoA"] },
        {
          role: "assistant",
          content: "",
          thinking: "Hm",
          tool_calls: [{ id: "a", function: { name: "f", arguments: { x: [1] } } }],
        },
        { role: "tool", content: "1", tool_name: "f", tool_call_id: "a" },
      ],
      tools: [{ type: "function", function: { name: "f", parameters: { type: "object" } } }],
      format: { type: "object" },
      think: "high",
      options: { temperature: 0.5, top_k: 3, num_predict: 8, stop: ["a"], num_ctx: 4096 },
    };
    const call = { model: "m", contextWindow: 4096, keepAlive: undefined, extra: {} };
    expect(toOllamaChat(chatRequestFromOllama(request), call)).toEqual(request);
  });

  test("of a loose shape is read as far as it goes", () => {
    const loose = { messages: [null, {}], tools: [null, {}], options: 5, format: "", images: 3 };
    const expected: ChatRequest = { stream: true, messages: [{ role: "user", content: "" }] };
    expect(chatRequestFromOllama(loose as unknown as OllamaChatRequest)).toEqual(expected);
  });
});

describe("an answer for an Ollama client", () => {
  test("whole, has message, reason and counts", () => {
    const body = JSON.parse(recorded(import.meta.url, "chat-tools.json"));
    const response = fromOllamaChat(body, { id: "chatcmpl-1", created });
    const back = toOllamaChatResponse(response, { totalDuration: 7 });
    expect(back).toEqual({
      model: "qwen3:8b",
      created_at: "2026-01-02T00:00:00.000Z",
      message: {
        role: "assistant",
        content: "",
        thinking: "Two cities, two calls.",
        tool_calls: [
          {
            id: "call_9ws1hmpz",
            function: { index: 0, name: "get_weather", arguments: { city: "Köln" } },
          },
          { id: "call_1_1", function: { index: 1, name: "get_time", arguments: {} } },
        ],
      },
      done: true,
      done_reason: "stop",
      total_duration: 7,
      load_duration: 0,
      prompt_eval_count: 169,
      prompt_eval_duration: 0,
      eval_count: 18,
      eval_duration: 0,
    });
    expect(fromOllamaChat(back, { id: "chatcmpl-1", created })).toEqual(response);
  });

  test("whole, has the arguments that a server sent as an object", () => {
    const call = {
      id: "a",
      type: "function" as const,
      function: { name: "f", arguments: { x: 1 } },
    };
    const message = { role: "assistant" as const, content: null, tool_calls: [call] };
    const response = {
      ...{ id: "c", object: "chat.completion", created, model: "m" },
      choices: [{ index: 0, message, finish_reason: "tool_calls" }],
    } as unknown as ChatResponse;
    const back = toOllamaChatResponse(response, {});
    expect(back.message.tool_calls?.[0]?.function.arguments).toEqual({ x: 1 });
  });

  test("streamed, has texts at once, tool calls whole, and one last object that says done", async () => {
    const part = (name: string | undefined, text: string) => ({
      tool_calls: [{ index: 0, id: "a", function: { ...(name ? { name } : {}), arguments: text } }],
    });
    const objects = await collect(
      toOllamaChunks(
        sequence([
          chunk({ role: "assistant", content: "" }),
          chunk({ reasoning_content: "Hm" }),
          chunk({ content: "Hi" }),
          chunk(part("f", '{"x"')),
          chunk(part(undefined, ":1}")),
          chunk({}, "tool_calls"),
          {
            ...head,
            choices: [],
            usage: { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 },
          },
        ]),
      ),
    );
    const tool_calls = [{ id: "a", function: { index: 0, name: "f", arguments: { x: 1 } } }];
    const role = "assistant";
    expect(objects).toEqual([
      { ...at, message: { role, content: "", thinking: "Hm" }, done: false },
      { ...at, message: { role, content: "Hi" }, done: false },
      { ...at, message: { role, content: "", tool_calls }, done: false },
      {
        ...at,
        message: { role, content: "" },
        done: true,
        done_reason: "stop",
        total_duration: 0,
        load_duration: 0,
        prompt_eval_count: 1,
        prompt_eval_duration: 0,
        eval_count: 2,
        eval_duration: 0,
      },
    ]);
  });

  test("streamed, of Ollama's own is the same answer", async () => {
    const text = recorded(import.meta.url, "stream-tools.ndjson");
    const answerOf = async (lines: string[]) => {
      const assembly = new ChunkAssembly();
      const chunks = await collect(fromOllamaChunks(sequence(lines), { id: "c", created }));
      for (const one of chunks) assembly.add(one);
      return { chunks, response: assembly.response() };
    };
    const first = await answerOf(text.trim().split("\n"));
    const objects = await collect(toOllamaChunks(sequence(first.chunks)));
    const second = await answerOf(objects.map((object) => JSON.stringify(object)));
    expect(second.response).toEqual(first.response);
  });

  test("streamed, has no end when the chunks break off or a call's arguments are broken", async () => {
    const breaking = async function* (): AsyncGenerator<ChatChunk> {
      yield chunk({ content: "x" });
      throw new Error("cut");
    };
    const cut = await collectUntilFailure(toOllamaChunks(breaking()));
    expect(cut.items.map(({ done }) => done)).toEqual([false]);
    expect(cut.failure).toMatchObject({ message: "cut" });
    const call = { index: 0, id: "a", function: { name: "f", arguments: "{broken" } };
    const chunks = [chunk({ tool_calls: [call] }, "tool_calls")];
    const broken = await collectUntilFailure(toOllamaChunks(sequence(chunks)));
    expect(broken.items).toEqual([]);
    expect(broken.failure).toBeInstanceOf(FramingError);
  });
});
