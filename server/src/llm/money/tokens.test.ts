import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { ChatMessage, ChatRequest } from "../../protocols/openai/chat.ts";
import { countPrompt, countTokens, familyFactor } from "./token-counter.ts";
import { IMAGE_TOKENS, promptBound, promptSize, textsBound } from "./tokens.ts";

function ask(content: ChatMessage["content"], rest: Partial<ChatRequest> = {}): ChatRequest {
  return { messages: [{ role: "user", ...(content === undefined ? {} : { content }) }], ...rest };
}

const ORDINARY = [
  "The quick brown fox jumps over the lazy dog, and then it did so again. ".repeat(30),
  readFileSync(new URL("tokens.ts", import.meta.url), "utf8"),
  JSON.stringify({ city: "Zürich", temperature: 21.5, tags: ["a", "b"], nested: { deep: true } }),
  "記憶は人を作る。忘れることもまた、人を作る。".repeat(10),
  "Тихо ночью, только слышно, как гудят провода. ".repeat(10),
];

describe("the quick bound", () => {
  test.each(ORDINARY)("is not below the counted tokens of ordinary text %#", async (text) => {
    expect(promptBound(ask(text))).toBeGreaterThanOrEqual(await countPrompt(ask(text), "gpt-4o"));
    expect(textsBound([text])).toBeGreaterThanOrEqual(await countTokens(text));
  });
  test("counts an image the same whatever its bytes, and low detail as little", () => {
    const image = (url: string, detail?: string) =>
      ask([{ type: "image_url", image_url: { url, ...(detail ? { detail } : {}) } }]);
    const small = promptSize(image("data:image/png;base64,AAAA"));
    const large = promptSize(image(`data:image/png;base64,${"A".repeat(5_000_000)}`));
    expect(large).toEqual(small);
    expect(large).toMatchObject({ images: 1, audio: false });
    expect(large.tokens - promptBound(image("x", "low"))).toBe(IMAGE_TOKENS - 130);
  });
  test("grows with tools, schemas, tool calls and tool results", () => {
    const plain = promptBound(ask("hi"));
    const parameters = { type: "object", properties: { city: { type: "string" } } };
    const tools = [{ type: "function" as const, function: { name: "weather", parameters } }];
    expect(promptBound(ask("hi", { tools }))).toBeGreaterThan(plain + 350);
    const schema = { name: "answer", schema: parameters };
    const format = { type: "json_schema" as const, json_schema: schema };
    expect(promptBound(ask("hi", { response_format: format }))).toBeGreaterThan(plain + 15);
    const call = {
      id: "1",
      type: "function" as const,
      function: { name: "f", arguments: "x".repeat(300) },
    };
    const called = {
      messages: [{ role: "assistant" as const, content: null, tool_calls: [call] }],
    };
    expect(promptBound(called)).toBeGreaterThan(plain + 100);
  });
  test("sees sound, files and the wish for a cache", () => {
    const sound = ask([
      { type: "input_audio", input_audio: { data: "A".repeat(1000), format: "wav" } },
    ]);
    expect(promptSize(sound)).toMatchObject({ audio: true, cacheWrites: false });
    const file = ask([{ type: "file", file: { file_data: "A".repeat(8000) } }]);
    expect(promptBound(file) - promptBound(ask([]))).toBe(1000);
    const cached = ask([{ type: "text", text: "long", cache_control: { type: "ephemeral" } }]);
    expect(promptSize(cached).cacheWrites).toBe(true);
  });
  test("never falls when text is added", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), fc.string(), (first, second) => {
        expect(promptBound(ask(first + second))).toBeGreaterThanOrEqual(promptBound(ask(first)));
      }),
    );
  });
});

describe("counting", () => {
  test("is o200k_base's for OpenAI's models and more for other families", async () => {
    expect(await countTokens("hello world")).toBe(2);
    expect(await countTokens("hello world", "claude-sonnet-4-5")).toBe(3);
    expect(familyFactor("openai/gpt-4o-mini")).toBe(1);
    expect(familyFactor("gpt-4-turbo")).toBeGreaterThan(1);
    expect(familyFactor("something-new")).toBeGreaterThan(1);
  });
  test("takes control tokens in a text for text", async () => {
    expect(await countTokens("<|endoftext|>")).toBeGreaterThan(1);
  });
  test("counts long and unbroken texts in pieces, without losing or breaking a character", async () => {
    expect(await countTokens("a".repeat(20_000))).toBeGreaterThanOrEqual(2500);
    expect(await countTokens("😀".repeat(2000))).toBeGreaterThanOrEqual(2000);
    const words = await countTokens("word ".repeat(10_000));
    expect(words).toBeGreaterThanOrEqual(10_000);
    expect(words).toBeLessThan(10_400);
  });
});
