import { describe, expect, test } from "vitest";
import type { ProviderType } from "../registry/entries.ts";
import { type PricedModel, resolvePrices } from "./prices.ts";

const NOW = new Date("2026-11-25T12:00:00Z");

function pricesOf(
  type: ProviderType,
  modelId: string,
  rest: Partial<PricedModel> & { baseUrl?: string } = {},
) {
  const { baseUrl, ...model } = rest;
  const provider = { type, id: "mine", ...(baseUrl === undefined ? {} : { baseUrl }) };
  return resolvePrices(provider, { modelId, ...model }, NOW);
}

describe("the shipped table", () => {
  test("prices a snapshot as its own model, never as one whose name it begins with [req:bridge.price-exact]", () => {
    expect(pricesOf("openai", "gpt-4o-mini-2024-07-18")).toMatchObject({
      input: 150_000n,
      output: 600_000n,
      cachedInput: 75_000n,
      source: "table",
    });
    expect(pricesOf("openai", "gpt-4o")).toMatchObject({ input: 2_500_000n, output: 10_000_000n });
    expect(pricesOf("anthropic", "claude-sonnet-4-5-20250929").input).toBe(3_000_000n);
    expect(pricesOf("anthropic", "claude-sonnet-4-20250514").input).toBe(3_000_000n);
  });
  test("does not price a name that it only knows the beginning of", () => {
    for (const modelId of ["gpt-4o-turbo-of-mine", "gpt-99", "gp"]) {
      expect(pricesOf("openai", modelId).source).toBe("unknown");
    }
    expect(pricesOf("anthropic", "claude-sonnet-4-5-finetuned").source).toBe("unknown");
    expect(pricesOf("anthropic", "claude").source).toBe("unknown");
  });
  test("keeps the dearer prices of long prompts as tiers", () => {
    const prices = pricesOf("anthropic", "claude-sonnet-4-5");
    expect(prices).toMatchObject({ input: 3_000_000n, cacheWrite: 3_750_000n });
    expect(prices.tiers).toEqual([
      {
        above: 200_000,
        input: 6_000_000n,
        output: 22_500_000n,
        cachedInput: 600_000n,
        cacheWrite: 7_500_000n,
      },
    ]);
  });
  test("takes the price that holds since a date, and the dearest of those by the hour", () => {
    const at = (date: string) =>
      resolvePrices(
        { type: "litellm", id: "deepseek" },
        { modelId: "deepseek-v4-flash" },
        new Date(date),
      ).output;
    expect(at("2026-11-25T12:00:00Z")).toBe(1_320_000n);
    const o3 = (date: string) =>
      resolvePrices({ type: "openai", id: "o" }, { modelId: "o3" }, new Date(date)).input;
    expect(o3("2025-06-01T00:00:00Z")).toBe(10_000_000n);
    expect(o3("2026-11-25T00:00:00Z")).toBe(2_000_000n);
  });
  test("finds the maker of a model behind an OpenAI-compatible server", () => {
    const kimi = pricesOf("litellm", "kimi-k2-thinking", { baseUrl: "https://api.moonshot.ai/v1" });
    expect(kimi).toMatchObject({ input: 600_000n, output: 2_500_000n, source: "table" });
    expect(pricesOf("litellm", "openai/gpt-4o-mini").input).toBe(150_000n);
    expect(pricesOf("litellm", "openrouter/openai/gpt-4o-mini").input).toBe(150_000n);
    expect(pricesOf("litellm", "gpt-4o-mini").input).toBe(150_000n);
    expect(pricesOf("openrouter", "openai/gpt-4o-mini").input).toBe(150_000n);
    const elsewhere = pricesOf("openai", "gpt-4o", { baseUrl: "https://api.groq.com/openai/v1" });
    expect(elsewhere.source).toBe("unknown");
  });
  test("falls back to v1's prices only for what it does not know", () => {
    expect(pricesOf("litellm", "moonshot-v1-8k").output).not.toBeNull();
    expect(pricesOf("litellm", "kimi-2.5")).toMatchObject({
      input: 100_000n,
      output: 200_000n,
      source: "table",
    });
    expect(pricesOf("litellm", "constructor").source).toBe("unknown");
  });
  test("knows that an image is many tokens to gpt-4o-mini", () => {
    expect(pricesOf("openai", "gpt-4o-mini").imageTokens).toBe(48_169);
    expect(pricesOf("openai", "gpt-4o").imageTokens).toBeUndefined();
  });
});

describe("free and unknown", () => {
  test("an unknown price is null and never zero [req:bridge.unknown-price]", () => {
    expect(pricesOf("openai", "my-own-model")).toEqual({
      input: null,
      output: null,
      cachedInput: null,
      cacheWrite: null,
      source: "unknown",
    });
  });
  test("local providers, free models and OpenRouter's free variants cost nothing", () => {
    const free = [
      pricesOf("ollama", "gpt-4o"),
      pricesOf("builtin", "sekha-extractive"),
      pricesOf("openai", "gpt-4o", { free: true }),
      pricesOf("openrouter", "meta-llama/llama-3.2-3b-instruct:free"),
    ];
    for (const prices of free) {
      expect(prices).toMatchObject({ input: 0n, output: 0n, source: "free" });
    }
  });
});

describe("configured prices", () => {
  test("make a local model a paid one, and so does free: false", () => {
    const paid = pricesOf("ollama", "llama", { costPer1kInput: 0.001, costPer1kOutput: 0.002 });
    expect(paid).toMatchObject({ input: 1_000_000n, output: 2_000_000n, source: "config" });
    expect(pricesOf("ollama", "llama", { free: false })).toMatchObject({ source: "unknown" });
  });
  test("win over the table", () => {
    const prices = pricesOf("openai", "gpt-4o", { costPer1kInput: 0.001, costPer1kOutput: 0.002 });
    expect(prices).toMatchObject({
      input: 1_000_000n,
      output: 2_000_000n,
      cachedInput: null,
      source: "config",
    });
  });
  test("hold for both directions when one number is given, exactly", () => {
    const prices = pricesOf("openai", "my-embedding", { costPer1kTokens: 0.00013 });
    expect(prices).toMatchObject({ input: 130_000n, output: 130_000n, source: "config" });
  });
  test("leave to the table what they do not say, and the rest unknown", () => {
    expect(pricesOf("openai", "gpt-4o", { costPer1kOutput: 1 })).toMatchObject({
      input: 2_500_000n,
      output: 1_000_000_000n,
      cachedInput: 1_250_000n,
    });
    expect(pricesOf("openai", "gpt-4o", { costPer1kCachedInput: 0 })).toMatchObject({
      input: 2_500_000n,
      cachedInput: 0n,
      source: "table",
    });
    expect(pricesOf("openai", "mine", { costPer1kInput: 1 }).output).toBeNull();
  });
});
