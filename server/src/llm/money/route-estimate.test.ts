import { expect, test } from "vitest";
import type { ModelEntry } from "../registry/entries.ts";
import type { Candidate, RoutePlan, RouteRequest } from "../routing/route.ts";
import { resolvePrices } from "./prices.ts";
import { estimateFor, estimateRequest } from "./route-estimate.ts";

function model(modelId: string, maxOutputTokens?: number): ModelEntry {
  const prices = resolvePrices({ type: "openai", id: "o" }, { modelId });
  return { modelId, prices, free: false, maxOutputTokens, contextWindow: 8192 } as ModelEntry;
}

function wanted(changes: Partial<RouteRequest> = {}): RouteRequest {
  return {
    task: "chat_smart",
    preferredModel: undefined,
    requireVision: false,
    requireTools: false,
    requireAudio: false,
    promptTokens: 2000,
    outputTokens: 100,
    images: 0,
    maxCost: undefined,
    embeddingIdentity: undefined,
    keyId: undefined,
    ...changes,
  };
}

test("the bound follows what the request says of its size, else what the model allows", () => {
  const cost = (entry: ModelEntry, changes: Partial<RouteRequest> = {}) =>
    estimateRequest(entry, wanted(changes));
  const gpt = model("gpt-4o");
  expect(cost(gpt)).toBe(2000n * 2500n + 100n * 10_000n);
  expect(cost(gpt, { outputTokens: undefined })).toBe(2000n * 2500n + 6192n * 10_000n);
  expect(cost(model("gpt-4o", 50), { outputTokens: undefined })).toBe(5_000_000n + 500_000n);
  const claude = { ...gpt, defaultOutputTokens: 4096 };
  expect(cost(claude, { outputTokens: undefined })).toBe(5_000_000n + 4096n * 10_000n);
  expect(cost(gpt, { choices: 3 })).toBe(5_000_000n + 3n * 1_000_000n);
  const unsized = { promptTokens: undefined, outputTokens: undefined };
  expect(cost(gpt, unsized)).toBe(1000n * 2500n + 500n * 10_000n);
  const embedding = { task: "embedding", outputTokens: undefined };
  expect(cost(model("text-embedding-3-small"), embedding)).toBe(2000n * 20n);
  expect(cost(model("nobody-knows"))).toBeNull();
  expect(cost({ ...model("nobody-knows"), free: true })).toBe(0n);
});

test("an estimate lists every candidate of a plan with its exact cost and why it is left", () => {
  const candidate = (changes: Partial<Candidate>): Candidate => ({
    provider: { id: "openai" } as Candidate["provider"],
    model: model("gpt-4o"),
    task: "chat_smart",
    estimate: 6_000_001n,
    refusal: null,
    reason: "First",
    ...changes,
  });
  const refused = candidate({
    model: model("nobody-knows"),
    estimate: null,
    refusal: { code: "unknown_price", reason: "No price" },
  });
  const candidates = [candidate({}), refused];
  const plan: RoutePlan = { request: wanted(), candidates, accepted: candidates.slice(0, 1) };
  expect(estimateFor(plan)).toEqual([
    {
      providerId: "openai",
      modelId: "gpt-4o",
      task: "chat_smart",
      cost: 0.006000001,
      exactCost: "0.006000001",
      priceSource: "table",
      accepted: true,
      reason: "First",
    },
    expect.objectContaining({
      cost: null,
      exactCost: null,
      priceSource: "unknown",
      accepted: false,
      reason: "No price",
    }),
  ]);
});
