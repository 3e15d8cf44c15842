import { describe, expect, test } from "vitest";
import { collect, sequence } from "../__fixtures__/pieces.ts";
import type { ChatResponse } from "../openai/chat.ts";
import { embeddingToBase64 } from "../openai/embedding-values.ts";
import { chunksOf } from "../openai/response-chunks.ts";
import { Untranslatable } from "../untranslatable.ts";
import { embeddingRequestFromOllama, toOllamaEmbedResponse } from "./face-embed.ts";
import {
  chatRequestFromGenerate,
  toOllamaGenerateChunks,
  toOllamaGenerateResponse,
} from "./face-generate.ts";

const response: ChatResponse = {
  id: "c",
  object: "chat.completion",
  created: Date.UTC(2026, 0, 2) / 1000,
  model: "m",
  choices: [
    {
      index: 0,
      message: { role: "assistant", content: "Hi", reasoning_content: "Hm" },
      finish_reason: "length",
    },
  ],
  usage: { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 },
};

describe("Ollama's generate", () => {
  test("is a chat of one turn, with the system prompt and the pictures", () => {
    const body = { model: "m", prompt: "Hi", system: "Rules.", images: ["iVBORw0KGgoA"] };
    expect(chatRequestFromGenerate({ ...body, format: "", context: [], suffix: "" })).toEqual({
      model: "m",
      stream: true,
      messages: [
        { role: "system", content: "Rules." },
        {
          role: "user",
          content: [
            { type: "text", text: "Hi" },
            { type: "image_url", image_url: { url: "data:image/png;base64,iVBORw0KGgoA" } },
          ],
        },
      ],
    });
  });

  test("that only a raw model could answer is refused by name", () => {
    const base = { model: "m", prompt: "Hi" };
    for (const more of [{ raw: true }, { suffix: "x" }, { template: "x" }, { context: [1] }]) {
      const [name] = Object.keys(more);
      expect(() => chatRequestFromGenerate({ ...base, ...more })).toThrow(Untranslatable);
      expect(() => chatRequestFromGenerate({ ...base, ...more })).toThrow(`"${name}"`);
    }
  });

  test("answers whole and streamed with the same text", async () => {
    const whole = toOllamaGenerateResponse(response);
    expect(whole).toMatchObject({
      model: "m",
      created_at: "2026-01-02T00:00:00.000Z",
      response: "Hi",
      thinking: "Hm",
      done: true,
      done_reason: "length",
      prompt_eval_count: 1,
      eval_count: 2,
    });
    const objects = await collect(toOllamaGenerateChunks(sequence(chunksOf(response))));
    expect(objects.map(({ response: text, thinking, done }) => [text, thinking, done])).toEqual([
      ["", "Hm", false],
      ["Hi", undefined, false],
      ["", undefined, true],
    ]);
    expect(objects.at(-1)).toMatchObject({ done_reason: "length", eval_count: 2 });
  });
});

describe("Ollama's embed", () => {
  test("is OpenAI's request, and its answer in order of the texts from either encoding", () => {
    expect(embeddingRequestFromOllama({ model: "m", input: ["a", "b"], dimensions: 2 })).toEqual({
      model: "m",
      input: ["a", "b"],
      dimensions: 2,
    });
    expect(
      toOllamaEmbedResponse({
        object: "list",
        model: "m",
        data: [
          { object: "embedding", index: 1, embedding: embeddingToBase64(Float32Array.of(2, 3)) },
          { object: "embedding", index: 0, embedding: [0.5, 1] },
        ],
        usage: { prompt_tokens: 4, total_tokens: 4 },
      }),
    ).toEqual({
      model: "m",
      embeddings: [
        [0.5, 1],
        [2, 3],
      ],
      total_duration: 0,
      load_duration: 0,
      prompt_eval_count: 4,
    });
  });
});
