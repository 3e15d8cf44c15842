import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import {
  collected,
  PROVIDER_KEY,
  PROVIDER_TYPES,
  type ProxyWorld,
  remember,
  startProxyWorld,
} from "../support/proxy-world.ts";

const TEXT = "Hello from the scripted provider.";
const FACT = "The spare key of the house lies under the blue flowerpot.";
const QUESTION = "Where does the spare key of the house lie?";
const USE_TOOL = "Where does the spare key of the house lie? Please use the tool.";
const SYSTEM = "You are the house's butler.";
const PIXEL =
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
const SAW_PIXEL = /^Received 1 image\(s\): image\/png, 70 bytes, sha 6b7fa434/;
const PARAMETERS = {
  type: "object" as const,
  properties: { city: { type: "string" } },
  required: ["city"],
};
const FUNCTION = { name: "weather", description: "", parameters: PARAMETERS };

/** The block as it stands before the question, and nowhere else. */
const REMEMBERED =
  /^<recalled_memory>\n[\s\S]*blue flowerpot[\s\S]*\n<\/recalled_memory>\n\nWhere does the spare key/;

let world: ProxyWorld;

beforeAll(async () => {
  world = await startProxyWorld();
  await remember(world.sekha, {
    label: "The house",
    folder: "/home",
    messages: [
      { role: "user", content: FACT },
      { role: "assistant", content: "I will remember that." },
    ],
  });
});
afterAll(() => world.stop());
beforeEach(() => world.provider.clear());

/** What the provider was sent: memory beside the question, all else as the client said it, and nobody's key but its own. */
function expectRemembered(): void {
  const { asked, system, headers, turns } = world.sent();
  expect(asked).toMatch(REMEMBERED);
  expect(system).toBe(SYSTEM);
  expect(turns.filter(({ text }) => text.includes("<recalled_memory>"))).toHaveLength(1);
  expect(JSON.stringify(headers)).not.toContain("not-needed");
  expect(world.provider.requests.at(-1)?.key ?? PROVIDER_KEY).toBe(PROVIDER_KEY);
}

const USED = { memory: { recall: "used" }, context_count: expect.any(Number) };

