import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { FailureCategory } from "../failure.ts";
import { NOW } from "./__fixtures__/provider-call.ts";
import { anthropicComplaint } from "./anthropic/anthropic-errors.ts";
import { complaintFailure } from "./complaint.ts";
import { ollamaComplaint } from "./ollama/ollama-errors.ts";
import { openAiComplaint } from "./openai/openai-errors.ts";
import { openRouterComplaint } from "./openrouter/openrouter-errors.ts";
import { type Complain, errorAnswer } from "./reported-error.ts";

/** An error answer as its provider publishes it, and what it must be taken for. */
interface RecordedError {
  name: string;
  status: number;
  headers?: Record<string, string>;
  body?: unknown;
  /** Instead of a JSON body. */
  text?: string;
  category: FailureCategory;
  retryAfterMs?: number;
  /** What our own message must hold. */
  message?: string;
}

const PROTOCOLS: [string, Complain, string][] = [
  ["openai", openAiComplaint, "OPENAI_API_KEY"],
  ["openrouter", openRouterComplaint, "OPENROUTER_API_KEY"],
  ["anthropic", anthropicComplaint, "ANTHROPIC_API_KEY"],
  ["ollama", ollamaComplaint, "OLLAMA_API_KEY"],
];

describe.each(PROTOCOLS)("errors of %s", (name, complain, keyVariable) => {
  const file = new URL(`./${name}/__fixtures__/errors.json`, import.meta.url);
  const recorded = JSON.parse(readFileSync(file, "utf8")) as RecordedError[];

  it.each(recorded)("$name ($status) is $category", (error) => {
    const { status, headers = {}, body, category, retryAfterMs, message = "" } = error;
    const text = error.text ?? JSON.stringify(body);
    const failure = complaintFailure(complain(errorAnswer({ status, headers, text }), NOW), {
      target: { providerId: "main", modelId: "chat" },
      keyVariable,
      secrets: ["test-key"],
    });
    expect(failure).toMatchObject({ category, status });
    expect(failure.retryAfterMs).toBe(retryAfterMs);
    expect(failure.message).toContain(message);
    expect(failure.message).toContain('"main"');
    expect(failure.message).toContain(String(status));
    expect(failure.publicDetail ?? "").not.toContain("test-key");
  });
});

it("tells the caller in the provider's words what is wrong with the request, and nothing else", () => {
  const shown = (status: number, message: string) => {
    const text = JSON.stringify({ error: { message } });
    const complaint = openAiComplaint(errorAnswer({ status, headers: {}, text }), NOW);
    const context = { target: { providerId: "main", modelId: "chat" }, secrets: ["secretkey"] };
    return complaintFailure(complaint, { ...context, keyVariable: undefined }).publicDetail;
  };
  expect(shown(400, "temperature is above 2; key secretkey")).toBe(
    "temperature is above 2; key [hidden]",
  );
  expect(shown(500, "stack trace of the provider")).toBeUndefined();
  expect(shown(401, "wrong key")).toBeUndefined();
});
