import { describe, expect, it } from "vitest";
import { QueryCache } from "./query-cache.ts";

describe("QueryCache", () => {
  it("forgets the least recently used query first", () => {
    const cache = new QueryCache(2);
    cache.set("a", Float32Array.of(1));
    cache.set("b", Float32Array.of(2));
    cache.get("a");
    cache.set("c", Float32Array.of(3));
    expect(cache.get("b")).toBeUndefined();
    expect(cache.get("a")).toEqual(Float32Array.of(1));
    expect(cache.get("c")).toEqual(Float32Array.of(3));
  });

  it("is not changed by what a caller does to a vector", () => {
    const cache = new QueryCache(2);
    const vector = Float32Array.of(1);
    cache.set("a", vector);
    vector[0] = 9;
    cache.get("a")?.fill(8);
    expect(cache.get("a")).toEqual(Float32Array.of(1));
  });

  it("does not keep long texts", () => {
    const cache = new QueryCache(2);
    const text = "long ".repeat(1_000);
    cache.set(text, Float32Array.of(1));
    expect(cache.get(text)).toBeUndefined();
  });
});
