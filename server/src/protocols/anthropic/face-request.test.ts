import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { ChatMessage, ChatRequest, ToolCall } from "../openai/chat.ts";
import { Untranslatable } from "../untranslatable.ts";
import { fromAnthropicRequest } from "./face-request.ts";
import { toAnthropicRequest } from "./provider-request.ts";
import type { AnthropicRequest } from "./wire.ts";

const cache_control = { type: "ephemeral" as const };

/** As Claude Code sends it: system and tools marked for the cache, thinking with tools. */
const CODING: AnthropicRequest = {
  model: "claude-x",
  max_tokens: 32_000,
  system: [
    { type: "text", text: "You are a coding agent." },
    { type: "text", text: "Rules.", cache_control },
  ],
  messages: [
    {
      role: "user",
      content: [
        { type: "text", text: "What is in it?" },
        {
          type: "image",
          source: { type: "base64", media_type: "image/png", data: "iVBORw0KGgo=" },
        },
        { type: "image", source: { type: "url", url: "https://example.com/a.png" }, cache_control },
      ],
    },
    {
      role: "assistant",
      content: [
        { type: "thinking", thinking: "Read it.", signature: "c2ln" },
        { type: "text", text: "I will read it." },
        { type: "tool_use", id: "toolu_1", name: "read", input: { path: "a" } },
        { type: "tool_use", id: "toolu_2", name: "read", input: { path: "b" } },
      ],
    },
    {
      role: "user",
      content: [
        { type: "tool_result", tool_use_id: "toolu_1", content: "A" },
        {
          type: "tool_result",
          tool_use_id: "toolu_2",
          content: "none",
          is_error: true,
          cache_control,
        },
        { type: "text", text: "Go on." },
      ],
    },
  ],
  tools: [{ name: "read", description: "Reads.", input_schema: { type: "object" }, cache_control }],
  tool_choice: { type: "any", disable_parallel_tool_use: true },
  thinking: { type: "enabled", budget_tokens: 4000 },
  output_config: { effort: "high" },
  stop_sequences: ["END"],
  stream: true,
  metadata: { user_id: "u" },
};

function messagesOf(...messages: AnthropicRequest["messages"]): ChatMessage[] {
  return fromAnthropicRequest({ model: "m", max_tokens: 1, messages }).messages;
}

describe("an Anthropic client's request", () => {
  test("is a chat request with everything in OpenAI's places", () => {
    const request = fromAnthropicRequest(CODING);
    expect(request).toMatchObject({
      model: "claude-x",
      max_tokens: 32_000,
      stream: true,
      stop: ["END"],
      tool_choice: "required",
      parallel_tool_calls: false,
      user: "u",
      tools: [
        {
          type: "function",
          function: { name: "read", description: "Reads.", parameters: { type: "object" } },
        },
      ],
    });
    expect(request.messages.map(({ role }) => role)).toEqual([
      "system",
      "user",
      "assistant",
      "tool",
      "tool",
      "user",
    ]);
    expect(request.messages[1]?.content).toEqual([
      { type: "text", text: "What is in it?" },
      { type: "image_url", image_url: { url: "data:image/png;base64,iVBORw0KGgo=" } },
      { type: "image_url", image_url: { url: "https://example.com/a.png" }, cache_control },
    ]);
    expect(request.messages[2]).toMatchObject({
      content: "I will read it.",
      tool_calls: [
        { id: "toolu_1", type: "function", function: { name: "read", arguments: '{"path":"a"}' } },
        { id: "toolu_2", type: "function", function: { name: "read", arguments: '{"path":"b"}' } },
      ],
    });
    expect(request.messages[4]).toMatchObject({ tool_call_id: "toolu_2", content: "none" });
    expect(request.messages[5]).toEqual({ role: "user", content: "Go on." });
  });

  test("comes out for Anthropic as it came in", () => {
    const back = toAnthropicRequest(fromAnthropicRequest(CODING), {
      model: "claude-x",
      maxTokens: 1,
    });
    expect(back).toEqual(CODING);
  });

  test("with a plain text stays plain, and a picture in a result moves beside it", () => {
    expect(messagesOf({ role: "user", content: "Hi" })).toEqual([{ role: "user", content: "Hi" }]);
    const image = {
      type: "image" as const,
      source: { type: "base64" as const, media_type: "image/png", data: "aa" },
    };
    const result = {
      type: "tool_result" as const,
      tool_use_id: "t",
      content: [{ type: "text" as const, text: "seen" }, image],
    };
    expect(messagesOf({ role: "user", content: [result] })).toEqual([
      { role: "tool", tool_call_id: "t", content: "seen" },
      {
        role: "user",
        content: [{ type: "image_url", image_url: { url: "data:image/png;base64,aa" } }],
      },
    ]);
  });

  test("keeps documents, structured output and the choice of tools", () => {
    const source = { type: "base64" as const, media_type: "application/pdf", data: "JVBERi0=" };
    const text = { type: "text" as const, media_type: "text/plain" as const, data: "plain" };
    const messages = messagesOf({
      role: "user",
      content: [
        { type: "document", source, title: "a.pdf" },
        { type: "document", source: text },
      ],
    });
    expect(messages[0]?.content).toEqual([
      {
        type: "file",
        file: { filename: "a.pdf", file_data: "data:application/pdf;base64,JVBERi0=" },
      },
      { type: "text", text: "plain" },
    ]);
    const schema = { type: "object" };
    const base = { model: "m", max_tokens: 1, messages: [] };
    const format = { type: "json_schema" as const, schema };
    expect(fromAnthropicRequest({ ...base, output_config: { format } }).response_format).toEqual({
      type: "json_schema",
      json_schema: { name: "answer", schema, strict: true },
    });
    const choice = (tool_choice: AnthropicRequest["tool_choice"]) =>
      fromAnthropicRequest({ ...base, ...(tool_choice === undefined ? {} : { tool_choice }) })
        .tool_choice;
    expect(choice({ type: "tool", name: "f" })).toEqual({
      type: "function",
      function: { name: "f" },
    });
    expect(choice({ type: "none" })).toBe("none");
    expect(choice({ type: "auto" })).toBe("auto");
    expect(choice(undefined)).toBeUndefined();
  });

  test("for what only Anthropic has is refused by name", () => {
    const base = { model: "m", max_tokens: 1, messages: [] };
    const search = { type: "web_search_20250305", name: "web_search", input_schema: {} };
    expect(() => fromAnthropicRequest({ ...base, tools: [search] })).toThrow(/web_search_20250305/);
    const block = { type: "container_upload", file_id: "f" };
    const turn = { role: "user", content: [block] } as unknown as AnthropicRequest["messages"][0];
    expect(() => messagesOf(turn)).toThrow(Untranslatable);
  });

  test("of a loose shape is read as far as it goes", () => {
    const loose = { messages: [null, {}, { role: "user", content: null }], tools: null, system: 5 };
    expect(fromAnthropicRequest(loose as unknown as AnthropicRequest)).toEqual({ messages: [] });
  });
});

