import { describe, expect, test } from "vitest";
import { registry } from "../registry/__fixtures__/entry-builders.ts";
import { request, setUpRouter } from "./__fixtures__/routers.ts";
import type { Candidate, RoutePlan } from "./route.ts";

const names = (candidates: readonly Candidate[]) =>
  candidates.map(({ provider, model }) => `${provider.id}/${model.modelId}`);
const codes = ({ candidates }: RoutePlan) =>
  Object.fromEntries(candidates.map(({ model, refusal }) => [model.modelId, refusal?.code]));

describe("the order", () => {
  test("the default model of the task comes first, and says it as the guide does [req:bridge.route-default]", () => {
    const models = [{ modelId: "first" }, { modelId: "usual" }];
    const { router } = setUpRouter(registry([{ id: "a", models }], { chat_small: "usual" }));
    const plan = router.plan(request());
    expect(names(plan.accepted)).toEqual(["a/usual", "a/first"]);
    expect(plan.accepted.map(({ reason, detail }) => [reason, detail])).toEqual([
      ["Preferred model available", "default model of chat_small"],
      ["Has the task chat_small; priority 1", undefined],
    ]);
  });

  test.each(["gpt", "a/gpt", "a:gpt", "contracts"])(
    "the preferred model comes before the default when it is asked for as %s [req:bridge.route-preferred]",
    (preferredModel) => {
      const models = [{ modelId: "usual" }, { modelId: "gpt", tags: ["contracts"] }];
      const { router } = setUpRouter(registry([{ id: "a", models }], { chat_small: "usual" }));
      const plan = router.plan(request({ preferredModel }));
      expect(names(plan.accepted)).toEqual(["a/gpt", "a/usual"]);
      expect(plan.accepted.map(({ reason, detail }) => [reason, detail])).toEqual([
        ["Preferred model available", `asked for as '${preferredModel}'`],
        ["Default model of chat_small", undefined],
      ]);
    },
  );

  test("one provider alone is looked at for a call that only it may answer", () => {
    const models = [{ modelId: "gpt" }];
    const { router } = setUpRouter(
      registry([
        { id: "a", models },
        { id: "b", models },
      ]),
    );
    const plan = router.plan(request({ preferredModel: "b/gpt", onlyProvider: "b" }));
    expect(names(plan.candidates)).toEqual(["b/gpt"]);
  });

  test("a preferred model that nobody has is said to be unknown", () => {
    const models = [{ modelId: "usual" }];
    const { router } = setUpRouter(registry([{ id: "a", models }], { chat_small: "usual" }));
    const [first] = router.plan(request({ preferredModel: "gpt-99" })).accepted;
    expect(first?.reason).toBe("Default model of chat_small; 'gpt-99' is not configured");
  });

  test("free first when wished, then the region, then the priority, then the configuration [req:bridge.route-order]", () => {
    const paid = { modelId: "m" };
    const providers = registry([
      { id: "late", priority: 9, models: [paid] },
      { id: "second", priority: 2, models: [paid] },
      { id: "first", priority: 2, models: [paid] },
      { id: "near", priority: 50, region: "eu", models: [paid] },
      { id: "free", priority: 90, models: [{ modelId: "m", free: true }] },
    ]);
    const order = (routing: Parameters<typeof setUpRouter>[1]) =>
      setUpRouter(providers, routing)
        .router.plan(request())
        .accepted.map(({ provider }) => provider.id);
    expect(order({})).toEqual(["second", "first", "late", "near", "free"]);
    expect(order({ preferRegion: "eu" })).toEqual(["near", "second", "first", "late", "free"]);
    expect(order({ preferRegion: "eu", preferFreeProviders: true })).toEqual([
      ...["free", "near", "second", "first", "late"],
    ]);
  });

  const twins = registry([
    { id: "a", models: [{ modelId: "m" }] },
    { id: "b", models: [{ modelId: "m" }] },
    { id: "c", priority: 2, models: [{ modelId: "m" }] },
  ]);

  test("in turn: whoever served longest ago, within a priority", () => {
    const { router, load } = setUpRouter(twins, { strategy: "round_robin" });
    const served: (string | undefined)[] = [];
    for (let count = 0; count < 4; count += 1) {
      const [first] = router.plan(request()).accepted;
      served.push(first?.provider.id);
      if (first !== undefined) load.begin(first.model).end();
    }
    expect(served).toEqual(["a", "b", "a", "b"]);
  });

  test("least connections: whoever has fewest under way", () => {
    const { router, load } = setUpRouter(twins, { strategy: "least_connections" });
    const ticket = load.begin({ providerId: "a", modelId: "m" });
    expect(names(router.plan(request()).accepted)).toEqual(["b/m", "a/m", "c/m"]);
    ticket.end();
    expect(names(router.plan(request()).accepted)).toEqual(["a/m", "b/m", "c/m"]);
  });

  test("latency: the fastest within a priority, and beyond the threshold last of all", () => {
    const { router, load } = setUpRouter(twins, { strategy: "latency", latencyThresholdMs: 500 });
    load.begin({ providerId: "a", modelId: "m" }).measured(300);
    load.begin({ providerId: "b", modelId: "m" }).measured(200);
    expect(names(router.plan(request()).accepted)).toEqual(["b/m", "a/m", "c/m"]);
    load.begin({ providerId: "b", modelId: "m" }).measured(9000);
    const plan = router.plan(request());
    expect(names(plan.accepted)).toEqual(["a/m", "c/m", "b/m"]);
    expect(plan.accepted[2]?.reason).toBe("Has the task chat_small; priority 1, latency 1960 ms");
  });
});

