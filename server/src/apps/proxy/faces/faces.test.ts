import { describe, expect, test } from "vitest";
import type { JsonRecord } from "../../../protocols/loose-json.ts";
import { anthropicFace } from "./anthropic.ts";
import { ollamaChatFace } from "./ollama-chat.ts";
import { openAiChatFace } from "./openai-chat.ts";
import { openAiResponsesFace } from "./openai-responses.ts";
import type { ProxyFace } from "./proxy-face.ts";

const PIXEL = "iVBORw0KGgo=";
const PIXEL_URL = `data:image/png;base64,${PIXEL}`;
const BLOCK = "<recalled_memory>\n</recalled_memory>";

/** One conversation as each client sends it: a system prompt, an image, a tool call and its result, an answer. */
const CONVERSATIONS: [name: string, face: ProxyFace, body: JsonRecord][] = [
  [
    "openai chat",
    openAiChatFace,
    {
      messages: [
        { role: "system", content: "Be brief." },
        {
          role: "user",
          content: [
            { type: "text", text: "What is this?" },
            { type: "image_url", image_url: { url: PIXEL_URL } },
          ],
        },
        {
          role: "assistant",
          content: null,
          refusal: null,
          tool_calls: [
            { id: "call_1", type: "function", function: { name: "look", arguments: '{"at": 1}' } },
          ],
        },
        { role: "tool", tool_call_id: "call_1", content: "A dot" },
        { role: "assistant", content: "A dot.", annotations: [] },
        { role: "user", content: "Thanks" },
      ],
    },
  ],
  [
    "openai responses",
    openAiResponsesFace,
    {
      instructions: "Be brief.",
      input: [
        {
          role: "user",
          content: [
            { type: "input_text", text: "What is this?" },
            { type: "input_image", image_url: PIXEL_URL },
          ],
        },
        { type: "reasoning", id: "rs_1", summary: [] },
        { type: "function_call", call_id: "call_1", name: "look", arguments: '{"at":1}' },
        { type: "function_call_output", call_id: "call_1", output: "A dot" },
        {
          type: "message",
          id: "msg_1",
          role: "assistant",
          content: [{ type: "output_text", text: "A dot.", annotations: [] }],
        },
        { type: "message", role: "user", content: "Thanks" },
      ],
    },
  ],
  [
    "anthropic",
    anthropicFace,
    {
      system: [{ type: "text", text: "Be brief.", cache_control: { type: "ephemeral" } }],
      messages: [
        {
          role: "user",
          content: [
            { type: "text", text: "What is this?", cache_control: { type: "ephemeral" } },
            { type: "image", source: { type: "base64", media_type: "image/png", data: PIXEL } },
          ],
        },
        {
          role: "assistant",
          content: [
            { type: "thinking", thinking: "hm", signature: "s" },
            { type: "tool_use", id: "toolu_1", name: "look", input: { at: 1 } },
          ],
        },
        {
          role: "user",
          content: [{ type: "tool_result", tool_use_id: "toolu_1", content: "A dot" }],
        },
        { role: "assistant", content: "A dot.\n" },
        { role: "user", content: [{ type: "text", text: "Thanks" }] },
      ],
    },
  ],
  [
    "ollama",
    ollamaChatFace,
    {
      messages: [
        { role: "system", content: "Be brief." },
        { role: "user", content: "What is this?", images: [PIXEL] },
        {
          role: "assistant",
          content: "",
          tool_calls: [{ function: { name: "look", arguments: { at: 1 } } }],
        },
        { role: "tool", tool_name: "look", content: "A dot" },
        { role: "assistant", content: "A dot.", thinking: "hm" },
        { role: "user", content: "Thanks" },
      ],
    },
  ],
];

