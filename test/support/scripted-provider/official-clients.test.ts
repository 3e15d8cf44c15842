import Anthropic from "@anthropic-ai/sdk";
import { Ollama } from "ollama";
import OpenAI from "openai";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { type ScriptedProvider, startScriptedProvider } from "./scripted-provider.ts";

// The official clients decide whether the framing is the providers' own.

const PIXEL =
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
const WEATHER = {
  type: "object" as const,
  properties: { city: { type: "string" } },
  required: ["city"],
};
const TEXT = "Hello from the scripted provider.";
const USAGE = { prompt: 20, cached: 4, cacheWrite: 2, reasoning: 1, cost: 0.0025 };

let provider: ScriptedProvider;
let openai: OpenAI;
let openrouter: OpenAI;
let anthropic: Anthropic;
let ollama: Ollama;

beforeAll(async () => {
  provider = await startScriptedProvider({
    keys: ["test-key"],
    models: ["chat", "embed"],
    usage: USAGE,
  });
  const options = { apiKey: "test-key", maxRetries: 0 };
  openai = new OpenAI({ ...options, baseURL: `${provider.origin}/v1` });
  openrouter = new OpenAI({ ...options, baseURL: `${provider.origin}/api/v1` });
  anthropic = new Anthropic({ ...options, baseURL: provider.origin });
  ollama = new Ollama({ host: provider.origin });
});

afterAll(() => provider.stop());
beforeEach(() => provider.clear());

const messages = [{ role: "user" as const, content: "Hi" }];
const question = { model: "chat", messages };

it("answers the openai client whole, with usage and cached tokens", async () => {
  const answer = await openai.chat.completions.create(question);
  expect(answer.choices[0]).toMatchObject({ message: { content: TEXT }, finish_reason: "stop" });
  expect(answer.usage).toMatchObject({
    prompt_tokens: 20,
    completion_tokens: 6,
    prompt_tokens_details: { cached_tokens: 4 },
    completion_tokens_details: { reasoning_tokens: 1 },
  });
});

it("stops at max_tokens with the reason of each provider", async () => {
  const few = await openai.chat.completions.create({ ...question, max_completion_tokens: 2 });
  expect(few.choices[0]).toMatchObject({
    message: { content: "Hello from" },
    finish_reason: "length",
  });
  const claude = await anthropic.messages.create({ ...question, max_tokens: 2 });
  expect(claude.stop_reason).toBe("max_tokens");
  const local = await ollama.chat({ ...question, options: { num_predict: 2 } });
  expect(local).toMatchObject({ message: { content: "Hello from" }, done_reason: "length" });
});

it("streams to the openai client and says usage only when asked", async () => {
  const stream = await openai.chat.completions.create({
    ...question,
    stream: true,
    stream_options: { include_usage: true },
  });
  const chunks = await collected(stream);
  expect(chunks.map(({ choices }) => choices[0]?.delta.content ?? "").join("")).toBe(TEXT);
  expect(chunks.at(-2)?.choices[0]?.finish_reason).toBe("stop");
  expect(chunks.at(-1)).toMatchObject({ choices: [], usage: { prompt_tokens: 20 } });
  const without = await openai.chat.completions.create({ ...question, stream: true });
  const plain = await collected(without);
  expect(plain.filter((chunk) => "usage" in chunk)).toEqual([]);
});

it("puts costs into OpenRouter's answers, whole and streamed", async () => {
  const whole = await openrouter.chat.completions.create(question);
  expect(whole.usage).toMatchObject({ cost: 0.0025 });
  expect(whole).toMatchObject({ provider: "Scripted" });
  const chunks = await collected(
    await openrouter.chat.completions.create({ ...question, stream: true }),
  );
  expect(chunks.at(-1)?.usage).toMatchObject({ cost: 0.0025 });
  const raw = await fetch(`${provider.origin}/api/v1/chat/completions`, {
    method: "POST",
    headers: { authorization: "Bearer test-key" },
    body: JSON.stringify({ ...question, stream: true }),
  });
  expect(await raw.text()).toMatch(/^: OPENROUTER PROCESSING\n\n/);
});