describe("tasks", () => {
  const models = [
    { modelId: "eye", tasks: ["vision"], supportsVision: true },
    { modelId: "large", tasks: ["chat_large"] },
    { modelId: "smart", tasks: ["chat_smart"], supportsVision: true },
    { modelId: "vectors", tasks: ["embedding"], dimension: 768 },
    { modelId: "law", tasks: ["legal_review"] },
  ];
  const { router } = setUpRouter(registry([{ id: "a", models }]));

  test("a chat task without a model of its own is served by the nearest, which says so [req:bridge.route-stand-in]", () => {
    const { accepted } = router.plan(request());
    expect(names(accepted)).toEqual(["a/smart", "a/large", "a/eye"]);
    expect(accepted[0]).toMatchObject({
      task: "chat_smart",
      reason: "No model has the task chat_small, chat_smart stands in; priority 1",
    });
  });

  test("a chat task with a model of its own is served by no other", () => {
    expect(names(router.plan(request({ task: "chat_large" })).candidates)).toEqual(["a/large"]);
  });

  test("images go to the models that see, whatever the task [req:bridge.route-vision]", () => {
    const plan = router.plan(request({ task: "chat_large", images: 1 }));
    expect(names(plan.accepted)).toEqual(["a/smart", "a/eye"]);
    expect(plan.accepted[0]?.reason).toBe(
      "No model of chat_large takes images, chat_smart stands in; priority 1",
    );
    expect(codes(plan)).toMatchObject({ large: "no_vision" });
  });

  test("vision takes any chat model with eyes, after its own", () => {
    const { accepted } = router.plan(request({ task: "chat_vision", images: 2 }));
    expect(names(accepted)).toEqual(["a/eye", "a/smart"]);
    expect(accepted[1]?.reason).toBe("A chat_smart model that takes images; priority 1");
  });

  test("images go anywhere when the configuration says so", () => {
    const lax = setUpRouter(registry([{ id: "a", models }]), { requireVisionForImages: false });
    expect(names(lax.router.plan(request({ task: "chat_large", images: 1 })).accepted)).toEqual([
      "a/large",
    ]);
  });

  test("an embedding request never goes to a chat model, also when it is asked for [req:bridge.route-wrong-task]", () => {
    const plan = router.plan(request({ task: "embedding", preferredModel: "smart" }));
    expect(names(plan.accepted)).toEqual(["a/vectors"]);
    expect(plan.candidates[1]?.refusal).toEqual({
      code: "wrong_task",
      reason: "smart is configured for chat_smart and cannot serve embedding.",
    });
    expect(codes(router.plan(request({ preferredModel: "vectors" })))).toMatchObject({
      vectors: "wrong_task",
    });
  });

  test("a chat model that is asked for by name serves any chat task", () => {
    const [first] = router.plan(request({ task: "chat_large", preferredModel: "smart" })).accepted;
    expect(first).toMatchObject({
      task: "chat_smart",
      reason: "Preferred model available",
      detail: "asked for as 'smart', a chat_smart model",
    });
  });

  test("custom tasks and old names are tasks; another is an error that names all [req:bridge.route-invalid-task]", () => {
    expect(names(router.plan(request({ task: "legal_review" })).accepted)).toEqual(["a/law"]);
    expect(router.plan(request({ task: "chat_fast" })).request.task).toBe("chat_small");
    expect(() => router.plan(request({ task: "x" }))).toThrow(
      expect.objectContaining({
        code: "invalid_request",
        message:
          "Invalid task 'x'. Valid tasks: ['embedding', 'chat_small', 'chat_large', 'chat_smart', 'vision', 'audio', 'image_generation', 'legal_review']",
      }),
    );
    expect(() => router.plan(request({ task: "constructor" }))).toThrow("Invalid task");
  });
});

