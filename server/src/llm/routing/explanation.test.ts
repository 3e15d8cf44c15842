import { expect, test } from "vitest";
import { type ModelPart, registry } from "../registry/__fixtures__/entry-builders.ts";
import { request, setUpRouter } from "./__fixtures__/routers.ts";
import { nothingServes } from "./explanation.ts";

const one = (part: Partial<ModelPart> = {}) =>
  registry([{ id: "a", models: [{ modelId: "m", ...part }] }]);
const TARGET = { providerId: "a", modelId: "m" };

test("names the task, every candidate with what speaks against it, and what to do [req:bridge.route-explained]", () => {
  const { router, open, time } = setUpRouter(one());
  open(TARGET);
  time.now += 30_000;
  const error = nothingServes(router.plan(request()));
  expect(error).toMatchObject({ code: "providers_unavailable", retryAfterSeconds: 30 });
  expect(error.message).toBe(
    "No providers available for task 'chat_small'. a/m: Circuit breaker open for provider 'a', model m: 3 failures in a row, the last one: timeout. Next probe in 30 s. To try at once: POST /api/v1/providers/a/reset, or restart Sekha.",
  );
  expect(error.plan?.candidates).toHaveLength(1);
});

test("says what to add when no model has the task", () => {
  const { router } = setUpRouter(one());
  expect(nothingServes(router.plan(request({ task: "audio" })))).toMatchObject({
    code: "providers_unavailable",
    retryAfterSeconds: undefined,
    message:
      "No providers available for task 'audio': No providers configured that can serve it. Add a model with task: audio to llm_providers (`sekha config check` says which file is read).",
  });
});

test("is the caller's when the request fits no window", () => {
  const { router } = setUpRouter(one());
  const error = nothingServes(router.plan(request({ promptTokens: 9000 })));
  expect(error.code).toBe("context_length");
  expect(error.message).toContain("Shorten the request");
});

test("is the caller's when every model that sees takes fewer images", () => {
  const { router } = setUpRouter(one({ tasks: ["vision"], supportsVision: true }));
  const error = nothingServes(router.plan(request({ task: "vision", images: 11 })));
  expect(error.code).toBe("invalid_request");
  expect(error.message).toContain("m takes at most 10 images, the request has 11.");
});

test("is a matter of money when money keeps the last candidate out, unless waiting helps", () => {
  const models = [{ modelId: "m" }, { modelId: "tiny", contextWindow: 10 }];
  const { router, end } = setUpRouter(registry([{ id: "a", models }]));
  const plan = () => router.plan(request({ maxCost: 0.0001, promptTokens: 100 }));
  expect(nothingServes(plan()).code).toBe("budget_exceeded");
  expect(nothingServes(plan()).message).toContain("m may cost $0.001");
  end(TARGET, { kind: "rate_limited", retryAfterMs: 1500 });
  expect(nothingServes(plan())).toMatchObject({
    ...{ code: "providers_unavailable", retryAfterSeconds: 2 },
  });
});

test("is a matter of configuration when every key is refused", () => {
  const { router, breakers } = setUpRouter(one());
  const keyed = { provider: { id: "a", apiKeys: ["test-key"] }, modelId: "m" };
  breakers.keys.refuse(keyed, "test-key", { category: "payment_required" });
  const error = nothingServes(router.plan(request()));
  expect(error.code).toBe("providers_misconfigured");
  expect(error.message).toContain("has no money in the account (402)");
  expect(error.message).not.toContain("test-key");
});

test("is its own error for embeddings, so that the queue keeps the work", () => {
  const models = [
    { modelId: "m", tasks: ["embedding"] },
    { modelId: "other", tasks: ["embedding"] },
  ];
  const { router, open } = setUpRouter(registry([{ id: "a", models }]));
  open(TARGET);
  const error = nothingServes(router.plan(request({ task: "embedding" })));
  expect(error).toMatchObject({ code: "embedding_unavailable", retryAfterSeconds: 60 });
  expect(error.message).toContain("a/other: Vectors of another model cannot be compared");
});