describe.each(CONVERSATIONS)("%s", (_name, face, body) => {
  test("is read as the same turns, spelled the same, whatever the protocol [req:proxy.one-spelling]", () => {
    const turns = face.turns(body).map(({ turn }) => turn);
    expect(turns.map(({ role, text }) => [role, text])).toEqual([
      ["system", "Be brief."],
      ["user", "What is this?"],
      ["assistant", 'Called look with {"at":1}'],
      ["tool", "A dot"],
      ["assistant", expect.stringMatching(/^A dot\.\n?$/)],
      ["user", "Thanks"],
    ]);
    expect(turns[1]?.parts).toEqual([
      { type: "text", text: "What is this?" },
      { type: "image_url", image_url: { url: PIXEL_URL } },
    ]);
    const [, openAi, bodyOfOpenAi] = CONVERSATIONS[0] ?? [];
    const expected = openAi?.turns(bodyOfOpenAi ?? {}).map(({ turn }) => turn.canonical);
    expect(turns.map(({ canonical }) => canonical)).toEqual(expected);
    expect(face.imageCount(body)).toBe(1);
  });

  test("gets memory before what the user says; all else stays [req:proxy.block-beside-turn]", () => {
    const before = JSON.stringify(body);
    const placed = face.turns(body).filter(({ turn }) => turn.role === "user");
    const blocks = placed.flatMap(({ at }) => (at === null ? [] : [{ at, text: BLOCK }]));
    const changed = face.withBlocks(body, blocks);
    const texts = face.turns(changed).map(({ turn }) => turn.text);
    expect(texts).toEqual([
      "Be brief.",
      expect.stringMatching(/^<recalled_memory>\n<\/recalled_memory>\n+What is this\?$/),
      'Called look with {"at":1}',
      "A dot",
      expect.stringMatching(/^A dot\.\n?$/),
      expect.stringMatching(/^<recalled_memory>\n<\/recalled_memory>\n+Thanks$/),
    ]);
    expect(JSON.stringify(face.withBlocks(body, []))).toBe(before);
    expect(JSON.stringify(body)).toBe(before);
  });

  test("reads over what is no prompt", () => {
    for (const strange of [{}, { messages: "x", input: 7 }, { messages: [null, 1, { role: 5 }] }]) {
      expect(face.turns(strange)).toEqual([]);
      expect(face.imageCount(strange)).toBe(0);
    }
  });
});

test("the prompt's beginning stays byte by byte when a turn is added [req:proxy.prefix-stable]", () => {
  for (const [, face, body] of CONVERSATIONS) {
    const field = Array.isArray(body.messages) ? "messages" : "input";
    const list = body[field] as unknown[];
    const first = { at: list.length - 1, text: BLOCK };
    const before = JSON.stringify(face.withBlocks(body, [first]));
    const more = [...list, { role: "assistant", content: "Yes." }, { role: "user", content: "?" }];
    const second = { at: more.length - 1, text: "another block" };
    const after = JSON.stringify(face.withBlocks({ ...body, [field]: more }, [first, second]));
    expect(after.startsWith(before.slice(0, -2))).toBe(true);
  }
});

test("results of tools stay first in Anthropic's turns, and cache marks stay where they are [req:proxy.valid-prompt]", () => {
  const content = [
    { type: "tool_result", tool_use_id: "toolu_1", content: "A dot" },
    { type: "text", text: "And now?", cache_control: { type: "ephemeral" } },
  ];
  const body = { messages: [{ role: "user", content }] };
  expect(anthropicFace.turns(body).map(({ turn, at }) => [turn.role, at])).toEqual([
    ["tool", 0],
    ["user", 0],
  ]);
  expect(anthropicFace.withBlocks(body, [{ at: 0, text: BLOCK }])).toEqual({
    messages: [{ role: "user", content: [content[0], { type: "text", text: BLOCK }, content[1]] }],
  });
});

test("a text as the input of a response is a user's turn", () => {
  const body = { input: "Where is the key?" };
  const [placed] = openAiResponsesFace.turns(body);
  expect(placed).toMatchObject({ at: 0, turn: { role: "user", text: "Where is the key?" } });
  expect(openAiResponsesFace.withBlocks(body, [{ at: 0, text: BLOCK }])).toEqual({
    input: `${BLOCK}\n\nWhere is the key?`,
  });
});