describe.each(PROVIDER_TYPES)(
  "official clients with memory, over %s [req:proxy.official-clients]",
  (type) => {
    const model = `chat-${type}`;

    describe("openai's chat completions", () => {
      const system = { role: "system" as const, content: SYSTEM };
      const question = { model, messages: [system, { role: "user" as const, content: QUESTION }] };
      const tools = [{ type: "function" as const, function: FUNCTION }];

      test("whole", async () => {
        const answer = await world.openai.chat.completions.create({ ...question, temperature: 0 });
        expect(answer.choices[0]?.message.content).toBe(TEXT);
        expect(answer).toMatchObject({
          sekha_metadata: { routing: { provider_id: `the-${type}`, model_id: model }, ...USED },
        });
        expectRemembered();
      });

      test("streamed, with the metadata in the last chunk", async () => {
        const stream = await world.openai.chat.completions.create({ ...question, stream: true });
        const chunks = await collected(stream);
        expect(chunks.map(({ choices }) => choices[0]?.delta.content ?? "").join("")).toBe(TEXT);
        expect(chunks.at(-1)).toMatchObject({
          sekha_metadata: { routing: { provider_id: `the-${type}` }, ...USED },
        });
        const counted = await collected(
          await world.openai.chat.completions.create({
            ...question,
            stream: true,
            stream_options: { include_usage: true },
          }),
        );
        expect(counted.at(-1)).toMatchObject({
          choices: [],
          usage: { total_tokens: expect.any(Number) },
          sekha_metadata: USED,
        });
        expectRemembered();
      });

      test("tools, whole and streamed, and their results", async () => {
        const user = { role: "user" as const, content: USE_TOOL };
        const asked = { model, messages: [system, user], tools };
        const first = await world.openai.chat.completions.create(asked);
        expectRemembered();
        const message = first.choices[0]?.message;
        const [call] = message?.tool_calls ?? [];
        expect(call).toMatchObject({ function: { name: "weather" } });
        const before = world.sent();
        const second = await world.openai.chat.completions.create({
          ...asked,
          messages: [
            ...asked.messages,
            ...(message ? [message] : []),
            { role: "tool", tool_call_id: call?.id ?? "", content: "Sunny" },
          ],
        });
        expect(second.choices[0]?.message.content).toBe("The tool said: Sunny");
        expect(world.sent().turns.slice(0, before.turns.length)).toEqual(before.turns);
        const streamed = await world.openai.chat.completions.stream(asked).finalMessage();
        expect(streamed.tool_calls?.[0]).toMatchObject({ function: { name: "weather" } });
        expectRemembered();
      });

      test("images", async () => {
        const answer = await world.openai.chat.completions.create({
          model,
          messages: [
            {
              role: "user",
              content: [
                { type: "text", text: QUESTION },
                { type: "image_url", image_url: { url: `data:image/png;base64,${PIXEL}` } },
              ],
            },
          ],
        });
        expect(answer.choices[0]?.message.content).toMatch(SAW_PIXEL);
        expect(answer).toMatchObject({
          sekha_metadata: { vision: { image_count: 1, supports_vision: true } },
        });
        expect(world.sent().asked).toMatch(/blue flowerpot/);
      });
    });

    describe("openai's responses", () => {
      const question = { model, instructions: SYSTEM, input: QUESTION };

      test("whole and streamed", async () => {
        const answer = await world.openai.responses.create(question);
        expect(answer.output_text).toBe(TEXT);
        expect(answer).toMatchObject({ sekha_metadata: USED });
        expectRemembered();
        const { data, response } = await world.openai.responses
          .create({ ...question, stream: true })
          .withResponse();
        const events = await collected(data);
        expect(events.at(-1)).toMatchObject({ type: "response.completed" });
        expect(JSON.parse(response.headers.get("x-sekha-metadata") ?? "")).toMatchObject(USED);
        expectRemembered();
      });

      test("tools and their results", async () => {
        const user = { role: "user" as const, content: USE_TOOL };
        const tools = [{ type: "function" as const, strict: null, ...FUNCTION }];
        const first = await world.openai.responses.create({
          ...{ model, instructions: SYSTEM, tools },
          input: [user],
        });
        expectRemembered();
        const call = first.output.find((item) => item.type === "function_call");
        expect(call).toMatchObject({ name: "weather" });
        const second = await world.openai.responses.create({
          ...{ model, instructions: SYSTEM, tools },
          input: [
            user,
            ...(call ? [call] : []),
            { type: "function_call_output", call_id: call?.call_id ?? "", output: "Sunny" },
          ],
        });
        expect(second.output_text).toBe("The tool said: Sunny");
      });
    });

    describe("anthropic's messages", () => {
      const user = (content: string) => ({ role: "user" as const, content });
      const question = { model, max_tokens: 100, system: SYSTEM, messages: [user(QUESTION)] };
      const tools = [{ name: "weather", input_schema: PARAMETERS }];

      test("whole and streamed", async () => {
        const answer = await world.anthropic.messages.create(question);
        expect(answer.content).toMatchObject([{ type: "text", text: TEXT }]);
        expect(answer).toMatchObject({ sekha_metadata: USED });
        expectRemembered();
        const stream = world.anthropic.messages.stream(question);
        expect((await stream.finalMessage()).content).toMatchObject([{ text: TEXT }]);
        const header = stream.response?.headers.get("x-sekha-metadata") ?? "";
        expect(JSON.parse(header)).toMatchObject(USED);
        expectRemembered();
      });

      test("tools, whole and streamed, and their results", async () => {
        const asked = { ...question, messages: [user(USE_TOOL)], tools };
        const first = await world.anthropic.messages.create(asked);
        expectRemembered();
        const use = first.content.find((block) => block.type === "tool_use");
        expect(use).toMatchObject({ name: "weather", input: { city: "sample" } });
        const second = await world.anthropic.messages.create({
          ...asked,
          messages: [
            user(USE_TOOL),
            { role: "assistant", content: first.content },
            {
              role: "user",
              content: [{ type: "tool_result", tool_use_id: use?.id ?? "", content: "Sunny" }],
            },
          ],
        });
        expect(second.content).toMatchObject([{ text: "The tool said: Sunny" }]);
        const streamed = await world.anthropic.messages.stream(asked).finalMessage();
        expect(streamed.content).toMatchObject([{ type: "tool_use", input: { city: "sample" } }]);
      });

      test("counts tokens and lists models", async () => {
        const { max_tokens: _max, ...counted } = question;
        const { input_tokens } = await world.anthropic.messages.countTokens(counted);
        expect(input_tokens).toBeGreaterThan(0);
        const ids = (await collected(world.anthropic.models.list())).map(({ id }) => id);
        expect(ids).toContain(model);
      });
    });

    describe("ollama", () => {
      const system = { role: "system", content: SYSTEM };
      const question = { model, messages: [system, { role: "user", content: QUESTION }] };
      const tools = [{ type: "function", function: FUNCTION }];

      test("whole and streamed", async () => {
        const answer = await world.ollama.chat(question);
        expect(answer).toMatchObject({ message: { content: TEXT }, sekha_metadata: USED });
        expectRemembered();
        const parts = await collected(await world.ollama.chat({ ...question, stream: true }));
        expect(parts.map(({ message }) => message.content).join("")).toBe(TEXT);
        expect(parts.at(-1)).toMatchObject({ done: true, sekha_metadata: USED });
        expectRemembered();
      });

      test("tools and their results", async () => {
        const messages = [system, { role: "user", content: USE_TOOL }];
        const first = await world.ollama.chat({ model, messages, tools });
        expectRemembered();
        expect(first.message.tool_calls).toMatchObject([{ function: { name: "weather" } }]);
        const second = await world.ollama.chat({
          model,
          tools,
          messages: [
            ...messages,
            first.message,
            { role: "tool", content: "Sunny", tool_name: "weather" },
          ],
        });
        expect(second.message.content).toBe("The tool said: Sunny");
      });

      test("lists and shows models", async () => {
        expect((await world.ollama.list()).models.map(({ name }) => name)).toContain(model);
        expect((await world.ollama.show({ model })).capabilities).toContain("completion");
      });
    });
  },
);