it("answers the anthropic client whole and streamed, cached tokens outside input_tokens", async () => {
  const whole = await anthropic.messages.create({ ...question, max_tokens: 100 });
  expect(whole.content).toEqual([{ type: "text", text: TEXT }]);
  expect(whole.stop_reason).toBe("end_turn");
  expect(whole.usage).toMatchObject({
    input_tokens: 14,
    cache_read_input_tokens: 4,
    cache_creation_input_tokens: 2,
    output_tokens: 6,
  });
  const final = await anthropic.messages.stream({ ...question, max_tokens: 100 }).finalMessage();
  expect(final.content).toEqual([{ type: "text", text: TEXT }]);
  expect(final.usage.output_tokens).toBe(6);
  const counted = await anthropic.messages.countTokens(question);
  expect(counted.input_tokens).toBe(20);
});

it("answers the ollama client whole, streamed and by generate", async () => {
  const whole = await ollama.chat(question);
  expect(whole).toMatchObject({
    message: { content: TEXT },
    done: true,
    prompt_eval_count: 20,
    eval_count: 6,
  });
  const parts = await collected(await ollama.chat({ ...question, stream: true }));
  expect(parts.map(({ message }) => message.content).join("")).toBe(TEXT);
  expect(parts.at(-1)).toMatchObject({ done: true, done_reason: "stop" });
  expect(await ollama.generate({ model: "chat", prompt: "Hi" })).toMatchObject({ response: TEXT });
});

it("calls a tool when the prompt asks for it, and says its result afterwards", async () => {
  const tools = [{ type: "function" as const, function: { name: "weather", parameters: WEATHER } }];
  const asked = [{ role: "user" as const, content: "Please use the tool." }];
  const first = await openai.chat.completions.create({ model: "chat", messages: asked, tools });
  expect(first.choices[0]).toMatchObject({
    finish_reason: "tool_calls",
    message: {
      tool_calls: [
        { id: "call_scripted_1", function: { name: "weather", arguments: '{"city":"sample"}' } },
      ],
    },
  });
  const second = await openai.chat.completions.create({
    model: "chat",
    tools,
    messages: [
      ...asked,
      ...(first.choices[0] ? [first.choices[0].message] : []),
      { role: "tool", tool_call_id: "call_scripted_1", content: "Sunny" },
    ],
  });
  expect(second.choices[0]?.message.content).toBe("The tool said: Sunny");
  const plain = await openai.chat.completions.create({ model: "chat", messages, tools });
  expect(plain.choices[0]?.message.content).toBe(TEXT);
});

it("streams tool calls in the form of each provider", async () => {
  const asked = [{ role: "user" as const, content: "Use the tool" }];
  const tools = [{ type: "function" as const, function: { name: "weather", parameters: WEATHER } }];
  const helper = openai.chat.completions.stream({ model: "chat", messages: asked, tools });
  const message = await helper.finalMessage();
  expect(message.tool_calls?.[0]).toMatchObject({ function: { arguments: '{"city":"sample"}' } });

  const claudeTools = [{ name: "weather", input_schema: WEATHER }];
  const final = await anthropic.messages
    .stream({ model: "chat", max_tokens: 100, messages: asked, tools: claudeTools })
    .finalMessage();
  expect(final.stop_reason).toBe("tool_use");
  expect(final.content).toMatchObject([
    { type: "tool_use", name: "weather", input: { city: "sample" } },
  ]);

  const ollamaTools = [
    { type: "function", function: { name: "weather", description: "", parameters: WEATHER } },
  ];
  const parts = await collected(
    await ollama.chat({ model: "chat", messages: asked, tools: ollamaTools, stream: true }),
  );
  expect(parts[0]?.message.tool_calls?.[0]?.function).toMatchObject({
    name: "weather",
    arguments: { city: "sample" },
  });
});

it("says an image's type, size, hash and form as it arrived", async () => {
  const url = `data:image/png;base64,${PIXEL}`;
  const saw = "image/png, 70 bytes, sha 6b7fa434";
  const inOpenAi = await openai.chat.completions.create({
    model: "chat",
    messages: [{ role: "user", content: [{ type: "image_url", image_url: { url } }] }],
  });
  const inClaude = await anthropic.messages.create({
    model: "chat",
    max_tokens: 100,
    messages: [
      {
        role: "user",
        content: [
          { type: "image", source: { type: "base64", media_type: "image/png", data: PIXEL } },
        ],
      },
    ],
  });
  const inOllama = await ollama.chat({
    model: "chat",
    messages: [{ role: "user", content: "?", images: [PIXEL] }],
  });
  expect(inOpenAi.choices[0]?.message.content).toBe(`Received 1 image(s): ${saw}, as data URL`);
  expect(inClaude.content[0]).toMatchObject({ text: `Received 1 image(s): ${saw}, as base64` });
  expect(inOllama.message.content).toBe(`Received 1 image(s): ${saw}, as base64`);
});

