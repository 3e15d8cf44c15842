import Anthropic from "@anthropic-ai/sdk";
import { Ollama } from "ollama";
import OpenAI from "openai";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import {
  type ScriptedProvider,
  startScriptedProvider,
} from "../../../../test/support/scripted-provider/scripted-provider.ts";
import { PROVIDER_TYPES, type RemoteType, startRealBridge } from "./__fixtures__/real-bridge.ts";

const TEXT = "Hello from the scripted provider.";
const PIXEL =
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
const SAW_PIXEL = /^Received 1 image\(s\): image\/png, 70 bytes, sha 6b7fa434/;
const WEATHER = {
  type: "object" as const,
  properties: { city: { type: "string" } },
  required: ["city"],
};
const USAGE = { prompt: 20, cached: 0, completion: 6, reasoning: 0 };

const HI = [{ role: "user" as const, content: "Hi" }];
const USE_TOOL = [{ role: "user" as const, content: "Please use the tool." }];
const OPENAI_TOOLS = [
  { type: "function" as const, function: { name: "weather", parameters: WEATHER } },
];
const ANTHROPIC_TOOLS = [{ name: "weather", input_schema: WEATHER }];
const OLLAMA_TOOLS = [
  { type: "function", function: { name: "weather", description: "", parameters: WEATHER } },
];