describe("an answer that streamed is the turn that the client sends back", () => {
  const said = (face: ProxyFace, events: unknown[]) => {
    const reader = face.reader({});
    for (const event of events)
      reader.take(typeof event === "string" ? event : JSON.stringify(event));
    return reader.answered();
  };

  test("of OpenAI's chunks [req:proxy.one-spelling]", () => {
    const chunk = (delta: object) => ({ model: "m", choices: [{ index: 0, delta }] });
    const call = (piece: object) => ({ tool_calls: [{ index: 0, ...piece }] });
    const answer = said(openAiChatFace, [
      chunk({ role: "assistant", content: "Let me " }),
      chunk({ content: "look." }),
      chunk(call({ id: "call_1", function: { name: "look", arguments: '{"at"' } })),
      chunk(call({ function: { arguments: ": 1}" } })),
      { choices: [{ index: 1, delta: { content: "another choice" } }] },
      "[DONE]",
    ]);
    const back = openAiChatFace.turns({
      messages: [
        {
          role: "assistant",
          content: "Let me look.",
          tool_calls: [{ id: "call_1", function: { name: "look", arguments: '{"at": 1}' } }],
        },
      ],
    });
    expect(answer).toEqual({ turns: [back[0]?.turn], complete: true, model: "m" });
  });

  test("of Anthropic's events [req:proxy.one-spelling]", () => {
    const block = (index: number, content_block: object) => ({
      ...{ type: "content_block_start", index },
      content_block,
    });
    const delta = (index: number, piece: object) => ({
      ...{ type: "content_block_delta", index },
      delta: piece,
    });
    const answer = said(anthropicFace, [
      { type: "message_start", message: { model: "m" } },
      block(0, { type: "thinking", thinking: "" }),
      delta(0, { type: "thinking_delta", thinking: "hm" }),
      block(1, { type: "text", text: "" }),
      delta(1, { type: "text_delta", text: "Let me look." }),
      block(2, { type: "tool_use", id: "t", name: "look", input: {} }),
      delta(2, { type: "input_json_delta", partial_json: '{"at":' }),
      delta(2, { type: "input_json_delta", partial_json: " 1}" }),
      { type: "message_stop" },
    ]);
    const content = [
      { type: "text", text: "Let me look." },
      { type: "tool_use", id: "t", name: "look", input: { at: 1 } },
    ];
    const back = anthropicFace.turns({ messages: [{ role: "assistant", content }] });
    expect(answer).toEqual({ turns: [back[0]?.turn], complete: true, model: "m" });
  });

  test("of the Responses API's events, whole and cut [req:proxy.one-spelling] [req:proxy.capture-partial]", () => {
    const message = (text: string) => ({
      type: "message",
      role: "assistant",
      content: [{ type: "output_text", text }],
    });
    const events = [
      { type: "response.created", response: { model: "m" } },
      {
        type: "response.output_item.added",
        output_index: 0,
        item: { ...message(""), content: [] },
      },
      { type: "response.output_text.delta", output_index: 0, delta: "Under " },
      { type: "response.output_text.delta", output_index: 0, delta: "the mat." },
    ];
    const back = openAiResponsesFace.turns({ input: [message("Under the mat.")] });
    const expected = { turns: [back[0]?.turn], model: "m" };
    expect(said(openAiResponsesFace, events)).toEqual({ ...expected, complete: false });
    const response = { model: "m", status: "completed", output: [message("Under the mat.")] };
    expect(
      said(openAiResponsesFace, [...events, { type: "response.completed", response }]),
    ).toEqual({ ...expected, complete: true });
  });

  test("of Ollama's lines [req:proxy.one-spelling]", () => {
    const answer = said(ollamaChatFace, [
      { model: "m", message: { role: "assistant", content: "Let me " }, done: false },
      { model: "m", message: { role: "assistant", content: "look." }, done: false },
      {
        model: "m",
        message: {
          role: "assistant",
          content: "",
          tool_calls: [{ function: { name: "look", arguments: { at: 1 } } }],
        },
        done: false,
      },
      { model: "m", message: { role: "assistant", content: "" }, done: true },
    ]);
    const back = ollamaChatFace.turns({
      messages: [
        {
          role: "assistant",
          content: "Let me look.",
          tool_calls: [{ function: { name: "look", arguments: { at: 1 } } }],
        },
      ],
    });
    expect(answer).toEqual({ turns: [back[0]?.turn], complete: true, model: "m" });
  });
});
