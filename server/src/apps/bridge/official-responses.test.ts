import OpenAI from "openai";
import { zodResponsesFunction, zodTextFormat } from "openai/helpers/zod";
import type { ResponseInputItem } from "openai/resources/responses/responses";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { z } from "zod";
import {
  type ScriptedProvider,
  startScriptedProvider,
} from "../../../../test/support/scripted-provider/scripted-provider.ts";
import { PROVIDER_TYPES, type RealBridge, startRealBridge } from "./__fixtures__/real-bridge.ts";

const TEXT = "Hello from the scripted provider.";
const PIXEL =
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
const SAW_PIXEL = /^Received 1 image\(s\): image\/png, 70 bytes, sha 6b7fa434/;
const USAGE = { prompt: 20, cached: 0, completion: 6, reasoning: 0 };
const QUESTION = { model: "chat", input: "Hi" };
const TOOL = {
  type: "function" as const,
  name: "weather",
  strict: false,
  parameters: {
    type: "object",
    properties: { city: { type: "string" } },
    required: ["city"],
  },
};

describe.each(PROVIDER_TYPES)(
  "openai's client, unmodified, asks for responses over %s [req:bridge.official-responses]",
  (type) => {
    let provider: ScriptedProvider;
    let bridge: RealBridge;
    let client: OpenAI;
    beforeAll(async () => {
      provider = await startScriptedProvider({
        keys: ["test-key"],
        models: ["chat", "embed"],
        usage: USAGE,
      });
      bridge = await startRealBridge(provider, type);
      client = new OpenAI({ apiKey: "x", maxRetries: 0, baseURL: `${bridge.url}/v1` });
    });
    afterAll(async () => {
      await bridge.close();
      await provider.stop();
    });
    beforeEach(async () => {
      await provider.clear();
      bridge.gateway.reset(`the-${type}`);
    });

    test("and is answered, with usage, the model that served and the account of the call", async () => {
      const { data, response } = await client.responses.create(QUESTION).withResponse();
      expect(data).toMatchObject({
        object: "response",
        status: "completed",
        output_text: TEXT,
        model: "chat",
        usage: { input_tokens: 20, output_tokens: 6, total_tokens: 26 },
        sekha_metadata: { routing: { provider_id: `the-${type}`, model_id: "chat" } },
      });
      expect(response.headers.get("x-sekha-provider")).toBe(`the-${type}`);
    });

    test("and streams, event by event and to the final response", async () => {
      const events = [];
      const stream = await client.responses.create({ ...QUESTION, stream: true });
      for await (const event of stream) events.push(event);
      expect(events[0]?.type).toBe("response.created");
      expect(events.at(-1)?.type).toBe("response.completed");
      expect(events.map(({ sequence_number }) => sequence_number)).toEqual(
        events.map((_, at) => at),
      );
      const deltas = events.map((event) =>
        event.type === "response.output_text.delta" ? event.delta : "",
      );
      expect(deltas.join("")).toBe(TEXT);
      expect(deltas.filter((delta) => delta !== "").length).toBeGreaterThan(1);
      const final = await client.responses.stream(QUESTION).finalResponse();
      expect(final).toMatchObject({
        status: "completed",
        output_text: TEXT,
        usage: { input_tokens: 20, output_tokens: 6 },
        sekha_metadata: { routing: { provider_id: `the-${type}` } },
      });
    });

    test("and calls tools, whole and streamed, and says their result", async () => {
      const input: ResponseInputItem[] = [{ role: "user", content: "Please use the tool." }];
      const asked = { model: "chat", input, tools: [TOOL] };
      const first = await client.responses.create(asked);
      const call = first.output.find((item) => item.type === "function_call");
      expect(call).toMatchObject({ name: "weather", status: "completed" });
      expect(JSON.parse(call?.arguments ?? "")).toEqual({ city: "sample" });
      const call_id = call?.call_id ?? "";
      const second = await client.responses.create({
        ...asked,
        input: [
          ...input,
          ...(first.output as ResponseInputItem[]),
          { type: "function_call_output", call_id, output: "Sunny" },
        ],
      });
      expect(second.output_text).toBe("The tool said: Sunny");
      const parameters = z.object({ city: z.string() });
      const tools = [zodResponsesFunction({ name: "weather", parameters })];
      const streamed = await client.responses.stream({ ...asked, tools }).finalResponse();
      expect(streamed.output).toMatchObject([
        { type: "function_call", name: "weather", parsed_arguments: { city: "sample" } },
      ]);
    });

    test("and shows images", async () => {
      const image_url = `data:image/png;base64,${PIXEL}`;
      const answer = await client.responses.create({
        model: "chat",
        input: [
          {
            role: "user",
            content: [
              { type: "input_text", text: "What?" },
              { type: "input_image", image_url, detail: "auto" },
            ],
          },
        ],
      });
      expect(answer.output_text).toMatch(SAW_PIXEL);
    });

    test("and parses structured output", async () => {
      const format = zodTextFormat(z.object({ city: z.string() }), "x");
      const answer = await client.responses.parse({ ...QUESTION, text: { format } });
      expect(answer.output_parsed).toEqual({ city: "sample" });
    });

    test("and hears that the tokens did not suffice", async () => {
      const limited = { ...QUESTION, max_output_tokens: 3 };
      const incomplete = {
        status: "incomplete",
        incomplete_details: { reason: "max_output_tokens" },
      };
      const whole = await client.responses.create(limited);
      expect(whole).toMatchObject({ ...incomplete, output_text: "Hello from the" });
      const streamed = await client.responses.stream(limited).finalResponse();
      expect(streamed).toMatchObject({ ...incomplete, output_text: "Hello from the" });
    });

    test("and is told of failures as its errors", async () => {
      const wrong = client.responses.create({ ...QUESTION, previous_response_id: "resp_1" });
      await expect(wrong).rejects.toBeInstanceOf(OpenAI.BadRequestError);
      provider.script({ kind: "server_error" });
      const failed = client.responses.create({ ...QUESTION, stream: true });
      await expect(failed).rejects.toBeInstanceOf(OpenAI.InternalServerError);
    });

    test.each([
      { kind: "cut", afterTokens: 3 },
      { kind: "clean_end", afterTokens: 3 },
      { kind: "malformed_chunk", afterTokens: 3 },
      { kind: "error_event", afterTokens: 3 },
    ] as const)(
      "and is told inside a stream that met $kind, never of a good end",
      async (fault) => {
        provider.script(fault);
        const parts: string[] = [];
        const stream = await client.responses.create({ ...QUESTION, stream: true });
        const reading = (async () => {
          for await (const event of stream) {
            expect(event.type).not.toBe("response.completed");
            if (event.type === "response.output_text.delta") parts.push(event.delta);
          }
        })();
        await expect(reading).rejects.toBeInstanceOf(OpenAI.APIError);
        expect(parts.join("")).not.toBe("");
        expect(TEXT.startsWith(parts.join(""))).toBe(true);
        bridge.gateway.reset(`the-${type}`);
        const final = client.responses.stream(QUESTION).finalResponse();
        await expect(final).rejects.toBeInstanceOf(OpenAI.OpenAIError);
      },
    );

    test("and leaves, and the provider is left", async () => {
      provider.script({ kind: "stall", afterTokens: 2, ms: 60_000 });
      const stream = await client.responses.create({ ...QUESTION, stream: true });
      for await (const event of stream) {
        if (event.type === "response.output_text.delta") break;
      }
      await provider.until((requests) => requests.some(({ closedAt }) => closedAt !== undefined));
      expect(provider.requests).toHaveLength(1);
    });
  },
);
