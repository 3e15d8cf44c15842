import { describe, expect, test } from "vitest";
import type { ChatMessage, ChatRequest, ContentPart } from "../openai/chat.ts";
import { Untranslatable } from "../untranslatable.ts";
import { toOllamaChat } from "./provider-chat.ts";
import type { OllamaChatRequest } from "./wire.ts";

const options = { model: "qwen3:8b", contextWindow: 32_768, keepAlive: undefined, extra: {} };
const user: ChatMessage = { role: "user", content: "Hi" };

function translated(request: Partial<ChatRequest>, more: object = {}): OllamaChatRequest {
  return toOllamaChat({ messages: [user], ...request }, { ...options, ...more });
}

describe("a request for Ollama", () => {
  test("always says the context window, so that nothing is cut silently", () => {
    expect(translated({ model: "ignored" })).toEqual({
      model: "qwen3:8b",
      messages: [user],
      stream: false,
      options: { num_ctx: 32_768 },
    });
    expect(translated({}, { extra: { num_ctx: 512, num_gpu: 1 } }).options).toEqual({
      num_ctx: 32_768,
      num_gpu: 1,
    });
  });

  test("has the caller's sampling over the configuration's", () => {
    const request = {
      temperature: 0,
      top_p: 0.9,
      top_k: 20,
      seed: 7,
      stop: "END",
      max_tokens: 5,
      max_completion_tokens: 9,
      presence_penalty: 1,
      frequency_penalty: null,
      stream: true,
    };
    const result = translated(request, { extra: { temperature: 1, repeat_penalty: 1.1 } });
    expect(result.stream).toBe(true);
    expect(result.options).toEqual({
      temperature: 0,
      top_p: 0.9,
      top_k: 20,
      seed: 7,
      stop: ["END"],
      num_predict: 9,
      presence_penalty: 1,
      repeat_penalty: 1.1,
      num_ctx: 32_768,
    });
  });

  test("keeps the model loaded for as long as the configuration says", () => {
    const keepAlive = (value: string) => translated({}, { keepAlive: value }).keep_alive;
    expect([keepAlive("10m"), keepAlive("-1"), keepAlive("300")]).toEqual(["10m", -1, 300]);
  });

  test("has pictures as bare base64 beside the text, and refuses what it would have to drop", () => {
    const content: ContentPart[] = [
      { type: "text", text: "What" },
      { type: "image_url", image_url: { url: "data:image/png;base64,iVBORw0KGgo=" } },
      { type: "text", text: "is it?" },
    ];
    expect(translated({ messages: [{ role: "user", content }] }).messages).toEqual([
      { role: "user", content: "What\nis it?", images: ["iVBORw0KGgo="] },
    ]);
    const refused: ContentPart[] = [
      { type: "image_url", image_url: { url: "https://example.com/a.png" } },
      { type: "input_audio", input_audio: { data: "", format: "wav" } },
    ];
    for (const part of refused) {
      expect(() => translated({ messages: [{ role: "user", content: [part] }] })).toThrow(
        Untranslatable,
      );
    }
    expect(() => translated({ n: 2 })).toThrow(Untranslatable);
  });

  test("has tool calls with arguments as objects, and results with their tool's name", () => {
    const call = { id: "a", type: "function" as const };
    const messages: ChatMessage[] = [
      { role: "developer", content: "Rules." },
      {
        role: "assistant",
        content: null,
        reasoning_content: "Hm",
        tool_calls: [
          { ...call, function: { name: "f", arguments: '{"x":1}' } },
          { ...call, id: "b", function: { name: "g", arguments: "" } },
        ],
      },
      { role: "tool", tool_call_id: "b", content: "2" },
      { role: "tool", tool_call_id: "a", content: [{ type: "text", text: "1" }] },
    ];
    expect(translated({ messages }).messages).toEqual([
      { role: "system", content: "Rules." },
      {
        role: "assistant",
        content: "",
        thinking: "Hm",
        tool_calls: [
          { id: "a", function: { name: "f", arguments: { x: 1 } } },
          { id: "b", function: { name: "g", arguments: {} } },
        ],
      },
      { role: "tool", content: "2", tool_name: "g", tool_call_id: "b" },
      { role: "tool", content: "1", tool_name: "f", tool_call_id: "a" },
    ]);
    const broken = [{ ...call, function: { name: "f", arguments: "[1" } }];
    const turn: ChatMessage = { role: "assistant", tool_calls: broken };
    expect(() => translated({ messages: [turn] })).toThrow(Untranslatable);
  });

  test("refuses functions from before tools, and calls of them: they would be lost without a word", () => {
    const functions = [{ name: "f", parameters: { type: "object" } }];
    expect(() => translated({ functions })).toThrow("Ollama's API has no functions");
    const function_call = { name: "f", arguments: "{}" };
    const messages: ChatRequest["messages"] = [{ role: "assistant", content: null, function_call }];
    expect(() => translated({ messages })).toThrow(Untranslatable);
    expect(translated({ functions: [] }).model).toBeDefined();
  });

  test("offers the tools that the choice allows", () => {
    const parameters = { type: "object", properties: {} };
    const tools = ["f", "g"].map((name) => ({
      type: "function" as const,
      function: { name, description: "D.", parameters, strict: true },
    }));
    const named = (tool_choice: ChatRequest["tool_choice"]) =>
      translated({ tools, ...(tool_choice === undefined ? {} : { tool_choice }) }).tools?.map(
        (tool) => tool.function.name,
      );
    expect(named(undefined)).toEqual(["f", "g"]);
    expect(named("required")).toEqual(["f", "g"]);
    expect(named({ type: "function", function: { name: "g" } })).toEqual(["g"]);
    expect(named("none")).toBeUndefined();
    expect(translated({ tools }).tools?.[0]).toEqual({
      type: "function",
      function: { name: "f", description: "D.", parameters },
    });
  });

  test("asks for JSON by format, for thinking by think, and for log probabilities", () => {
    const schema = { type: "object" };
    const json_schema = { name: "x", schema };
    expect(translated({ response_format: { type: "json_object" } }).format).toBe("json");
    expect(translated({ response_format: { type: "json_schema", json_schema } }).format).toEqual(
      schema,
    );
    expect(translated({ response_format: { type: "text" } })).not.toHaveProperty("format");
    const think = (reasoning_effort: string) => translated({ reasoning_effort }).think;
    expect(["none", "minimal", "low", "high", "xhigh"].map(think)).toEqual([
      false,
      "low",
      "low",
      "high",
      "high",
    ]);
    expect(translated({ logprobs: true, top_logprobs: 2 })).toMatchObject({
      logprobs: true,
      top_logprobs: 2,
    });
  });
});
