import fc from "fast-check";
import { expect, test } from "vitest";
import { registry } from "../registry/__fixtures__/entry-builders.ts";
import type { Registry } from "../registry/registry.ts";
import { request, setUpRouter } from "./__fixtures__/routers.ts";
import type { Outcome } from "./permits.ts";
import type { Candidate, RouteRequest } from "./route.ts";
import { Router } from "./router.ts";
import type { Target } from "./target.ts";

const CHAT = ["chat_small", "chat_smart", "chat_large", "vision", "legal_review"];
const modelIds = ["m1", "m2", "m3", "vendor/m1"];
const providerIds = ["a", "b", "c"];

const anyModel = fc
  .record({
    modelId: fc.constantFrom(...modelIds),
    tasks: fc.oneof(
      fc.subarray(CHAT, { minLength: 1 }),
      fc.constant<string[]>(["embedding"]),
      fc.constant<string[]>(["audio", "chat_large"]),
    ),
    contextWindow: fc.constantFrom(100, 1000, 10_000),
    dimension: fc.constantFrom(undefined, 384, 768),
    supportsVision: fc.boolean(),
    supportsAudio: fc.boolean(),
    supportsTools: fc.constantFrom(undefined, true, false),
    tags: fc.subarray(["cheap", "m2"]),
    free: fc.boolean(),
  })
  // As the registry has it: the task says what the flag says, and only vectors have a dimension.
  .map(({ dimension, supportsVision, ...entry }) => ({
    ...entry,
    supportsVision: supportsVision || entry.tasks.includes("vision"),
    dimension: entry.tasks.includes("embedding") ? dimension : undefined,
  }));
const anyProvider = (id: string) =>
  fc.record({
    id: fc.constant(id),
    priority: fc.integer({ min: 1, max: 2 }),
    region: fc.constantFrom(undefined, "eu"),
    models: fc.array(anyModel, { minLength: 1, maxLength: 4 }),
  });
const anyRegistry = fc
  .tuple(
    fc.tuple(anyProvider("a"), anyProvider("b"), anyProvider("c")),
    fc.dictionary(fc.constantFrom(...CHAT, "embedding"), fc.constantFrom(...modelIds)),
  )
  .map(([providers, defaults]) => registry(providers, defaults));
const anyRouting = fc.record({
  enableFallback: fc.boolean(),
  strategy: fc.constantFrom("priority", "latency", "round_robin", "least_connections"),
  requireVisionForImages: fc.boolean(),
  preferFreeProviders: fc.boolean(),
  preferRegion: fc.constantFrom(undefined, "eu"),
  latencyThresholdMs: fc.constantFrom(undefined, 100),
  providers: fc.oneof(fc.constant<string[]>([]), fc.subarray(providerIds, { minLength: 2 })),
  costLimitPerRequest: fc.constantFrom(undefined, 0.002),
});
const seldom = fc.constantFrom(false, false, false, true);
const anyRequest = fc
  .record({
    task: fc.constantFrom("embedding", "chat_small", "chat_smart", "chat_large", "vision", "audio"),
    preferredModel: fc.constantFrom(undefined, ...modelIds, "a/m1", "b:m2", "cheap", "nobody"),
    requireVision: seldom,
    requireTools: seldom,
    requireAudio: seldom,
    promptTokens: fc.constantFrom(undefined, 50, 500),
    outputTokens: fc.constantFrom(undefined, 60, 600),
    images: fc.constantFrom(0, 0, 1, 11),
    maxCost: fc.constantFrom(undefined, 0.003),
    embeddingIdentity: fc.constantFrom(undefined, { modelId: "m1", dimension: 384 }),
  })
  .map(request);

/** What happened before: attempts, refused keys, load. */
const anyOutcome = fc.constantFrom<Outcome>(
  { kind: "failure", category: "timeout" },
  { kind: "failure", category: "timeout" },
  { kind: "success" },
  { kind: "rate_limited", retryAfterMs: 5000 },
);
const anyPast = fc.array(
  fc.record({
    target: fc.record({
      providerId: fc.constantFrom(...providerIds),
      modelId: fc.constantFrom(...modelIds),
    }),
    outcomes: fc.array(anyOutcome, { maxLength: 4 }),
    keyRefused: fc.boolean(),
    latencyMs: fc.integer({ min: 1, max: 200 }),
    ends: fc.boolean(),
  }),
  { maxLength: 6 },
);
const PRICES: Record<string, bigint | null> = { m1: 1_000_000n, m2: 2_500_000n, m3: null };

const anySituation = fc
  .record({ registry: anyRegistry, routing: anyRouting, request: anyRequest, past: anyPast })
  .map(({ past, routing, ...situation }) => {
    const router = setUpRouter(situation.registry, routing, {
      estimate: ({ modelId }) => PRICES[modelId] ?? null,
      budgetRefusal: (nano) => (nano === null || nano > 2_000_000n ? "Spent." : null),
    });
    for (const { target, outcomes, keyRefused, latencyMs, ends } of past) {
      for (const outcome of outcomes) router.end(target, outcome);
      if (keyRefused) refuseKey(router.breakers, target);
      const ticket = router.load.begin(target);
      ticket.measured(latencyMs);
      if (ends) ticket.end();
    }
    return { ...situation, ...router };
  });

