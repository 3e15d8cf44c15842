import { expect, test } from "vitest";
import { registry } from "./__fixtures__/entry-builders.ts";
import type { Offer } from "./registry.ts";

const names = (offers: readonly Offer[]) =>
  offers.map(({ provider, model }) => `${provider.id}|${model.modelId}`);

const models = registry(
  [
    { id: "openai", models: [{ modelId: "gpt-4o", tags: ["contracts", "gpt-4o-mini"] }] },
    { id: "openrouter", models: [{ modelId: "openai/gpt-4o" }, { modelId: "gpt-4o-mini" }] },
    {
      id: "ollama",
      type: "ollama",
      models: [
        { modelId: "llava:latest", tasks: ["vision"], supportsVision: true },
        { modelId: "vectors", tasks: ["code_search"], dimension: 768 },
        { modelId: "law", tasks: ["legal_review"], supportsVision: true },
      ],
    },
  ],
  { chat_small: "gpt-4o-mini", reports: "law" },
);

test.each([
  ["gpt-4o", ["openai|gpt-4o"]],
  ["openai/gpt-4o", ["openrouter|openai/gpt-4o"]],
  ["openai:gpt-4o", ["openai|gpt-4o"]],
  ["openrouter/openai/gpt-4o", ["openrouter|openai/gpt-4o"]],
  ["llava", ["ollama|llava:latest"]],
  ["ollama/llava", ["ollama|llava:latest"]],
  ["contracts", ["openai|gpt-4o"]],
  ["gpt-4o-mini", ["openrouter|gpt-4o-mini"]],
  ["openai", []],
  ["nobody", []],
])("the name %s means %j", (name, expected) => {
  expect(names(models.offersNamed(name))).toEqual(expected);
});

test("the tasks are the known ones and those of the configuration, old names included", () => {
  expect(models.tasks.slice(7)).toEqual(["code_search", "legal_review", "reports"]);
  expect(models.tasks.slice(0, 2)).toEqual(["embedding", "chat_small"]);
  expect(["chat_fast", "chat_vision", "reports"].every((task) => models.isTask(task))).toBe(true);
  expect(models.isTask("toString")).toBe(false);
  expect(models.defaultModel("chat_fast")).toBe("gpt-4o-mini");
  expect(models.defaultModel("toString")).toBeUndefined();
});

test("a custom task whose models make vectors is one of embeddings, any other is chat", () => {
  expect(models.familyOf("code_search")).toBe("embedding");
  expect(models.familyOf("legal_review")).toBe("chat");
});

test("a model serves its own tasks, others of their kind as its nearest, and no other kind", () => {
  const [llava] = models.offersNamed("llava");
  const [law] = models.offersNamed("law");
  const [vectors] = models.offersNamed("vectors");
  if (!llava || !law || !vectors) throw new Error("a model is missing");
  expect(models.servedTask(llava.model, "vision")).toBe("vision");
  expect(models.servedTask(llava.model, "chat_small")).toBe("vision");
  expect(models.servedTask(law.model, "vision")).toBe("legal_review");
  expect(models.servedTask(law.model, "embedding")).toBeUndefined();
  expect(models.servedTask(vectors.model, "embedding")).toBe("code_search");
  expect(models.servedTask(vectors.model, "chat_small")).toBeUndefined();
});
