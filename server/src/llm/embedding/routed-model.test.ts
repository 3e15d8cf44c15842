import { describe, expect, it } from "vitest";
import { SekhaError } from "../../core/errors.ts";
import { type EmbedRequest, RoutedEmbeddingModel } from "./routed-model.ts";

function modelOn(embed: EmbedRequest, dimension?: number) {
  return new RoutedEmbeddingModel({ modelId: "nomic", dimension, contextWindow: 8192, embed });
}

/** Two numbers a text: its length and 1. */
const lengths: EmbedRequest = async ({ texts }) =>
  texts.map((text) => Float32Array.of(text.length, 1));

describe("an embedding model of a provider", () => {
  it("finds its dimension with the first text, once for all who wait", async () => {
    let calls = 0;
    const model = modelOn(async (request, signal) => {
      calls += 1;
      expect(request.dimension).toBeUndefined();
      return lengths(request, signal);
    });
    expect(model.identity).toBeNull();
    await Promise.all([model.ready(), model.ready()]);
    expect(model.identity).toEqual({ name: "nomic", id: "nomic", dimension: 2 });
    expect(calls).toBe(1);
  });

  it("asks for many texts in one request, and answers each its own unit vectors", async () => {
    const asked: number[] = [];
    const model = modelOn(async (request, signal) => {
      asked.push(request.texts.length);
      return lengths(request, signal);
    }, 2);
    const long = "word ".repeat(2000);
    const [short, many] = await Promise.all([
      model.embedDocument("abc"),
      model.embedDocument(long),
    ]);
    expect(asked).toHaveLength(1);
    expect(short).toHaveLength(1);
    expect(short[0]?.vector[0]).toBeCloseTo(3 / Math.sqrt(10), 5);
    expect(many.length).toBeGreaterThan(3);
    expect(many.at(-1)?.end).toBe(long.length);
  });

  it("asks for each owner's texts apart and in that name, so that each pays for its own [req:tenants.embedding-costs]", async () => {
    const asked: [string, number][] = [];
    const model = modelOn(async (request, signal) => {
      asked.push([request.owner, request.texts.length]);
      return lengths(request, signal);
    }, 2);
    await Promise.all([
      model.embedDocument("abc", undefined, "ada"),
      model.embedDocument("abc", undefined, "bob"),
      model.embedDocument("abc", undefined, "ada"),
    ]);
    await model.embedQuery("abc", undefined, "eve");
    await model.embedDocument("abc");
    expect(asked).toEqual([
      ["ada", 2],
      ["bob", 1],
      ["eve", 1],
      ["local", 1],
    ]);
  });

  it("gives up one refused text alone, not those that were asked with it", async () => {
    const model = modelOn(async (request, signal) => {
      if (request.texts.includes("bad")) throw new SekhaError("invalid_request", "not this one");
      return lengths(request, signal);
    }, 2);
    const [good, bad] = await Promise.allSettled([
      model.embedDocument("good"),
      model.embedDocument("bad"),
    ]);
    expect(good.status).toBe("fulfilled");
    expect(bad).toMatchObject({ reason: { code: "invalid_request" } });
  });

  it("says that it is out when its providers are: the queue keeps the work", async () => {
    const model = modelOn(async () => {
      throw new SekhaError("providers_unavailable", "all tried");
    }, 2);
    await expect(model.embedDocument("text")).rejects.toMatchObject({
      code: "embedding_unavailable",
      message: "all tried",
    });
    await expect(model.embedQuery("text")).rejects.toMatchObject({
      code: "embedding_unavailable",
    });
  });

  it("refuses vectors of another length than the memory has", async () => {
    const model = modelOn(lengths, 3);
    await expect(model.embedQuery("text")).rejects.toMatchObject({
      code: "embedding_unavailable",
      message: expect.stringContaining("2 dimensions where 3 are expected"),
    });
  });

  it("leaves what is under way when it is closed", async () => {
    const model = modelOn(
      (_, signal) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener("abort", () => reject(signal.reason as Error));
        }),
      2,
    );
    const open = expect(model.embedQuery("text")).rejects.toMatchObject({
      code: "embedding_unavailable",
    });
    await model.close();
    await open;
  });
});
