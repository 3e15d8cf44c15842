import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import {
  type ScriptedProvider,
  startScriptedProvider,
} from "../../../../../test/support/scripted-provider/scripted-provider.ts";
import type { Provider, StreamEvent } from "../../provider.ts";
import { callOf, DEPENDENCIES, failureOf, providerEntry } from "../__fixtures__/provider-call.ts";
import { createProvider } from "../create-provider.ts";

const QUESTION = { messages: [{ role: "user" as const, content: "Hi" }] };

let scripted: ScriptedProvider;
let provider: Provider;

beforeAll(async () => {
  scripted = await startScriptedProvider({ keys: ["test-key"] });
});
afterAll(() => scripted.stop());
beforeEach(async () => {
  await scripted.clear();
  provider = createProvider(providerEntry("litellm", scripted.origin, {}), DEPENDENCIES);
});
afterEach(() => provider.close());

async function streamed(): Promise<StreamEvent[]> {
  const events: StreamEvent[] = [];
  for await (const event of await provider.stream(QUESTION, callOf())) events.push(event);
  return events;
}

describe("a server of OpenAI's format that does not stream", () => {
  const answering = (message: object) =>
    scripted.script({
      kind: "answer",
      status: 200,
      body: JSON.stringify({
        ...{ id: "1", object: "chat.completion", created: 1, model: "chat" },
        choices: [{ index: 0, message, finish_reason: "stop" }],
        usage: { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 },
      }),
    });

  it("is streamed from its whole answer, usage and end included", async () => {
    answering({ role: "assistant", content: "All of it." });
    const events = await streamed();
    const text = events.map(({ chunk }) => chunk.choices[0]?.delta.content ?? "").join("");
    expect(text).toBe("All of it.");
    expect(events.some(({ chunk }) => chunk.choices[0]?.finish_reason === "stop")).toBe(true);
    expect(events.at(-1)?.chunk.usage).toMatchObject({ completion_tokens: 2 });
    expect(JSON.parse(events[0]?.data ?? "")).toMatchObject({ object: "chat.completion.chunk" });
  });

  it("fails as its whole answer would where that is none", async () => {
    scripted.script({ kind: "answer", status: 200, body: '{"detail":"starting"}' });
    expect(await failureOf(streamed())).toMatchObject({ category: "malformed" });
  });
});
