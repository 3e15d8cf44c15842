import { describe, expect, test } from "vitest";
import type { ChatRequest } from "./chat.ts";
import { strictRequest } from "./strict-request.ts";

describe("a request for OpenAI's own API", () => {
  test("loses what only others know, in requests, messages, parts and tools", () => {
    const cache_control = { type: "ephemeral" };
    const tool = { type: "function" as const, function: { name: "f" } };
    const request: ChatRequest = {
      model: "m",
      thinking: { type: "enabled" },
      top_k: 3,
      messages: [
        { role: "user", content: [{ type: "text", text: "a", cache_control }] },
        { role: "assistant", content: "b", thinking_blocks: [], reasoning_content: "r" },
        { role: "tool", tool_call_id: "t", content: "c", is_error: true },
      ],
      tools: [{ ...tool, cache_control }],
    };
    expect(strictRequest(request)).toEqual({
      model: "m",
      messages: [
        { role: "user", content: [{ type: "text", text: "a" }] },
        { role: "assistant", content: "b" },
        { role: "tool", tool_call_id: "t", content: "c" },
      ],
      tools: [tool],
    });
  });

  test("is the very same object when there is nothing to lose", () => {
    const request: ChatRequest = { messages: [{ role: "user", content: "a", name: "n" }], seed: 1 };
    expect(strictRequest(request)).toBe(request);
  });
});