describe("embeddings", () => {
  const providers = registry([
    { id: "other", models: [{ modelId: "big", tasks: ["embedding"], dimension: 1536 }] },
    { id: "one", models: [{ modelId: "small", tasks: ["embedding"], dimension: 768 }] },
    { id: "two", models: [{ modelId: "small:latest", tasks: ["embedding"] }] },
    { id: "odd", models: [{ modelId: "small", tasks: ["embedding"], dimension: 384 }] },
  ]);
  const task = "embedding";

  test("fall back only to the same model and dimension [req:bridge.route-one-vector-space]", () => {
    const { router, open } = setUpRouter(providers);
    const embeddingIdentity = { modelId: "small", dimension: 768 };
    const plan = router.plan(request({ task, embeddingIdentity }));
    expect(names(plan.accepted)).toEqual(["one/small", "two/small:latest"]);
    open({ providerId: "one", modelId: "small" });
    open({ providerId: "two", modelId: "small:latest" });
    expect(router.plan(request({ task, embeddingIdentity })).accepted).toEqual([]);
  });

  test("without an identity stay with the first model, even when it is out", () => {
    const { router, open, load } = setUpRouter(providers, { strategy: "latency" });
    load.begin({ providerId: "other", modelId: "big" }).measured(9000);
    expect(names(router.plan(request({ task })).accepted)).toEqual(["other/big"]);
    open({ providerId: "other", modelId: "big" });
    expect(router.plan(request({ task })).accepted).toEqual([]);
    const preferredModel = "one/small";
    expect(names(router.plan(request({ task, preferredModel })).accepted)).toEqual([
      ...["one/small", "two/small:latest"],
    ]);
  });

  test("are not measured against a window, since it holds for each text and not for all", () => {
    const { router } = setUpRouter(providers);
    expect(router.plan(request({ task, promptTokens: 1e6 })).accepted).toHaveLength(1);
  });
});

