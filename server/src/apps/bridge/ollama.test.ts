import { describe, expect, test } from "vitest";
import { GatewayError } from "../../llm/gateway.ts";
import { fakeBridge } from "./__fixtures__/fake-bridge.ts";
import { eventsOf, textEvent } from "./__fixtures__/fake-gateway.ts";

const HELLO = { model: "llama", messages: [{ role: "user", content: "Hello" }] };

function linesIn(text: string): Record<string, unknown>[] {
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line));
}

describe("Ollama's chat [req:bridge.ollama-face]", () => {
  test("streams lines unless told otherwise", async () => {
    const { post } = fakeBridge();
    const response = await post("/api/chat", HELLO);
    expect(response.headers.get("content-type")).toBe("application/x-ndjson");
    const lines = linesIn(await response.text());
    expect(lines.map((line) => (line.message as { content: string }).content).join("")).toBe(
      "Hello.",
    );
    expect(lines[0]).toMatchObject({ done: false, sekha_metadata: { routing: {} } });
    expect(lines.at(-1)).toMatchObject({
      done: true,
      done_reason: "stop",
      prompt_eval_count: 9,
      eval_count: 2,
      sekha_metadata: { cost: 0.0000525 },
    });
    expect(lines.filter(({ done }) => done)).toHaveLength(1);
  });

  test("is whole with stream: false, in any content type", async () => {
    const { post, gateway } = fakeBridge();
    const body = { ...HELLO, stream: false, options: { temperature: 0 } };
    const response = await post("/api/chat", body, {
      "Content-Type": "application/x-www-form-urlencoded",
    });
    expect(await response.json()).toMatchObject({
      model: "gpt-4o-2024-08-06",
      message: { role: "assistant", content: "Hello." },
      done: true,
      sekha_metadata: { routing: { provider_id: "openai" } },
    });
    expect(gateway.chats[0]?.request).toMatchObject({ model: "llama", temperature: 0 });
  });

  test("without messages only loads, as Ollama does", async () => {
    const { post, gateway } = fakeBridge();
    for (const path of ["/api/chat", "/api/generate"]) {
      expect(await (await post(path, { model: "llama" })).json()).toMatchObject({
        model: "llama",
        done: true,
        done_reason: "load",
      });
    }
    expect(gateway.chats).toEqual([]);
  });

  test("that breaks off ends with an error line and none that is done", async () => {
    const { post, gateway } = fakeBridge();
    const failure = new GatewayError("providers_unavailable", "The stream was cut.");
    gateway.events = () => eventsOf([textEvent("Hel")], failure);
    const lines = linesIn(await (await post("/api/chat", HELLO)).text());
    expect(lines.at(-1)).toEqual({ error: "The stream was cut." });
    expect(lines.filter(({ done }) => done)).toEqual([]);
  });

  test.each([
    [{ messages: "hi" }],
    [{ messages: [{ role: "alien", content: "x" }] }],
    [{ messages: [{ role: "user", content: 5 }] }],
    [{ messages: ["x"] }],
    [{ ...HELLO, stream: "no" }],
    [{ ...HELLO, options: [] }],
  ])("of %j is refused in its shape", async (body) => {
    const { post, gateway } = fakeBridge();
    const response = await post("/api/chat", body);
    expect(response.status).toBe(400);
    expect(await response.json()).toEqual({ error: expect.any(String) });
    expect(gateway.chats).toEqual([]);
  });

  test("that nobody can serve is an error with its status, though it would stream", async () => {
    const { post, gateway } = fakeBridge();
    gateway.failure = new GatewayError("providers_unavailable", "Nobody answers.");
    const response = await post("/api/chat", HELLO);
    expect(response.status).toBe(503);
    expect(await response.json()).toEqual({ error: "Nobody answers." });
  });
});

describe("Ollama's other routes", () => {
  test("generate, whole and streamed", async () => {
    const { post } = fakeBridge();
    const whole = await post("/api/generate", { model: "llama", prompt: "Hello", stream: false });
    expect(await whole.json()).toMatchObject({ response: "Hello.", done: true });
    const lines = linesIn(await (await post("/api/generate", { prompt: "Hello" })).text());
    expect(lines.map((line) => line.response).join("")).toBe("Hello.");
  });

  test("embed and embeddings", async () => {
    const { post } = fakeBridge();
    const many = await post("/api/embed", { model: "nomic-embed-text", input: ["a", "b"] });
    expect(await many.json()).toMatchObject({
      model: "nomic-embed-text",
      embeddings: [
        [1, 0.5, -0.25],
        [2, 0.5, -0.25],
      ],
      prompt_eval_count: 4,
    });
    const one = await post("/api/embeddings", { model: "nomic-embed-text", prompt: "a" });
    expect(await one.json()).toEqual({ embedding: [1, 0.5, -0.25] });
    const none = await post("/api/embed", { model: "m", input: [] });
    expect(await none.json()).toEqual({ model: "m", embeddings: [] });
    expect((await post("/api/embed", { model: "m" })).status).toBe(400);
  });

  test("tags, show, ps and version", async () => {
    const { fetch, post } = fakeBridge();
    expect(await (await fetch("/api/tags")).json()).toMatchObject({
      models: [{ name: "gpt-4o", model: "gpt-4o" }, { name: "nomic-embed-text:latest" }],
    });
    expect(await (await post("/api/show", { model: "gpt-4o" })).json()).toMatchObject({
      capabilities: ["completion", "tools", "vision"],
      model_info: { "openai.context_length": 128_000 },
    });
    expect(await (await post("/api/show", { name: "nomic-embed-text" })).json()).toMatchObject({
      model_info: { "local.embedding_length": 3 },
    });
    const missing = await post("/api/show", { model: "none" });
    expect(missing.status).toBe(404);
    expect(await missing.json()).toEqual({ error: "model 'none' not found" });
    expect(await (await fetch("/api/ps")).json()).toEqual({ models: [] });
    expect(await (await fetch("/api/version")).json()).toEqual({ version: "2.0.0" });
  });
});
