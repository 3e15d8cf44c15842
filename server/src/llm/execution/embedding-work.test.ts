import { describe, expect, test } from "vitest";
import type { Act } from "./__fixtures__/fake-provider.ts";
import { failing } from "./__fixtures__/fake-provider.ts";
import {
  GatewayWorld,
  modelOf,
  NOTHING_HELD,
  options,
  providerOf,
  settingsOf,
} from "./__fixtures__/gateway-world.ts";

const IDENTITY = { modelId: "nomic", dimension: 2 };
const GOOD: Act = { kind: "vectors", vectors: [[1, 0]] };

/** Two providers of one model, and one of another with the same dimension. */
function world(): GatewayWorld {
  const embedding = (modelId: string) =>
    modelOf({ modelId, task: ["embedding"], dimension: 2, contextWindow: 100 });
  const of = new GatewayWorld(
    settingsOf([
      providerOf("a", [embedding("nomic")], { priority: 1 }),
      providerOf("b", [embedding("nomic")], { priority: 2 }),
      providerOf("other", [embedding("minilm")], { priority: 3 }),
    ]),
  );
  for (const id of ["a", "b", "other"]) of.provider(id).does(GOOD);
  return of;
}

function embed(of: GatewayWorld, changes: Partial<Parameters<typeof of.gateway.embed>[0]> = {}) {
  const request = { texts: ["hello"], model: undefined, dimensions: undefined, ...changes };
  return of.gateway.embed(request, options());
}

const BAD: [string, Act][] = [
  ["NaN", { kind: "vectors", vectors: [[Number.NaN, 1]] }],
  ["infinite", { kind: "vectors", vectors: [[Number.POSITIVE_INFINITY, 1]] }],
  ["zeros", { kind: "vectors", vectors: [[0, 0]] }],
  ["too short", { kind: "vectors", vectors: [[1]] }],
  ["too long", { kind: "vectors", vectors: [[1, 2, 3]] }],
  [
    "too many",
    {
      kind: "vectors",
      vectors: [
        [1, 0],
        [0, 1],
      ],
    },
  ],
  ["none", { kind: "vectors", vectors: [] }],
];

describe("vectors", () => {
  test.each(BAD)(
    "of %s are refused; the same model elsewhere serves [req:bridge.embedding-checks]",
    async (_, act) => {
      const of = world();
      of.provider("a").does(act);
      const answer = await embed(of);
      expect(answer.served).toMatchObject({ providerId: "b", modelId: "nomic" });
      expect([...(answer.vectors[0] ?? [])]).toEqual([1, 0]);
      expect(of.held).toEqual(NOTHING_HELD);
    },
  );

  test("never come from another model, whatever its dimension [req:bridge.embedding-identity]", async () => {
    const of = world();
    of.provider("a").does(failing("server_error"));
    of.provider("b").does(failing("connect"));
    await expect(embed(of, { identity: IDENTITY })).rejects.toMatchObject({
      code: "embedding_unavailable",
    });
    expect(of.provider("other").calls).toEqual([]);
  });

  test("without a named identity stay in the space of the first model too", async () => {
    const of = world();
    of.provider("a").does(failing("server_error"));
    of.provider("b").does(failing("connect"));
    await expect(embed(of)).rejects.toMatchObject({ code: "embedding_unavailable" });
    expect(of.provider("other").calls).toEqual([]);
  });

  test("a wrong key or an empty account keeps the queue's work", async () => {
    const of = world();
    of.provider("a").does(failing("unauthorized"));
    of.budget.refuses = new Set(["b"]);
    await expect(embed(of, { identity: IDENTITY })).rejects.toMatchObject({
      code: "embedding_unavailable",
    });
  });

  test("a text that is too long is the caller's to know", async () => {
    const of = world();
    of.provider("a").does(failing("context_length"));
    await expect(embed(of, { identity: IDENTITY })).rejects.toMatchObject({
      code: "context_length",
    });
  });

  test("cost what their tokens cost, and nothing for an answer", async () => {
    const answer = await embed(world(), { identity: IDENTITY });
    expect(answer.usage).toMatchObject({ prompt_tokens: 10 });
    expect(answer.cost).toBe(10_000n);
  });
});
