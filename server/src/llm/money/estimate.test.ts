import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Usage } from "../../protocols/openai/chat.ts";
import type { Prices } from "../registry/entries.ts";
import { costOf, estimateCost } from "./estimate.ts";
import { resolvePrices } from "./prices.ts";

const PRICES: Prices = {
  input: 3_000_000n,
  output: 15_000_000n,
  cachedInput: 300_000n,
  cacheWrite: 3_750_000n,
  source: "table",
};
const NOTHING_KNOWN = resolvePrices({ type: "openai", id: "o" }, { modelId: "nobody-knows" });
const FREE = resolvePrices({ type: "ollama", id: "o" }, { modelId: "llama3.1:8b" });

function used(changes: Partial<Usage>): Usage {
  return { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0, ...changes };
}

describe("before the call", () => {
  const size = { promptTokens: 1000, outputTokens: 500, images: 0 };
  test("the bound is prompt and answer at their prices", () => {
    expect(estimateCost(PRICES, size)).toBe(3_000_000n + 7_500_000n);
    expect(estimateCost(FREE, size)).toBe(0n);
  });
  test("an unknown price has no bound, unless nothing of it is used [req:bridge.unknown-price]", () => {
    expect(estimateCost(NOTHING_KNOWN, size)).toBeNull();
    const embedding: Prices = { ...PRICES, output: null };
    expect(estimateCost(embedding, size)).toBeNull();
    expect(estimateCost(embedding, { ...size, outputTokens: 0 })).toBe(3_000_000n);
  });
  test("a long prompt is priced at its tier as a whole", () => {
    const tiered: Prices = {
      ...PRICES,
      tiers: [{ ...PRICES, above: 200_000, input: 6_000_000n }],
    };
    const long = { promptTokens: 200_001, outputTokens: 0, images: 0 };
    expect(estimateCost(tiered, long)).toBe(200_001n * 6000n);
    expect(estimateCost(tiered, { ...long, promptTokens: 200_000 })).toBe(200_000n * 3000n);
    expect(costOf(tiered, used({ prompt_tokens: 200_001 })).cost).toBe(200_001n * 6000n);
  });
  test("images, sound and cache writes that cost more are in the bound", () => {
    const mini = resolvePrices({ type: "openai", id: "o" }, { modelId: "gpt-4o-mini" });
    const image = { promptTokens: 5000, outputTokens: 0, images: 1 };
    expect(estimateCost(mini, image)).toBe((5000n - 4800n + 48_169n) * 150n);
    expect(estimateCost(PRICES, { ...size, outputTokens: 0, cacheWrites: true })).toBe(6_000_000n);
    const audio: Prices = { ...PRICES, audioInput: 40_000_000n };
    expect(estimateCost(audio, { ...size, outputTokens: 0, audio: true })).toBe(40_000_000n);
  });
});

describe("after the call", () => {
  test("cached, written and fresh tokens each have their price; thinking is part of the answer [req:bridge.cost-usage]", () => {
    const usage = used({
      prompt_tokens: 1000,
      completion_tokens: 100,
      prompt_tokens_details: { cached_tokens: 600, cache_write_tokens: 300 },
      completion_tokens_details: { reasoning_tokens: 90 },
    });
    const pico = 100n * 3_000_000n + 600n * 300_000n + 300n * 3_750_000n + 100n * 15_000_000n;
    expect(costOf(PRICES, usage).cost).toBe(pico / 1000n);
  });
  test("an hour in the cache costs twice the input", () => {
    const details = { cache_write_tokens: 300, cache_write_1h_tokens: 100 };
    const usage = used({ prompt_tokens: 300, prompt_tokens_details: details });
    expect(costOf(PRICES, usage).cost).toBe(200n * 3750n + 100n * 6000n);
  });
  test("cached tokens without a price of their own cost as much as fresh ones", () => {
    const usage = used({ prompt_tokens: 10, prompt_tokens_details: { cached_tokens: 10 } });
    expect(costOf({ ...PRICES, cachedInput: null }, usage).cost).toBe(30_000n);
  });
  test("what OpenRouter charged wins, with the maker's share when the key was the caller's [req:bridge.cost-provider]", () => {
    const usage = used({ prompt_tokens: 1000, completion_tokens: 100, cost: 0.0123 });
    expect(costOf(PRICES, usage).cost).toBe(12_300_000n);
    expect(costOf(NOTHING_KNOWN, usage).cost).toBe(12_300_000n);
    const own = { ...usage, is_byok: true, cost_details: { upstream_inference_cost: 0.1 } };
    expect(costOf(PRICES, own).cost).toBe(112_300_000n);
  });
  test("nonsense from a provider is not believed", () => {
    const usage = used({ prompt_tokens: 1000, cost: 1e300 });
    expect(costOf(PRICES, usage).cost).toBe(3_000_000n);
    expect(costOf(PRICES, used({ prompt_tokens: Number.NaN })).cost).toBeNull();
    const more = used({ prompt_tokens: 10, prompt_tokens_details: { cached_tokens: 99 } });
    expect(costOf(PRICES, more).cost).toBe(3000n);
  });
  test("without usage the cost is not known, unless the model is free [req:bridge.unknown-price]", () => {
    expect(costOf(PRICES, null).cost).toBeNull();
    expect(costOf(NOTHING_KNOWN, used({ prompt_tokens: 5 })).cost).toBeNull();
    expect(costOf(FREE, null).cost).toBe(0n);
  });
});

const tokens = fc.nat(2_000_000);
const threeCounts = fc.tuple(tokens, tokens, tokens);
const twoCountsAndShare = fc.tuple(tokens, tokens, fc.nat(100));
const price = fc.bigInt(0n, 10n ** 8n);
const anyPrices = fc.record({ input: price, output: price }).map(
  ({ input, output }): Prices => ({
    input,
    output,
    cachedInput: input / 10n,
    cacheWrite: null,
    source: "table",
  }),
);

describe("price arithmetic", () => {
  test("a cost is never negative, grows with tokens, and costs together no more than apart [req:bridge.price-arithmetic]", () => {
    fc.assert(
      fc.property(anyPrices, threeCounts, (prices, [prompt, completion, more]) => {
        const cost = (prompt_tokens: number, completion_tokens: number): bigint =>
          costOf(prices, used({ prompt_tokens, completion_tokens })).cost ?? -1n;
        const one = cost(prompt, completion);
        const other = cost(more, 0);
        const both = cost(prompt + more, completion);
        expect(one >= 0n).toBe(true);
        expect(both >= one).toBe(true);
        // Each of the two was rounded up once.
        expect(one + other - both >= 0n && one + other - both <= 1n).toBe(true);
      }),
    );
  });
  test("what was used within the bound never costs more than the bound", () => {
    fc.assert(
      fc.property(anyPrices, twoCountsAndShare, (prices, [prompt, output, share]) => {
        const bound = estimateCost(prices, {
          promptTokens: prompt,
          outputTokens: output,
          images: 0,
        });
        const cached = Math.floor((prompt * share) / 100);
        const usage = used({
          prompt_tokens: prompt,
          completion_tokens: Math.floor((output * share) / 100),
          prompt_tokens_details: { cached_tokens: cached },
        });
        expect((costOf(prices, usage).cost ?? 0n) <= (bound ?? -1n)).toBe(true);
      }),
    );
  });
});
