import { describe, expect, test } from "vitest";
import type { ChatChunk, ChatDelta } from "./chat.ts";
import { emptyUsage, hasRealToken } from "./chunk-content.ts";

function chunk(delta: unknown, finish_reason: "stop" | null = null): ChatChunk {
  const choice = { index: 0, delta: delta as ChatDelta, finish_reason };
  return { id: "c", object: "chat.completion.chunk", created: 1, model: "m", choices: [choice] };
}

describe("a chunk", () => {
  test("with text, reasoning, a refusal, a tool call or the end carries something of the answer", () => {
    const deltas = [
      { content: " " },
      { reasoning_content: "hm" },
      { reasoning: "hm" },
      { refusal: "no" },
      { tool_calls: [{ index: 0, id: "a", function: { name: "f", arguments: "" } }] },
      { function_call: { name: "f" } },
    ];
    for (const delta of deltas) expect(hasRealToken(chunk(delta))).toBe(true);
    expect(hasRealToken(chunk({}, "stop"))).toBe(true);
  });

  test("with a role, empty texts or usage alone does not, nor one of a strange shape", () => {
    const deltas = [
      { role: "assistant", content: "" },
      { content: null, tool_calls: [] },
      {},
      null,
    ];
    for (const delta of deltas) expect(hasRealToken(chunk(delta))).toBe(false);
    expect(hasRealToken({ ...chunk({}), choices: [], usage: emptyUsage() })).toBe(false);
    for (const choices of [undefined, null, [null], "x"]) {
      expect(hasRealToken({ ...chunk({}), choices } as unknown as ChatChunk)).toBe(false);
    }
  });
});
