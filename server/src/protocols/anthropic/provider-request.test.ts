import { describe, expect, test } from "vitest";
import type { ChatMessage, ChatRequest, ContentPart } from "../openai/chat.ts";
import { Untranslatable } from "../untranslatable.ts";
import { toAnthropicRequest } from "./provider-request.ts";
import type { AnthropicRequest } from "./wire.ts";

const options = { model: "claude-x", maxTokens: 4096 };
const user: ChatMessage = { role: "user", content: "Hi" };

function translated(request: Partial<ChatRequest>): AnthropicRequest {
  return toAnthropicRequest({ messages: [user], ...request }, options);
}

function turns(...messages: ChatMessage[]): AnthropicRequest["messages"] {
  return translated({ messages }).messages;
}

function call(id: string, name: string, input: string) {
  return { id, type: "function" as const, function: { name, arguments: input } };
}

describe("a request for Anthropic", () => {
  test("holds no more than was asked, and the limit that Anthropic demands", () => {
    expect(translated({ model: "ignored" })).toEqual({
      model: "claude-x",
      max_tokens: 4096,
      messages: [{ role: "user", content: "Hi" }],
    });
    expect(translated({ max_tokens: 7 }).max_tokens).toBe(7);
    expect(translated({ max_tokens: 7, max_completion_tokens: 9 }).max_tokens).toBe(9);
  });

  test("has system and developer messages in one place, wherever they stood", () => {
    const messages: ChatMessage[] = [
      { role: "system", content: "Be kind." },
      user,
      { role: "developer", content: [{ type: "text", text: "Be brief." }] },
    ];
    expect(translated({ messages }).system).toBe("Be kind.\n\nBe brief.");
    const cache_control = { type: "ephemeral" as const };
    const cached: ChatMessage = {
      role: "system",
      content: [{ type: "text", text: "Long.", cache_control }],
    };
    expect(translated({ messages: [cached, user] }).system).toEqual([
      { type: "text", text: "Long.", cache_control },
    ]);
  });

  test("is one turn of the user's where there is a system prompt alone, which Anthropic would refuse", () => {
    const messages: ChatMessage[] = [{ role: "system", content: "Write a haiku." }];
    expect(translated({ messages })).toEqual({
      model: "claude-x",
      max_tokens: 4096,
      messages: [{ role: "user", content: "Write a haiku." }],
    });
  });

  test("has neighbours of one role in one turn, and no empty texts", () => {
    expect(
      turns(user, { role: "user", content: "there" }, { role: "assistant", content: "" }, user, {
        role: "assistant",
        content: "Sure \n",
      }),
    ).toEqual([
      {
        role: "user",
        content: [
          { type: "text", text: "Hi" },
          { type: "text", text: "there" },
          { type: "text", text: "Hi" },
        ],
      },
      { role: "assistant", content: "Sure" },
    ]);
  });

  test("has tool calls as tool_use and their results in one turn of the user's", () => {
    const messages: ChatMessage[] = [
      user,
      {
        role: "assistant",
        content: null,
        tool_calls: [call("functions.f:0", "f", '{"a":1}'), call("b", "g", "")],
      },
      { role: "tool", tool_call_id: "functions.f:0", content: "one" },
      { role: "tool", tool_call_id: "b", content: "", is_error: true },
      { role: "user", content: "Go on" },
    ];
    expect(turns(...messages).slice(1)).toEqual([
      {
        role: "assistant",
        content: [
          { type: "tool_use", id: "functions_f_0", name: "f", input: { a: 1 } },
          { type: "tool_use", id: "b", name: "g", input: {} },
        ],
      },
      {
        role: "user",
        content: [
          { type: "tool_result", tool_use_id: "functions_f_0", content: "one" },
          { type: "tool_result", tool_use_id: "b", is_error: true },
          { type: "text", text: "Go on" },
        ],
      },
    ]);
  });

  test("has images and files as Anthropic takes them, cache marks kept", () => {
    const cache_control = { type: "ephemeral" };
    const content: ContentPart[] = [
      { type: "image_url", image_url: { url: "data:image/jpg;base64,/9j/AA==" }, cache_control },
      { type: "image_url", image_url: { url: "https://example.com/a.png", detail: "low" } },
      {
        type: "file",
        file: { filename: "a.pdf", file_data: "data:application/pdf;base64,JVBERi0=" },
      },
      { type: "file", file: { file_data: "data:text/plain;base64,w6k=" } },
    ];
    expect(turns({ role: "user", content })[0]?.content).toEqual([
      {
        type: "image",
        source: { type: "base64", media_type: "image/jpeg", data: "/9j/AA==" },
        cache_control,
      },
      { type: "image", source: { type: "url", url: "https://example.com/a.png" } },
      {
        type: "document",
        source: { type: "base64", media_type: "application/pdf", data: "JVBERi0=" },
        title: "a.pdf",
      },
      { type: "document", source: { type: "text", media_type: "text/plain", data: "é" } },
    ]);
  });

  test("is refused rather than sent without a part of it", () => {
    const parts: ContentPart[] = [
      { type: "input_audio", input_audio: { data: "", format: "wav" } },
      { type: "image_url", image_url: { url: "file:///a.png" } },
      { type: "file", file: { file_id: "file-1" } },
    ];
    for (const part of parts) {
      expect(() => turns({ role: "user", content: [part] })).toThrow(Untranslatable);
    }
    expect(() => translated({ n: 2 })).toThrow(Untranslatable);
    const broken = { role: "assistant" as const, tool_calls: [call("a", "f", "{broken")] };
    expect(() => turns(user, broken)).toThrow(Untranslatable);
  });

  test("refuses functions from before tools: they would be lost without a word", () => {
    const functions = [{ name: "f", parameters: { type: "object" } }];
    expect(() => translated({ functions })).toThrow("Anthropic's API has no functions");
  });

  test("has tools, and every choice of them in Anthropic's words", () => {
    const parameters = { type: "object", properties: { a: { type: "string" } } };
    const tools = [
      { type: "function" as const, function: { name: "f", description: "F.", parameters } },
      { type: "function" as const, function: { name: "g" } },
    ];
    expect(translated({ tools }).tools).toEqual([
      { name: "f", description: "F.", input_schema: parameters },
      { name: "g", input_schema: { type: "object", properties: {} } },
    ]);
    const choice = (request: Partial<ChatRequest>) => translated({ tools, ...request }).tool_choice;
    expect(choice({})).toBeUndefined();
    expect(choice({ tool_choice: "none" })).toEqual({ type: "none" });
    expect(choice({ tool_choice: "required" })).toEqual({ type: "any" });
    const one = { type: "function" as const, function: { name: "f" } };
    expect(choice({ tool_choice: one, parallel_tool_calls: false })).toEqual({
      type: "tool",
      name: "f",
      disable_parallel_tool_use: true,
    });
    expect(choice({ parallel_tool_calls: false })).toEqual({
      type: "auto",
      disable_parallel_tool_use: true,
    });
    expect(translated({ tool_choice: "required" })).not.toHaveProperty("tool_choice");
  });

  test("asks for a schema by output_config, closed as Anthropic wants it, and for any JSON by words", () => {
    const schema = {
      type: "object",
      properties: { a: { type: "array", items: { type: "object", properties: {} } } },
      $defs: { open: { type: "object", additionalProperties: true } },
    };
    const format = { type: "json_schema" as const, json_schema: { name: "x", schema } };
    expect(translated({ response_format: format }).output_config).toEqual({
      format: {
        type: "json_schema",
        schema: {
          type: "object",
          properties: {
            a: {
              type: "array",
              items: { type: "object", properties: {}, additionalProperties: false },
            },
          },
          $defs: { open: { type: "object", additionalProperties: true } },
          additionalProperties: false,
        },
      },
    });
    const json = translated({ response_format: { type: "json_object" } });
    expect(json.system).toMatch(/one JSON object/);
    expect(json).not.toHaveProperty("output_config");
  });

  test("has stop sequences, sampling within Anthropic's bounds, and the user", () => {
    const request = { stop: ["a", "\n"], temperature: 1.7, top_p: 0.5, user: "u", stream: true };
    expect(translated(request)).toMatchObject({
      stop_sequences: ["a"],
      temperature: 1,
      metadata: { user_id: "u" },
      stream: true,
    });
    expect(translated(request)).not.toHaveProperty("top_p");
    expect(translated({ top_p: 0.5, stop: "x" })).toMatchObject({
      top_p: 0.5,
      stop_sequences: ["x"],
    });
    expect(translated({ stop: "\n" })).not.toHaveProperty("stop_sequences");
  });

  test("keeps thinking that the caller asked for, unless the open call of tools came without", () => {
    const thinking = { type: "enabled", budget_tokens: 2000 };
    const asked = { thinking, temperature: 0.3, top_k: 5, output_config: { effort: "low" } };
    const request = translated(asked);
    expect(request).toMatchObject({ thinking, output_config: { effort: "low" } });
    expect(request).not.toHaveProperty("temperature");
    const open: ChatMessage = {
      role: "assistant",
      content: null,
      tool_calls: [call("a", "f", "{}")],
      thinking_blocks: [
        { type: "thinking", thinking: "hm", signature: "s" },
        { type: "thinking", thinking: "another's", signature: "" },
      ],
    };
    const result: ChatMessage = { role: "tool", tool_call_id: "a", content: "1" };
    const kept = translated({ ...asked, messages: [user, open, result] });
    expect(kept.thinking).toEqual(thinking);
    expect(kept.messages[1]?.content).toEqual([
      { type: "thinking", thinking: "hm", signature: "s" },
      { type: "tool_use", id: "a", name: "f", input: {} },
    ]);
    const foreign = { ...open, thinking_blocks: undefined };
    const dropped = translated({ ...asked, messages: [user, foreign, result] });
    expect(dropped).not.toHaveProperty("thinking");
    expect(dropped.temperature).toBe(0.3);
  });
});
