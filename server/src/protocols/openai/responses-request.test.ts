import { describe, expect, test } from "vitest";
import { Untranslatable } from "../untranslatable.ts";
import { fromResponsesRequest } from "./responses-request.ts";
import type { ResponsesRequest } from "./responses-wire.ts";

const SCHEMA = { type: "object", properties: { city: { type: "string" } } };

/** As a coding agent sends it: stateless, with the items of the answers before. */
const AGENT: ResponsesRequest = {
  model: "gpt-x",
  instructions: "You are a coding agent.",
  input: [
    { role: "developer", content: "Rules." },
    {
      type: "message",
      role: "user",
      content: [
        { type: "input_text", text: "What is in it?" },
        {
          type: "input_image",
          image_url: "data:image/png;base64,iVBORw0KGgo=",
          detail: "original",
        },
      ],
    },
    { type: "reasoning", id: "rs_1", summary: [], encrypted_content: "abc" },
    {
      type: "message",
      id: "msg_1",
      role: "assistant",
      status: "completed",
      content: [{ type: "output_text", text: "I will read it.", annotations: [] }],
    },
    { type: "function_call", id: "fc_1", call_id: "call_1", name: "read", arguments: '{"p":"a"}' },
    { type: "function_call", id: "fc_2", call_id: "call_2", name: "read", arguments: '{"p":"b"}' },
    {
      type: "function_call_output",
      call_id: "call_1",
      output: [
        { type: "input_text", text: "A" },
        { type: "input_image", image_url: "https://example.com/a.png" },
      ],
    },
    { type: "function_call_output", call_id: "call_2", output: "none" },
    { role: "user", content: "Go on." },
  ],
  tools: [
    { type: "function", name: "read", description: "Reads.", parameters: SCHEMA, strict: true },
  ],
  tool_choice: { type: "function", name: "read" },
  parallel_tool_calls: false,
  text: {
    format: { type: "json_schema", name: "x", schema: SCHEMA, strict: true },
    verbosity: "low",
  },
  reasoning: { effort: "high", summary: "auto" },
  include: ["reasoning.encrypted_content"],
  max_output_tokens: 500,
  temperature: 0.5,
  top_p: 0.9,
  metadata: { session: "1" },
  store: true,
  user: "u",
  prompt_cache_key: "key",
  stream: true,
};

function messagesOf(...input: Record<string, unknown>[]) {
  return fromResponsesRequest({ input }).messages;
}

