import fc from "fast-check";
import { accumulateResponse } from "openai/lib/responses/ResponseAccumulator";
import type { Response, ResponseStreamEvent } from "openai/resources/responses/responses";
import { describe, expect, test } from "vitest";
import type { JsonRecord } from "../loose-json.ts";
import type { ChatChunk, ChatDelta, ChatMessage, ChatResponse, FinishReason } from "./chat.ts";
import { chunksOf } from "./response-chunks.ts";
import { emptyResponse, toResponse } from "./responses-answer.ts";
import { ResponseEvents } from "./responses-events.ts";

const EMPTY = emptyResponse({ model: "asked", input: "Hi" }, { id: "resp_1", createdAt: 5 });
const USAGE = {
  prompt_tokens: 30,
  completion_tokens: 4,
  total_tokens: 34,
  prompt_tokens_details: { cached_tokens: 20, cache_write_tokens: 5 },
  completion_tokens_details: { reasoning_tokens: 2 },
};

function answer(message: Partial<ChatMessage>, finish_reason: FinishReason = "stop"): ChatResponse {
  return {
    id: "chatcmpl-1",
    object: "chat.completion",
    created: 1,
    model: "served",
    choices: [{ index: 0, message: { role: "assistant", ...message }, finish_reason }],
    usage: USAGE,
  };
}

function call(id: string, text: string, name = "f") {
  return { id, type: "function" as const, function: { name, arguments: text } };
}

const head = { id: "c1", object: "chat.completion.chunk" as const, created: 5, model: "served" };

function chunk(delta: ChatDelta, finish: FinishReason | null = null): ChatChunk {
  return { ...head, choices: [{ index: 0, delta, finish_reason: finish }] };
}

function streamed(chunks: ChatChunk[]): JsonRecord[] {
  const translation = new ResponseEvents(EMPTY);
  return [...chunks.flatMap((one) => translation.chunk(one)), ...translation.end()];
}

/** What OpenAI's own client makes of the events, the last one left out. */
function readByClient(events: JsonRecord[]): Response | undefined {
  const typed = structuredClone(events.slice(0, -1)) as unknown as ResponseStreamEvent[];
  let snapshot: Response | undefined;
  for (const event of typed) snapshot = accumulateResponse(event, snapshot);
  return snapshot;
}

/** One line for each event, to see the order. */
function outline(events: JsonRecord[]): string[] {
  return events.map((event) => {
    const { type, output_index: index, item, part, delta } = event;
    const kind = (item as JsonRecord | undefined)?.type ?? (part as JsonRecord | undefined)?.type;
    return [String(type).replace("response.", ""), index, kind, delta]
      .filter((word) => word !== undefined)
      .join(" ");
  });
}