describe.each(PROVIDER_TYPES)(
  "official clients, unmodified, over %s [req:bridge.official-clients]",
  (type) => {
    let world: World;
    beforeAll(async () => {
      world = await startWorld(type);
    });
    afterAll(() => world.close());
    beforeEach(() => world.clear());

    describe("openai", () => {
      const question = { model: "chat", messages: HI };

      test("chats, with usage, the model that served and the account of the call", async () => {
        const { data, response } = await world.openai.chat.completions
          .create(question)
          .withResponse();
        expect(data.choices[0]).toMatchObject({
          message: { role: "assistant", content: TEXT },
          finish_reason: "stop",
        });
        expect(data.model).toBe("chat");
        expect(data.usage).toMatchObject({ prompt_tokens: 20, completion_tokens: 6 });
        expect(data).toMatchObject({
          sekha_metadata: { routing: { provider_id: `the-${type}`, model_id: "chat" } },
        });
        expect(response.headers.get("x-sekha-provider")).toBe(`the-${type}`);
        expect(response.headers.get("x-sekha-attempts")).toBe("1");
      });

      test("streams, and gets the usage only when it asks", async () => {
        const plain = await collected(
          await world.openai.chat.completions.create({ ...question, stream: true }),
        );
        expect(plain.map(({ choices }) => choices[0]?.delta.content ?? "").join("")).toBe(TEXT);
        expect(plain.every(({ choices }) => choices.length > 0)).toBe(true);
        expect(plain.at(-1)?.choices[0]?.finish_reason).toBe("stop");
        const stream_options = { include_usage: true };
        const counted = await collected(
          await world.openai.chat.completions.create({ ...question, stream: true, stream_options }),
        );
        expect(counted.at(-1)).toMatchObject({
          choices: [],
          usage: { prompt_tokens: 20, completion_tokens: 6 },
          sekha_metadata: { cost: expect.any(Number) },
        });
      });

      test("calls tools, whole and streamed, and says their result", async () => {
        const asked = { model: "chat", messages: USE_TOOL, tools: OPENAI_TOOLS };
        const first = await world.openai.chat.completions.create(asked);
        const message = first.choices[0]?.message;
        expect(first.choices[0]?.finish_reason).toBe("tool_calls");
        const [call] = message?.tool_calls ?? [];
        expect(call).toMatchObject({ type: "function", function: { name: "weather" } });
        expect(call?.type === "function" && JSON.parse(call.function.arguments)).toEqual({
          city: "sample",
        });
        const second = await world.openai.chat.completions.create({
          ...asked,
          messages: [
            ...USE_TOOL,
            ...(message ? [message] : []),
            { role: "tool", tool_call_id: call?.id ?? "", content: "Sunny" },
          ],
        });
        expect(second.choices[0]?.message.content).toBe("The tool said: Sunny");
        const streamed = await world.openai.chat.completions.stream(asked).finalMessage();
        expect(streamed.tool_calls?.[0]).toMatchObject({ function: { name: "weather" } });
      });

      test("shows images", async () => {
        const url = `data:image/png;base64,${PIXEL}`;
        const image = { type: "image_url" as const, image_url: { url } };
        const answer = await world.openai.chat.completions.create({
          model: "chat",
          messages: [{ role: "user", content: [{ type: "text", text: "What?" }, image] }],
        });
        expect(answer.choices[0]?.message.content).toMatch(SAW_PIXEL);
      });

      test("gets structured output", async () => {
        const schema = {
          type: "object",
          properties: { n: { type: "integer" } },
          required: ["n"],
          additionalProperties: false,
        };
        const answer = await world.openai.chat.completions.create({
          ...question,
          response_format: {
            type: "json_schema",
            json_schema: { name: "x", schema, strict: true },
          },
        });
        expect(JSON.parse(answer.choices[0]?.message.content ?? "")).toEqual({ n: 7 });
      });

      test("lists the models", async () => {
        const ids = (await world.openai.models.list()).data.map(({ id }) => id);
        expect(ids).toContain("chat");
        expect(await world.openai.models.retrieve("chat")).toMatchObject({
          id: "chat",
          object: "model",
        });
        await expect(world.openai.models.retrieve("none")).rejects.toBeInstanceOf(
          OpenAI.NotFoundError,
        );
      });

      test("is told of failures as its errors", async () => {
        const wrong = world.openai.chat.completions.create({ model: "chat", messages: [] });
        await expect(wrong).rejects.toBeInstanceOf(OpenAI.UnprocessableEntityError);
        world.provider.script({ kind: "server_error" });
        const failed = world.openai.chat.completions.create({ ...question, stream: true });
        await expect(failed).rejects.toBeInstanceOf(OpenAI.InternalServerError);
      });

      test("is told inside a stream that was cut, and never of a good end", async () => {
        world.provider.script({ kind: "cut", afterTokens: 3 });
        const stream = await world.openai.chat.completions.create({ ...question, stream: true });
        const parts: string[] = [];
        const reading = (async () => {
          for await (const { choices } of stream) parts.push(choices[0]?.delta.content ?? "");
        })();
        await expect(reading).rejects.toBeInstanceOf(OpenAI.APIError);
        expect(TEXT.startsWith(parts.join(""))).toBe(true);
      });

      test("leaves, and the provider is left", async () => {
        world.provider.script({ kind: "stall", afterTokens: 2, ms: 60_000 });
        const caller = new AbortController();
        const stream = await world.openai.chat.completions.create(
          { ...question, stream: true },
          { signal: caller.signal },
        );
        for await (const _chunk of stream) {
          caller.abort();
          break;
        }
        await world.provider.until((requests) =>
          requests.some(({ closedAt }) => closedAt !== undefined),
        );
        expect(world.provider.requests).toHaveLength(1);
      });
    });

    describe("anthropic", () => {
      const question = { model: "chat", max_tokens: 100, messages: HI };

      test("chats", async () => {
        const answer = await world.anthropic.messages.create({ ...question, system: "Be brief." });
        expect(answer).toMatchObject({
          type: "message",
          role: "assistant",
          model: "chat",
          content: [{ type: "text", text: TEXT }],
          stop_reason: "end_turn",
          usage: { input_tokens: 20, output_tokens: 6 },
        });
      });

      test("streams", async () => {
        const final = await world.anthropic.messages.stream(question).finalMessage();
        expect(final.content).toMatchObject([{ type: "text", text: TEXT }]);
        expect(final.stop_reason).toBe("end_turn");
        expect(final.usage.output_tokens).toBe(6);
      });

      test("calls tools, whole and streamed, and says their result", async () => {
        const asked = { ...question, messages: USE_TOOL, tools: ANTHROPIC_TOOLS };
        const first = await world.anthropic.messages.create(asked);
        expect(first.stop_reason).toBe("tool_use");
        const use = first.content.find((block) => block.type === "tool_use");
        expect(use).toMatchObject({ name: "weather", input: { city: "sample" } });
        const second = await world.anthropic.messages.create({
          ...asked,
          messages: [
            ...USE_TOOL,
            { role: "assistant", content: first.content },
            {
              role: "user",
              content: [{ type: "tool_result", tool_use_id: use?.id ?? "", content: "Sunny" }],
            },
          ],
        });
        expect(second.content).toMatchObject([{ type: "text", text: "The tool said: Sunny" }]);
        const streamed = await world.anthropic.messages.stream(asked).finalMessage();
        expect(streamed.content).toMatchObject([{ type: "tool_use", input: { city: "sample" } }]);
      });

      test("shows images", async () => {
        const source = { type: "base64" as const, media_type: "image/png" as const, data: PIXEL };
        const answer = await world.anthropic.messages.create({
          ...question,
          messages: [{ role: "user", content: [{ type: "image", source }] }],
        });
        expect(answer.content[0]).toMatchObject({ text: expect.stringMatching(SAW_PIXEL) });
      });

      test("counts tokens and lists the models", async () => {
        const { input_tokens } = await world.anthropic.messages.countTokens({
          model: "chat",
          messages: HI,
        });
        expect(input_tokens).toBeGreaterThan(0);
        const models = await collected(world.anthropic.models.list());
        expect(models[0]).toMatchObject({ type: "model", id: "chat" });
        expect(await world.anthropic.models.retrieve("chat")).toMatchObject({ id: "chat" });
      });

      test("is told of failures as its errors, also inside a stream", async () => {
        const wrong = world.anthropic.messages.create({ ...question, messages: [] });
        await expect(wrong).rejects.toBeInstanceOf(Anthropic.BadRequestError);
        world.provider.script({ kind: "server_error" });
        const failed = world.anthropic.messages.create(question);
        await expect(failed).rejects.toBeInstanceOf(Anthropic.InternalServerError);
        await world.provider.clear();
        world.provider.script({ kind: "cut", afterTokens: 3 });
        const cut = world.anthropic.messages.stream(question).finalMessage();
        await expect(cut).rejects.toThrow(/cut|end|broke/i);
      });
    });

    describe("ollama", () => {
      const question = { model: "chat", messages: HI };

      test("chats, whole and streamed, and generates", async () => {
        expect(await world.ollama.chat(question)).toMatchObject({
          model: "chat",
          message: { role: "assistant", content: TEXT },
          done: true,
          done_reason: "stop",
          prompt_eval_count: 20,
          eval_count: 6,
        });
        const parts = await collected(await world.ollama.chat({ ...question, stream: true }));
        expect(parts.map(({ message }) => message.content).join("")).toBe(TEXT);
        expect(parts.at(-1)).toMatchObject({ done: true, eval_count: 6 });
        const generated = await world.ollama.generate({ model: "chat", prompt: "Hi" });
        expect(generated).toMatchObject({ response: TEXT, done: true });
        const stream = await world.ollama.generate({ model: "chat", prompt: "Hi", stream: true });
        const pieces = await collected(stream);
        expect(pieces.map(({ response }) => response).join("")).toBe(TEXT);
      });

      test("calls tools, whole and streamed, and says their result", async () => {
        const asked = { model: "chat", messages: USE_TOOL, tools: OLLAMA_TOOLS };
        const first = await world.ollama.chat(asked);
        const call = { function: { name: "weather", arguments: { city: "sample" } } };
        expect(first.message.tool_calls).toMatchObject([call]);
        const second = await world.ollama.chat({
          ...asked,
          messages: [
            ...USE_TOOL,
            first.message,
            { role: "tool", content: "Sunny", tool_name: "weather" },
          ],
        });
        expect(second.message.content).toBe("The tool said: Sunny");
        const parts = await collected(await world.ollama.chat({ ...asked, stream: true }));
        expect(parts.flatMap(({ message }) => message.tool_calls ?? [])).toMatchObject([call]);
      });

      test("shows images", async () => {
        const answer = await world.ollama.chat({
          model: "chat",
          messages: [{ role: "user", content: "What?", images: [PIXEL] }],
        });
        expect(answer.message.content).toMatch(SAW_PIXEL);
      });

      test("lists and shows the models", async () => {
        expect((await world.ollama.list()).models.map(({ name }) => name)).toContain("chat");
        expect((await world.ollama.show({ model: "chat" })).capabilities).toContain("completion");
        expect((await world.ollama.ps()).models).toEqual([]);
        expect(await world.ollama.version()).toEqual({ version: "2.0.0" });
      });

      test("is told of failures, also inside a stream", async () => {
        await expect(world.ollama.show({ model: "none" })).rejects.toThrow(
          "model 'none' not found",
        );
        world.provider.script({ kind: "server_error" });
        await expect(world.ollama.chat(question)).rejects.toThrow(/chat/);
        await world.provider.clear();
        world.provider.script({ kind: "cut", afterTokens: 3 });
        const stream = await world.ollama.chat({ ...question, stream: true });
        await expect(collected(stream)).rejects.toThrow(/\S/);
      });
    });
  },
);