const text = fc.string({ minLength: 1 }).filter((value) => value.trim() === value);
const id = fc.stringMatching(/^[a-zA-Z0-9_-]{1,12}$/);
const calls: fc.Arbitrary<ToolCall[]> = fc.uniqueArray(
  fc.record({
    id,
    type: fc.constant("function"),
    function: fc.record({
      name: text,
      arguments: fc.dictionary(fc.string(), fc.jsonValue()).map((input) => JSON.stringify(input)),
    }),
  }),
  { minLength: 1, maxLength: 3, selector: (call) => call.id },
);
const url = fc.constantFrom("data:image/png;base64,iVBORw0KGgo=", "https://example.com/a.png");
const asking: fc.Arbitrary<ChatMessage> = fc.record({ text, url }).map((part) => ({
  role: "user",
  content: [
    { type: "text", text: part.text },
    { type: "image_url", image_url: { url: part.url } },
  ],
}));
/** A question with a picture, calls of tools with their results, and an answer. */
const exchange: fc.Arbitrary<ChatMessage[]> = fc
  .record({ asking, text, calls, answer: text })
  .map((one): ChatMessage[] => [
    one.asking,
    { role: "assistant", content: one.text, tool_calls: one.calls },
    ...one.calls.map(
      (call): ChatMessage => ({
        role: "tool",
        tool_call_id: call.id,
        content: `result of ${call.id}`,
      }),
    ),
    { role: "assistant", content: one.answer },
  ]);

describe("a chat request through Anthropic's format and back", () => {
  test("keeps texts, pictures, tools and ids", () => {
    fc.assert(
      fc.property(text, fc.array(exchange, { minLength: 1, maxLength: 3 }), (system, exchanges) => {
        const tools = [
          { type: "function" as const, function: { name: "f", parameters: { type: "object" } } },
        ];
        const request: ChatRequest = {
          model: "m",
          max_tokens: 9,
          messages: [{ role: "system", content: system }, ...exchanges.flat()],
          tools,
          tool_choice: { type: "function", function: { name: "f" } },
          temperature: 0.5,
        };
        const wire = toAnthropicRequest(request, { model: "m", maxTokens: 1 });
        expect(wire.messages.map(({ role }) => role)).toEqual(
          exchanges.flatMap(() => ["user", "assistant", "user", "assistant"]),
        );
        expect(fromAnthropicRequest(wire)).toEqual(request);
      }),
    );
  });
});
