import { expect, test } from "vitest";
import { WordModel } from "../core/search/__fixtures__/word-model.ts";
import { LazyModel } from "./lazy-model.ts";

const { identity } = new WordModel();

test("the model loads once, at its first use", async () => {
  let loads = 0;
  const model = new LazyModel(identity, () => {
    loads += 1;
    return new WordModel();
  });
  expect([model.identity, loads]).toEqual([identity, 0]);
  await model.ready();
  expect(await model.embedQuery("word")).toHaveLength(identity.dimension);
  expect(await model.embedDocument("word")).toHaveLength(1);
  expect(loads).toBe(1);
});

test("a model that cannot begin to load rejects", async () => {
  const model = new LazyModel(identity, () => {
    throw new Error("no thread");
  });
  await expect(model.ready()).rejects.toThrow("no thread");
});

test("a model that was never used loads nothing when it is closed, nor after", async () => {
  let loads = 0;
  const model = new LazyModel(identity, () => {
    loads += 1;
    return new WordModel();
  });
  await model.close();
  await expect(model.embedQuery("word")).rejects.toMatchObject({ code: "embedding_unavailable" });
  expect(loads).toBe(0);
});

test("closing ends the model that was loaded", async () => {
  const inner = new WordModel();
  let closed = false;
  inner.close = async () => {
    closed = true;
  };
  const model = new LazyModel(identity, () => inner);
  await model.ready();
  await model.close();
  expect(closed).toBe(true);
});