describe.each(PROVIDER_TYPES.filter((type) => type !== "anthropic"))(
  "embeddings over %s [req:bridge.official-clients]",
  (type) => {
    let world: World;
    beforeAll(async () => {
      world = await startWorld(type);
    });
    afterAll(() => world.close());

    test("openai embeds, in base64 as it asks for it by itself", async () => {
      const { data, usage } = await world.openai.embeddings.create({
        model: "embed",
        input: ["a", "b"],
      });
      expect(data.map(({ embedding }) => embedding.length)).toEqual([8, 8]);
      expect(usage.prompt_tokens).toBeGreaterThan(0);
      const floats = await world.openai.embeddings.create({
        model: "embed",
        input: "a",
        encoding_format: "float",
      });
      expect(floats.data[0]?.embedding).toEqual(data[0]?.embedding);
    });

    test("ollama embeds", async () => {
      const { embeddings } = await world.ollama.embed({ model: "embed", input: ["a", "b"] });
      expect(embeddings.map(({ length }) => length)).toEqual([8, 8]);
      const { embedding } = await world.ollama.embeddings({ model: "embed", prompt: "a" });
      expect(embedding).toEqual(embeddings[0]);
    });
  },
);

test.each(["openai", "ollama"] as const)(
  "a provider without embeddings says so to %s's client, and no other model's vectors come instead",
  async (client) => {
    const provider = await startScriptedProvider({ keys: ["test-key"], models: ["chat"] });
    const bridge = await startRealBridge(provider, "anthropic");
    try {
      const asked =
        client === "openai"
          ? new OpenAI({
              apiKey: "x",
              maxRetries: 0,
              baseURL: `${bridge.url}/v1`,
            }).embeddings.create({ model: "embed", input: "a" })
          : new Ollama({ host: bridge.url }).embed({ model: "embed", input: "a" });
      await expect(asked).rejects.toThrow(/embedding/);
    } finally {
      await bridge.close();
      await provider.stop();
    }
  },
);

interface World {
  provider: ScriptedProvider;
  openai: OpenAI;
  anthropic: Anthropic;
  ollama: Ollama;
  /** No faults, no requests, and the provider's breakers closed. */
  clear(): Promise<void>;
  close(): Promise<void>;
}

/** The three clients, the bridge between, and one provider of a type. */
async function startWorld(type: RemoteType): Promise<World> {
  const provider = await startScriptedProvider({
    keys: ["test-key"],
    models: ["chat", "embed"],
    usage: USAGE,
  });
  const bridge = await startRealBridge(provider, type);
  const options = { apiKey: "not-needed", maxRetries: 0 };
  return {
    provider,
    openai: new OpenAI({ ...options, baseURL: `${bridge.url}/v1` }),
    anthropic: new Anthropic({ ...options, baseURL: bridge.url }),
    ollama: new Ollama({ host: bridge.url }),
    clear: async () => {
      await provider.clear();
      bridge.gateway.reset(`the-${type}`);
    },
    close: async () => {
      await bridge.close();
      await provider.stop();
    },
  };
}

async function collected<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}