describe("an answer of the Responses API [req:bridge.responses-face]", () => {
  test("whole, has reasoning, text and calls as items, and the usage under its names", () => {
    const message = { content: "Yes", reasoning_content: "Hm", tool_calls: [call("call_a", "{}")] };
    expect(toResponse(answer(message, "tool_calls"), EMPTY)).toMatchObject({
      id: "resp_1",
      object: "response",
      created_at: 5,
      status: "completed",
      error: null,
      incomplete_details: null,
      model: "served",
      store: false,
      previous_response_id: null,
      output: [
        {
          type: "reasoning",
          id: "rs_1_0",
          summary: [],
          content: [{ type: "reasoning_text", text: "Hm" }],
        },
        {
          type: "message",
          id: "msg_1_1",
          role: "assistant",
          status: "completed",
          content: [{ type: "output_text", text: "Yes", annotations: [], logprobs: [] }],
        },
        { type: "function_call", id: "fc_1_2", call_id: "call_a", name: "f", arguments: "{}" },
      ],
      usage: {
        input_tokens: 30,
        input_tokens_details: { cached_tokens: 20, cache_write_tokens: 5 },
        output_tokens: 4,
        output_tokens_details: { reasoning_tokens: 2 },
        total_tokens: 34,
      },
    });
  });

  test("tells back what was asked for, but for storing", () => {
    const asked = {
      instructions: "Be brief.",
      metadata: { a: "b" },
      temperature: 0.5,
      store: true,
    };
    const empty = emptyResponse(
      { input: "Hi", ...asked, text: { verbosity: "low" }, reasoning: { effort: "low" } },
      { id: "resp_1", createdAt: 5 },
    );
    expect(empty).toMatchObject({
      ...asked,
      store: false,
      text: { format: { type: "text" }, verbosity: "low" },
      reasoning: { effort: "low", summary: null },
      tools: [],
      tool_choice: "auto",
    });
  });

  test("whole, says why it is incomplete, and never makes up what was cut off", () => {
    const cut = toResponse(answer({ tool_calls: [call("a", "")] }, "length"), EMPTY);
    expect(cut).toMatchObject({
      status: "incomplete",
      incomplete_details: { reason: "max_output_tokens" },
      output: [{ status: "incomplete", arguments: "" }],
    });
    const filtered = toResponse(answer({ refusal: "No." }, "content_filter"), EMPTY);
    expect(filtered).toMatchObject({
      status: "incomplete",
      incomplete_details: { reason: "content_filter" },
      output: [{ content: [{ type: "refusal", refusal: "No." }] }],
    });
    const { usage: _, ...uncounted } = answer({ content: "x" });
    expect(toResponse(uncounted, EMPTY).usage).toBeNull();
  });

  test("streamed, opens and closes every item and part, numbered from 0", () => {
    const events = streamed([
      chunk({ role: "assistant", content: "" }),
      chunk({ content: "Hel" }),
      chunk({ content: "lo" }),
      chunk({ tool_calls: [{ index: 0, id: "call_a", function: { name: "f", arguments: "" } }] }),
      chunk({ tool_calls: [{ index: 0, function: { arguments: '{"a":' } }] }),
      chunk({ tool_calls: [{ index: 0, function: { arguments: "1}" } }] }),
      chunk({}, "tool_calls"),
      { ...head, choices: [], usage: USAGE },
    ]);
    expect(outline(events)).toEqual([
      "created",
      "in_progress",
      "output_item.added 0 message",
      "content_part.added 0 output_text",
      "output_text.delta 0 Hel",
      "output_text.delta 0 lo",
      "output_text.done 0",
      "content_part.done 0 output_text",
      "output_item.done 0 message",
      "output_item.added 1 function_call",
      'function_call_arguments.delta 1 {"a":',
      "function_call_arguments.delta 1 1}",
      "function_call_arguments.done 1",
      "output_item.done 1 function_call",
      "completed",
    ]);
    expect(events.map(({ sequence_number }) => sequence_number)).toEqual(events.map((_, at) => at));
    expect(events[0]).toMatchObject({ response: { status: "in_progress", model: "served" } });
    expect(events.at(-1)).toMatchObject({
      response: { status: "completed", usage: { input_tokens: 30 } },
    });
  });

  test("streamed, keeps calls apart that come interleaved or under the same index", () => {
    const part = (
      index: number,
      id: string | undefined,
      part: { name?: string; arguments?: string },
    ) => chunk({ tool_calls: [{ index, ...(id === undefined ? {} : { id }), function: part }] });
    const events = streamed([
      part(0, "a", { name: "f", arguments: '{"x":' }),
      part(1, "b", { name: "g", arguments: "{" }),
      part(0, undefined, { arguments: "1}" }),
      part(1, undefined, { arguments: "}" }),
      part(0, "c", { name: "h", arguments: "{}" }),
      part(2, "d", {}),
      part(2, undefined, { name: "late" }),
      chunk({}, "tool_calls"),
    ]);
    const output = [
      { call_id: "a", name: "f", arguments: '{"x":1}' },
      { call_id: "b", name: "g", arguments: "{}" },
      { call_id: "c", name: "h", arguments: "{}" },
      { call_id: "d", name: "late", arguments: "{}" },
    ];
    expect(events.at(-1)).toMatchObject({ response: { output } });
    expect(readByClient(events)?.output).toMatchObject(output);
  });

  test("streamed, puts a refusal beside the text before it", () => {
    const events = streamed([
      chunk({ content: "Well" }),
      chunk({ refusal: "No." }),
      chunk({}, "content_filter"),
    ]);
    expect(outline(events)).toContain("refusal.delta 0 No.");
    expect(readByClient(events)?.output).toMatchObject([
      {
        content: [
          { type: "output_text", text: "Well" },
          { type: "refusal", refusal: "No." },
        ],
      },
    ]);
    expect(outline(events).at(-1)).toBe("incomplete");
  });

  test("that breaks off ends with the error and what came, and never as complete", () => {
    const translation = new ResponseEvents(EMPTY);
    translation.chunk(chunk({ content: "Hel" }));
    const failure = {
      type: "server_error",
      code: "providers_unavailable",
      message: "Cut.",
      param: null,
    };
    const events = translation.fail(failure);
    expect(events).toMatchObject([
      { type: "error", code: "providers_unavailable", message: "Cut.", error: failure },
      {
        type: "response.failed",
        response: {
          status: "failed",
          error: { code: "server_error", message: "Cut." },
          output: [{ status: "incomplete", content: [{ text: "Hel" }] }],
        },
      },
    ]);
  });

  test("that fails before anything came begins all the same", () => {
    const failure = { type: "invalid_request_error", code: "c", message: "m", param: null };
    expect(outline(new ResponseEvents(EMPTY).fail(failure))).toEqual([
      "created",
      "in_progress",
      "error",
      "failed",
    ]);
  });

  test("is the same whole, streamed, and as OpenAI's own client puts its events together", () => {
    const texts = fc.string({ maxLength: 12 });
    const message = fc.record({
      content: texts,
      reasoning_content: texts,
      refusal: texts,
      tool_calls: fc.array(
        fc.record({ id: texts, name: fc.string({ minLength: 1 }), input: fc.json() }),
        { maxLength: 3 },
      ),
    });
    const finish = fc.constantFrom<FinishReason>("stop", "length", "tool_calls", "content_filter");
    fc.assert(
      fc.property(message, finish, ({ tool_calls, ...texts }, reason) => {
        const calls = tool_calls.map(({ id, name, input }) => call(id, input, name));
        const chat = answer(
          { ...texts, ...(calls.length === 0 ? {} : { tool_calls: calls }) },
          reason,
        );
        const whole = toResponse(chat, EMPTY);
        const events = streamed(chunksOf(chat));
        const last = events.at(-1)?.response as typeof whole;
        expect(last).toEqual(whole);
        expect(readByClient(events)?.output).toEqual(last.output);
      }),
    );
  });
});
