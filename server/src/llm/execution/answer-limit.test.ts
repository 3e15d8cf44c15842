import { expect, test } from "vitest";
import type { ChatRequest } from "../../protocols/openai/chat.ts";
import type { ProviderType } from "../registry/entries.ts";
import type { Candidate } from "../routing/route.ts";
import { withAnswerLimit } from "./answer-limit.ts";

const request: ChatRequest = { messages: [{ role: "user", content: "Hi" }] };

function candidate(type: ProviderType, maxOutputTokens: number | undefined): Candidate {
  return { provider: { type }, model: { maxOutputTokens } } as Candidate;
}

test("a model's max_output_tokens is sent where the request names no limit, in its provider's word [req:bridge.budget-bound]", () => {
  const sentTo = (type: ProviderType) => withAnswerLimit(request, candidate(type, 500));
  expect(sentTo("openai")).toEqual({ ...request, max_completion_tokens: 500 });
  for (const type of ["litellm", "openrouter", "anthropic", "ollama"] as const) {
    expect(sentTo(type)).toEqual({ ...request, max_tokens: 500 });
  }
});

test("a limit of the request stays, and without one of the model nothing is added", () => {
  const limited: ChatRequest = { ...request, max_tokens: 9 };
  expect(withAnswerLimit(limited, candidate("openai", 500))).toBe(limited);
  expect(withAnswerLimit(request, candidate("openai", undefined))).toBe(request);
  const unlimited: ChatRequest = { ...request, max_tokens: null };
  expect(withAnswerLimit(unlimited, candidate("litellm", 500)).max_tokens).toBe(500);
});