it("refuses an image URL where Ollama wants bytes", async () => {
  const asked = { role: "user", content: "?", images: ["https://example.org/a.png"] };
  const answer = await fetch(`${provider.origin}/api/chat`, {
    method: "POST",
    body: JSON.stringify({ model: "chat", messages: [asked] }),
  });
  expect(answer.status).toBe(400);
});

it("answers JSON that the asked schema accepts", async () => {
  const schema = {
    type: "object",
    properties: { n: { type: "integer" }, tags: { type: "array", items: { enum: ["a", "b"] } } },
  };
  const answer = await openai.chat.completions.create({
    ...question,
    response_format: { type: "json_schema", json_schema: { name: "x", schema } },
  });
  expect(JSON.parse(answer.choices[0]?.message.content ?? "")).toEqual({ n: 7, tags: ["a"] });
  const local = await ollama.chat({ ...question, format: schema });
  expect(JSON.parse(local.message.content)).toEqual({ n: 7, tags: ["a"] });
});

it("embeds a text to the same unit vector every time, as floats and base64", async () => {
  const floats = await openai.embeddings.create({
    model: "embed",
    input: ["one", "two"],
    encoding_format: "float",
  });
  // The client asks for base64 and decodes it when no format is named.
  const decoded = await openai.embeddings.create({ model: "embed", input: "one" });
  const [one = [], two = []] = floats.data.map(({ embedding }) => embedding);
  expect(one).toHaveLength(8);
  expect(one).not.toEqual(two);
  expect(decoded.data[0]?.embedding).toEqual(one);
  expect(one.reduce((sum, value) => sum + value * value, 0)).toBeCloseTo(1, 5);
  const { embeddings } = await ollama.embed({ model: "embed", input: ["one"] });
  expect(embeddings[0]).toEqual(one);
  const old = await ollama.embeddings({ model: "embed", prompt: "one" });
  expect(old.embedding).toEqual(one);
  const short = await openai.embeddings.create({ model: "embed", input: "one", dimensions: 4 });
  expect(short.data[0]?.embedding).toHaveLength(4);
});

it("lists its models to every client", async () => {
  expect((await openai.models.list()).data.map(({ id }) => id)).toEqual(["chat", "embed"]);
  expect((await openrouter.models.list()).data.map(({ id }) => id)).toEqual(["chat", "embed"]);
  expect((await anthropic.models.list()).data.map(({ id }) => id)).toEqual(["chat", "embed"]);
  expect((await ollama.list()).models.map(({ model }) => model)).toEqual(["chat", "embed"]);
  const shown = await ollama.show({ model: "embed" });
  expect(Object.entries(shown.model_info)).toContainEqual(["llama.embedding_length", 8]);
});

it("refuses a wrong key and an unknown model in each provider's shape", async () => {
  const wrong = new OpenAI({
    apiKey: "test-wrong",
    baseURL: `${provider.origin}/v1`,
    maxRetries: 0,
  });
  await expect(wrong.chat.completions.create(question)).rejects.toMatchObject({
    status: 401,
    code: "invalid_api_key",
  });
  const stranger = new Anthropic({
    apiKey: "test-wrong",
    baseURL: provider.origin,
    maxRetries: 0,
  });
  await expect(stranger.messages.create({ ...question, max_tokens: 9 })).rejects.toBeInstanceOf(
    Anthropic.AuthenticationError,
  );
  const unknown = { ...question, model: "none" };
  await expect(openai.chat.completions.create(unknown)).rejects.toBeInstanceOf(
    OpenAI.NotFoundError,
  );
  await expect(anthropic.messages.create({ ...unknown, max_tokens: 9 })).rejects.toBeInstanceOf(
    Anthropic.NotFoundError,
  );
  await expect(ollama.chat(unknown)).rejects.toThrow("model 'none' not found");
});

it("remembers what it was asked, key and headers included", async () => {
  await openai.chat.completions.create(question);
  expect(provider.requests).toHaveLength(1);
  expect(provider.requests[0]).toMatchObject({
    method: "POST",
    path: "/v1/chat/completions",
    key: "test-key",
    body: question,
    headers: { "content-type": "application/json" },
    closedAt: undefined,
  });
});

async function collected<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}