describe("a Responses request [req:bridge.responses-face]", () => {
  test("is a chat request with everything in its places", () => {
    expect(fromResponsesRequest(AGENT)).toEqual({
      model: "gpt-x",
      messages: [
        { role: "system", content: "You are a coding agent." },
        { role: "developer", content: "Rules." },
        {
          role: "user",
          content: [
            { type: "text", text: "What is in it?" },
            {
              type: "image_url",
              image_url: { url: "data:image/png;base64,iVBORw0KGgo=", detail: "high" },
            },
          ],
        },
        {
          role: "assistant",
          content: "I will read it.",
          tool_calls: [
            {
              id: "call_1",
              type: "function",
              function: { name: "read", arguments: '{"p":"a"}' },
            },
            {
              id: "call_2",
              type: "function",
              function: { name: "read", arguments: '{"p":"b"}' },
            },
          ],
        },
        { role: "tool", tool_call_id: "call_1", content: "A" },
        { role: "tool", tool_call_id: "call_2", content: "none" },
        {
          role: "user",
          content: [{ type: "image_url", image_url: { url: "https://example.com/a.png" } }],
        },
        { role: "user", content: "Go on." },
      ],
      max_completion_tokens: 500,
      stream: true,
      temperature: 0.5,
      top_p: 0.9,
      tools: [
        {
          type: "function",
          function: { name: "read", description: "Reads.", parameters: SCHEMA, strict: true },
        },
      ],
      tool_choice: { type: "function", function: { name: "read" } },
      parallel_tool_calls: false,
      response_format: {
        type: "json_schema",
        json_schema: { name: "x", schema: SCHEMA, strict: true },
      },
      verbosity: "low",
      reasoning_effort: "high",
      user: "u",
      prompt_cache_key: "key",
    });
  });

  test("of a text alone is one question, and nulls are nothing", () => {
    const nulls = { model: null, instructions: null, tools: null, text: null, temperature: null };
    expect(fromResponsesRequest({ ...nulls, input: "Hi" })).toEqual({
      model: null,
      messages: [{ role: "user", content: "Hi" }],
    });
  });

  test("without tools sends no choice among them", () => {
    const request = fromResponsesRequest({
      input: "Hi",
      tools: [],
      tool_choice: "auto",
      parallel_tool_calls: true,
    });
    expect(Object.keys(request)).toEqual(["messages"]);
  });

  test("keeps several texts apart, files and sounds as they are, and refusals", () => {
    const [user, assistant] = messagesOf(
      {
        role: "user",
        content: [
          { type: "input_text", text: "a" },
          { type: "input_text", text: "b" },
          { type: "input_file", filename: "x.pdf", file_data: "data:application/pdf;base64,AA==" },
          { type: "input_audio", input_audio: { data: "AA==", format: "wav" } },
        ],
      },
      { role: "assistant", content: [{ type: "refusal", refusal: "No." }] },
    );
    expect(user?.content).toEqual([
      { type: "text", text: "a" },
      { type: "text", text: "b" },
      { type: "file", file: { filename: "x.pdf", file_data: "data:application/pdf;base64,AA==" } },
      { type: "input_audio", input_audio: { data: "AA==", format: "wav" } },
    ]);
    expect(assistant?.content).toEqual([{ type: "refusal", refusal: "No." }]);
  });

  test("gives reasoning back with the calls that it led to, and nowhere else", () => {
    const thought = { type: "reasoning", content: [{ type: "reasoning_text", text: "Hm" }] };
    const call = { type: "function_call", call_id: "c", name: "f", arguments: "{}" };
    const called = messagesOf(thought, call);
    expect(called).toMatchObject([{ role: "assistant", content: null, reasoning_content: "Hm" }]);
    const said = messagesOf(
      thought,
      { role: "assistant", content: "x" },
      { role: "user", content: "y" },
      call,
    );
    expect(said.filter((message) => "reasoning_content" in message)).toEqual([]);
  });

  test("starts a new turn of the model for calls after a result", () => {
    const call = (id: string) => ({
      type: "function_call",
      call_id: id,
      name: "f",
      arguments: "{}",
    });
    const result = (id: string) => ({ type: "function_call_output", call_id: id, output: id });
    const roles = messagesOf(call("a"), result("a"), call("b"), result("b")).map(
      ({ role }) => role,
    );
    expect(roles).toEqual(["assistant", "tool", "assistant", "tool"]);
  });

  test.each([
    [{ tools: [{ type: "web_search" }] }, 'tool type "web_search"'],
    [{ tools: [{ type: "mcp", server_label: "x" }] }, 'tool type "mcp"'],
    [{ tools: [{ type: "function", name: "f" }], tool_choice: { type: "mcp" } }, "tool_choice"],
    [{ text: { format: { type: "grammar" } } }, "text.format"],
    [{ input: [{ type: "item_reference", id: "msg_1" }] }, "nothing is stored here"],
    [{ input: [{ type: "web_search_call", id: "ws_1" }] }, '"web_search_call"'],
    [{ input: [{ role: "user", content: [{ type: "input_image", file_id: "f" }] }] }, "image_url"],
    [{ input: [{ role: "user", content: [{ type: "input_file", file_id: "f" }] }] }, "file_data"],
    [{ input: [{ role: "user", content: [{ type: "input_video" }] }] }, '"input_video"'],
  ])("with %j is refused, by name", (fields, words) => {
    const translate = () => fromResponsesRequest({ input: "Hi", ...fields });
    expect(translate).toThrow(Untranslatable);
    expect(translate).toThrow(words);
  });
});
