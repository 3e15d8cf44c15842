import { expect, it } from "vitest";
import { SekhaError } from "../../../core/errors.ts";
import type { EmbeddingModel } from "../../../core/ports/embedding-model.ts";
import { ProviderFailure } from "../../failure.ts";
import { callOf, failureOf } from "../__fixtures__/provider-call.ts";
import { createBuiltinProvider } from "./builtin-provider.ts";

/** Each letter is a chunk: `a` points along the first axis, everything else along the second. */
const letters: EmbeddingModel = {
  identity: { name: "letters", id: "letters@test", dimension: 2 },
  ready: () => Promise.resolve(),
  embedQuery: () => Promise.resolve(Float32Array.of(0.6, 0.8)),
  embedDocument: (text) =>
    Promise.resolve(
      Array.from(text.trim(), (letter, start) => ({
        start,
        end: start + 1,
        vector: letter === "a" ? Float32Array.of(1, 0) : Float32Array.of(0, 1),
      })),
    ),
  close: () => Promise.reject(new Error("is not the provider's to close")),
};

const texts = ["a", "ab"];

it("gives one vector a text: its only chunk's, or the direction of the mean of its chunks", async () => {
  const provider = createBuiltinProvider({ model: letters });
  const { vectors, model, usage } = await provider.embed(
    { texts, dimensions: undefined },
    callOf(),
  );
  expect(vectors[0]).toEqual(Float32Array.of(1, 0));
  expect(vectors[1]?.[0]).toBeCloseTo(Math.SQRT1_2);
  expect(vectors[1]?.[1]).toBeCloseTo(Math.SQRT1_2);
  expect([model, usage.prompt_tokens]).toEqual(["letters", 1]);
  await provider.close();
});

it("asks the model's quick way for a search's question", async () => {
  const provider = createBuiltinProvider({ model: letters });
  const request = { texts: ["a"], dimensions: undefined, purpose: "query" as const };
  expect((await provider.embed(request, callOf())).vectors).toEqual([Float32Array.of(0.6, 0.8)]);
});

it("refuses another dimension, a text without words, and chat", async () => {
  const provider = createBuiltinProvider({ model: letters });
  const embed = (given: object) =>
    failureOf(provider.embed({ texts, dimensions: undefined, ...given }, callOf()));
  expect(await embed({ dimensions: 3 })).toMatchObject({ category: "unsupported" });
  expect(await embed({ texts: [" "] })).toMatchObject({ category: "invalid_request" });
  const asked = { messages: [] };
  expect(await failureOf(provider.chat(asked, callOf()))).toMatchObject({
    category: "unsupported",
    message: expect.stringContaining("llm_providers"),
  });
  expect(await failureOf(provider.stream(asked, callOf()))).toMatchObject({
    category: "unsupported",
  });
});

it("says whether an outage may heal, and whose abort it was", async () => {
  const down = new SekhaError("embedding_unavailable", "The workers are starting.");
  const broken = { ...letters, embedDocument: () => Promise.reject(down) };
  const provider = createBuiltinProvider({ model: broken });
  const request = { texts, dimensions: undefined };
  expect(await failureOf(provider.embed(request, callOf()))).toMatchObject({
    category: "server_error",
  });
  const late = new ProviderFailure("timeout", "too late");
  const signal = AbortSignal.abort(late);
  expect(await failureOf(provider.embed(request, callOf({ signal })))).toBe(late);
});

it("is probed by waiting for its model", async () => {
  const { model: _, ...call } = callOf();
  expect(await createBuiltinProvider({ model: letters }).probe(call)).toMatchObject({
    ok: true,
    models: ["letters"],
  });
  const loading = { ...letters, ready: () => new Promise<void>(() => undefined) };
  const probed = createBuiltinProvider({ model: loading }).probe({
    ...call,
    signal: AbortSignal.abort(new Error("too slow")),
  });
  expect(await probed).toMatchObject({ ok: false, error: "too slow" });
});