describe("what speaks against a candidate", () => {
  test("a window that is too small, tools, sound, and a provider that is not on the list", () => {
    const models = [
      { modelId: "tiny", contextWindow: 1000 },
      { modelId: "capped", contextWindow: 1000, maxOutputTokens: 100 },
      { modelId: "toolless", supportsTools: false },
      { modelId: "deaf", supportsAudio: false },
      { modelId: "hears", supportsAudio: true },
    ];
    const providers = [
      { id: "a", models },
      { id: "b", models: [{ modelId: "elsewhere" }] },
    ];
    const { router } = setUpRouter(registry(providers), { providers: ["a"] });
    const size = { promptTokens: 900, outputTokens: 500 };
    expect(codes(router.plan(request({ ...size, requireTools: true })))).toEqual({
      tiny: "context_window",
      capped: undefined,
      toolless: "no_tools",
      deaf: undefined,
      hears: undefined,
      elsewhere: "provider_not_allowed",
    });
    const audio = router.plan(request({ requireAudio: true }));
    expect(names(audio.accepted)).toEqual(["a/hears"]);
    expect(router.plan(request(size)).candidates.at(-2)?.refusal?.reason).toBe(
      "tiny has a window of 1000 tokens; prompt (900) and answer (500) need 1400.",
    );
  });

  test("a prompt that fills the window leaves no room for an answer", () => {
    const { router } = setUpRouter(registry([{ id: "a", models: [{ modelId: "m" }] }]));
    expect(router.plan(request({ promptTokens: 8191 })).accepted).toHaveLength(1);
    expect(router.plan(request({ promptTokens: 8192 })).accepted).toHaveLength(0);
  });

  test("more images than it takes", () => {
    const models = [{ modelId: "eye", tasks: ["vision"], supportsVision: true }];
    const { router } = setUpRouter(registry([{ id: "a", models }]));
    expect(router.plan(request({ task: "vision", images: 10 })).accepted).toHaveLength(1);
    expect(codes(router.plan(request({ task: "vision", images: 11 })))).toEqual({
      eye: "no_vision",
    });
  });

  test("an open breaker, a pause and refused keys, with the time they last", () => {
    const models = ["broken", "busy", "fine"].map((modelId) => ({ modelId }));
    const { router, breakers, open, end, time } = setUpRouter(
      registry([
        { id: "a", models },
        { id: "b", models: [{ modelId: "locked" }] },
      ]),
    );
    open({ providerId: "a", modelId: "broken" });
    end({ providerId: "a", modelId: "busy" }, { kind: "rate_limited", retryAfterMs: 5000 });
    const locked = { provider: { id: "b", apiKeys: ["test-key"] }, modelId: "locked" };
    breakers.keys.refuse(locked, "test-key", { category: "unauthorized" });
    const refused = router.plan(request()).candidates.slice(1);
    expect(refused.map(({ refusal }) => refusal)).toMatchObject([
      { code: "breaker_open", retryAfterMs: 60_000 },
      { code: "rate_limited", retryAfterMs: 5000 },
      { code: "misconfigured", retryAfterMs: 300_000 },
    ]);
    expect(refused[2]?.refusal?.reason).toBe(
      "Provider 'b' refuses its key (401): check api_key. To try at once: POST /api/v1/providers/b/reset, or restart Sekha.",
    );
    time.now += 60_000;
    expect(names(router.plan(request()).accepted)).toEqual(["a/broken", "a/busy", "a/fine"]);
  });

  test("cost: the caller's limit, the configured one, the budget, and a price that is not known [req:bridge.route-cost]", () => {
    const models = ["cheap", "dear", "unpriced"].map((modelId) => ({ modelId }));
    const free = { modelId: "free", free: true };
    const providers = registry([{ id: "a", models: [...models, free] }]);
    const estimates: Record<string, bigint | null> = { cheap: 10n, dear: 2_000_000n };
    const estimate = ({ modelId }: { modelId: string }) => estimates[modelId] ?? null;
    const none = setUpRouter(providers, {}, { estimate });
    expect(none.router.plan(request()).accepted).toHaveLength(4);
    const asked = none.router.plan(request({ maxCost: 0.001 }));
    expect(codes(asked)).toEqual({
      ...{ cheap: undefined, dear: "max_cost", unpriced: "unknown_price", free: undefined },
    });
    expect(asked.candidates[2]?.refusal?.reason).toBe(
      "dear may cost $0.002, more than max_cost ($0.001).",
    );
    const open = none.router.plan(request({ maxCost: 0.001, promptTokens: 10 }));
    expect(open.candidates.find(({ model }) => model.modelId === "dear")?.refusal?.reason).toMatch(
      /names no max_tokens, .* set the model's max_output_tokens\.$/,
    );
    const limited = setUpRouter(providers, { costLimitPerRequest: 0.001 }, { estimate });
    expect(codes(limited.router.plan(request({ maxCost: 1 })))).toMatchObject({
      ...{ cheap: undefined, dear: "cost_limit", unpriced: "unknown_price", free: undefined },
    });
    expect(codes(none.router.plan(request({ maxCost: 0 })))).toMatchObject({
      ...{ cheap: "max_cost", free: undefined },
    });
    const asks: [bigint | null, string | undefined][] = [];
    const budgetRefusal = (nano: bigint | null, keyId: string | undefined) => {
      asks.push([nano, keyId]);
      return "the budget of the day ($1) is spent.";
    };
    const spent = setUpRouter(providers, {}, { estimate, budgetRefusal });
    expect(codes(spent.router.plan(request({ keyId: "k" })))).toEqual({
      ...{ cheap: "budget", dear: "budget", unpriced: "unknown_price", free: undefined },
    });
    expect(asks).toEqual([
      [10n, "k"],
      [2_000_000n, "k"],
      [null, "k"],
    ]);
  });

  test("without fallback only the first is tried, and the others are said to be left", () => {
    const models = ["out", "first", "second"].map((modelId) => ({ modelId }));
    const { router, open } = setUpRouter(registry([{ id: "a", models }]), {
      enableFallback: false,
    });
    open({ providerId: "a", modelId: "out" });
    const plan = router.plan(request());
    expect(names(plan.accepted)).toEqual(["a/first"]);
    expect(codes(plan)).toEqual({ first: undefined, second: "fallback_off", out: "breaker_open" });
  });

  test("the same model written down for two tasks is one candidate", () => {
    const models = [
      { modelId: "m", tasks: ["chat_large"] },
      { modelId: "m", tasks: ["chat_small"], contextWindow: 100 },
    ];
    const { router } = setUpRouter(registry([{ id: "a", models }]));
    const { candidates } = router.plan(request({ preferredModel: "m" }));
    expect(candidates).toMatchObject([{ task: "chat_small", model: { contextWindow: 100 } }]);
  });
});