function refuseKey(breakers: ReturnType<typeof setUpRouter>["breakers"], target: Target): void {
  const provider = { id: target.providerId, apiKeys: ["test-key"] };
  breakers.keys.refuse({ provider, modelId: target.modelId }, "test-key", {
    category: "forbidden",
  });
}

const nameOf = ({ provider, model }: Candidate) => `${provider.id} ${model.modelId}`;

/** The rules once more, each said in one line and without the code under test. */
function expectServable({ provider, model }: Candidate, asked: RouteRequest): void {
  const { task, promptTokens = 0, outputTokens = 1, images } = asked;
  const isChat = CHAT.includes(task);
  expect(model.tasks.some((own) => (isChat ? CHAT.includes(own) : own === task))).toBe(true);
  if (asked.requireVision || task === "vision") {
    expect(model.supportsVision).toBe(true);
  }
  if (model.supportsVision) expect(images).toBeLessThanOrEqual(10);
  if (asked.requireAudio) expect(model.supportsAudio).toBe(true);
  if (asked.requireTools) expect(model.supportsTools).not.toBe(false);
  if (isChat) expect(promptTokens + outputTokens).toBeLessThanOrEqual(model.contextWindow);
  if (task === "embedding" && asked.embeddingIdentity !== undefined) {
    expect(model.modelId).toBe("m1");
    expect([undefined, 384]).toContain(model.dimension);
  }
  const price = PRICES[model.modelId] ?? null;
  if (!model.free) expect(price === null ? 9_000_000n : price).toBeLessThanOrEqual(2_000_000n);
  expect(providerIds).toContain(provider.id);
}

test("what is accepted breaks no rule, and its breaker and keys let it through [req:bridge.route-rules]", () => {
  let accepted = 0;
  fc.assert(
    fc.property(anySituation, ({ router, breakers, dependencies, request: asked }) => {
      const plan = router.plan(asked);
      const { routing } = dependencies;
      for (const candidate of plan.accepted) {
        accepted += 1;
        expectServable(candidate, plan.request);
        const { provider, model } = candidate;
        if (routing.providers.length > 0) expect(routing.providers).toContain(provider.id);
        if (asked.images > 0 && routing.requireVisionForImages) {
          expect(model.supportsVision).toBe(true);
        }
        expect(breakers.tryAcquire(model)).toHaveProperty("permit");
        expect(breakers.keys.next({ provider, modelId: model.modelId })).toHaveProperty("key");
      }
      if (!routing.enableFallback) expect(plan.accepted.length).toBeLessThanOrEqual(1);
    }),
    { numRuns: 1000 },
  );
  expect(accepted).toBeGreaterThan(100);
});

/** Every model that has the task, or was asked for by its id, must be looked at. */
function expectedNames(models: Registry, asked: RouteRequest): string[] {
  return models.models
    .filter(({ tasks, modelId }) => tasks.includes(asked.task) || modelId === asked.preferredModel)
    .map(({ providerId, modelId }) => `${providerId} ${modelId}`);
}

test("every candidate appears exactly once, the accepted ones first [req:bridge.route-all-listed]", () => {
  fc.assert(
    fc.property(anySituation, ({ router, registry: models, request: asked }) => {
      const { candidates, accepted, request: understood } = router.plan(asked);
      const listed = candidates.map(nameOf);
      expect(new Set(listed).size).toBe(listed.length);
      expect(listed).toEqual(expect.arrayContaining(expectedNames(models, understood)));
      expect(candidates.slice(0, accepted.length)).toEqual(accepted);
      expect(candidates.slice(accepted.length).every(({ refusal }) => refusal !== null)).toBe(true);
    }),
    { numRuns: 500 },
  );
});

test("what explains is what executes: the same plan, tried in its order [req:bridge.route-explains-execution]", () => {
  fc.assert(
    fc.property(anySituation, fc.nat(4), (situation, serving) => {
      const { dependencies, breakers, load, request: asked } = situation;
      const explained = new Router(dependencies).plan(asked);
      const tried: string[] = [];
      for (const candidate of situation.router.plan(asked).accepted) {
        const acquired = breakers.tryAcquire(candidate.model);
        if ("refused" in acquired) continue;
        const ticket = load.begin(candidate.model);
        tried.push(nameOf(candidate));
        const served = tried.length > serving;
        const failure: Outcome = { kind: "failure", category: "connect" };
        acquired.permit.settle(served ? { kind: "success" } : failure);
        ticket.end();
        if (served) break;
      }
      expect(tried).toEqual(explained.accepted.map(nameOf).slice(0, serving + 1));
    }),
    { numRuns: 500 },
  );
});

test("the same state gives the same plan, and planning changes nothing", () => {
  fc.assert(
    fc.property(anySituation, ({ router, request: asked }) => {
      const first = router.plan(asked);
      for (let count = 0; count < 3; count += 1) expect(router.plan(asked)).toEqual(first);
    }),
  );
});
