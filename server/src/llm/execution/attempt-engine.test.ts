import { describe, expect, test } from "vitest";
import { ProviderFailure } from "../failure.ts";
import { type Act, failing } from "./__fixtures__/fake-provider.ts";
import {
  ask,
  GatewayWorld,
  modelOf,
  NOTHING_HELD,
  options,
  providerOf,
  settingsOf,
  threeProviders,
} from "./__fixtures__/gateway-world.ts";

function world(): GatewayWorld {
  return new GatewayWorld(settingsOf(threeProviders()));
}

function breakerOf(of: GatewayWorld, id: string) {
  const health = of.gateway.health().find(({ provider }) => provider.id === id);
  return health?.models[0]?.breaker;
}

const NEXT = [
  "connect",
  "server_error",
  "malformed",
  "empty",
  "interrupted",
  "rate_limited",
  "unauthorized",
  "payment_required",
  "forbidden",
  "model_not_found",
  "unsupported",
] as const;

describe("a failure before the answer", () => {
  test.each(NEXT)(
    "%s: the next candidate serves, and the answer says so [req:bridge.fallback]",
    async (category) => {
      const of = world();
      of.provider("a").does(failing(category, { status: 400 }));
      const answer = await of.gateway.chat(ask(), options());
      expect(answer.served).toMatchObject({
        providerId: "b",
        modelId: "b-chat",
        attempts: [
          { providerId: "a", failure: { category } },
          { providerId: "b", failure: null },
        ],
      });
      expect(of.held).toEqual(NOTHING_HELD);
    },
  );

  test.each(["connect", "server_error", "malformed", "empty", "interrupted"] as const)(
    "%s counts against the breaker [req:bridge.failure-classes]",
    async (category) => {
      const of = world();
      of.provider("a").does(failing(category));
      await of.gateway.chat(ask(), options());
      expect(breakerOf(of, "a")).toMatchObject({ state: "closed", failures: 1 });
      expect(breakerOf(of, "b")).toMatchObject({ state: "closed", failures: 0 });
    },
  );

  test.each(["unauthorized", "model_not_found", "unsupported"] as const)(
    "%s does not count against the breaker",
    async (category) => {
      const of = world();
      of.provider("a").does(failing(category));
      await of.gateway.chat(ask(), options());
      expect(breakerOf(of, "a")).toMatchObject({ state: "closed", failures: 0 });
    },
  );

  test("what no provider's protocol can say is the caller's mistake once nobody else is left", async () => {
    const of = world();
    for (const id of ["a", "b", "c"]) of.provider(id).does(failing("unsupported"));
    const failed = of.gateway.chat(ask(), options());
    await expect(failed).rejects.toMatchObject({ code: "invalid_request" });
    await expect(failed).rejects.toThrow("Change the request, or add a provider that takes it.");
    of.provider("c").does(failing("server_error"));
    const waits = of.gateway.chat(ask(), options());
    await expect(waits).rejects.toMatchObject({ code: "providers_unavailable" });
  });

  test.each(["invalid_request", "content_filter"] as const)(
    "%s stops: nobody else is asked, and no breaker counts it",
    async (category) => {
      const of = world();
      of.provider("a").does(failing(category, { publicDetail: "messages is empty" }));
      const code = category === "content_filter" ? "content_filtered" : "invalid_request";
      const failed = of.gateway.chat(ask(), options());
      await expect(failed).rejects.toMatchObject({ code });
      await expect(failed).rejects.toThrow("messages is empty");
      expect(of.provider("b").calls).toEqual([]);
      expect(breakerOf(of, "a")).toMatchObject({ state: "closed", failures: 0 });
      expect(of.held).toEqual(NOTHING_HELD);
    },
  );

  test("a 429 keeps the model out for as long as the provider asked [req:bridge.retry-after]", async () => {
    const of = world();
    of.provider("a").does(failing("rate_limited", { status: 429, retryAfterMs: 7000 }), {
      kind: "answer",
    });
    await of.gateway.chat(ask(), options());
    await of.time.advance(6999);
    expect((await of.gateway.chat(ask(), options())).served.providerId).toBe("b");
    await of.time.advance(1);
    expect((await of.gateway.chat(ask(), options())).served.providerId).toBe("a");
  });

  test("a client that trips over an answer has met a malformed one", async () => {
    const of = world();
    of.provider("a").does({ kind: "fail", failure: new TypeError("undefined is not iterable") });
    const { served } = await of.gateway.chat(ask(), options());
    expect(served.attempts[0]?.failure?.category).toBe("malformed");
  });

  test("a refused permit is passed over without a call", async () => {
    const of = world();
    of.provider("a").does(failing("server_error"));
    for (let call = 0; call < 4; call += 1) await of.gateway.chat(ask(), options());
    expect(of.provider("a").calls).toHaveLength(3);
  });
});

describe("several keys", () => {
  function twoKeys(): GatewayWorld {
    const [a, b] = threeProviders();
    if (a === undefined || b === undefined) throw new Error("unreachable");
    return new GatewayWorld(settingsOf([{ ...a, apiKeys: ["test-key-1", "test-key-2"] }, b]));
  }

  test.each(["unauthorized", "payment_required", "forbidden"] as const)(
    "%s on one: the other key of the same provider is tried first [req:bridge.keys]",
    async (category) => {
      const of = twoKeys();
      of.provider("a").does(failing(category), { kind: "answer" });
      const { served } = await of.gateway.chat(ask(), options());
      expect(served.providerId).toBe("a");
      expect(of.provider("a").calls.map(({ apiKey }) => apiKey)).toEqual([
        "test-key-1",
        "test-key-2",
      ]);
      expect(of.held).toEqual(NOTHING_HELD);
    },
  );

  test("all refused: the next provider, and the first is known as misconfigured", async () => {
    const of = twoKeys();
    of.provider("a").does(failing("unauthorized"));
    const { served } = await of.gateway.chat(ask(), options());
    expect(served.attempts.map(({ providerId }) => providerId)).toEqual(["a", "a", "b"]);
    expect(of.gateway.health()[0]).toMatchObject({ status: "misconfigured" });
    expect(of.gateway.reset("a")).toBe(true);
    expect(of.gateway.health()[0]).toMatchObject({ status: "unknown" });
    expect(of.gateway.reset("nobody")).toBe(false);
  });

  test("silence is not answered by trying the other key", async () => {
    const of = twoKeys();
    of.provider("a").does({ kind: "hang" });
    const answer = of.gateway.chat(ask(), options());
    answer.catch(() => undefined);
    await of.time.advance(100_000);
    expect((await answer).served.providerId).toBe("b");
    expect(of.provider("a").calls).toHaveLength(1);
  });
});

describe("a context that is too long", () => {
  function windows(...sizes: number[]): GatewayWorld {
    const providers = sizes.map((contextWindow, index) =>
      providerOf(`p${index}`, [modelOf({ modelId: `m${index}`, contextWindow })], {
        priority: index + 1,
      }),
    );
    return new GatewayWorld(settingsOf(providers));
  }

  test("moves on to a larger window only [req:bridge.context-length]", async () => {
    const of = windows(8000, 4000, 16_000);
    of.provider("p0").does(failing("context_length"));
    const { served } = await of.gateway.chat(ask(), options());
    expect(served.providerId).toBe("p2");
    expect(of.provider("p1").calls).toEqual([]);
  });

  test("and is the caller's to know when no window is large enough", async () => {
    const of = windows(8000, 8000);
    of.provider("p0").does(failing("context_length"));
    await expect(of.gateway.chat(ask(), options())).rejects.toMatchObject({
      code: "context_length",
    });
    expect(of.provider("p1").calls).toEqual([]);
  });

  test("but not when a larger one is only out of order", async () => {
    const of = windows(8000, 16_000);
    of.provider("p0").does(failing("context_length"));
    of.provider("p1").does(failing("server_error"));
    await expect(of.gateway.chat(ask(), options())).rejects.toMatchObject({
      code: "providers_unavailable",
    });
  });
});

describe("time", () => {
  test("an attempt ends with its own timer and counts [req:bridge.timers]", async () => {
    const [a] = threeProviders();
    const slow = providerOf("z", [modelOf({ modelId: "z" })], { priority: 9, timeoutSecs: 500 });
    const of = new GatewayWorld(settingsOf([...(a ? [a] : []), slow]));
    of.provider("a").does({ kind: "hang" });
    const answer = of.gateway.chat(ask(), options());
    await of.time.advance(99_999);
    expect(of.provider("z").calls).toEqual([]);
    await of.time.advance(1);
    expect((await answer).served.attempts[0]?.failure?.category).toBe("timeout");
    expect(breakerOf(of, "a")).toMatchObject({ failures: 1 });
    expect(of.held).toEqual(NOTHING_HELD);
  });

  test("one deadline holds for all attempts, and what it cuts counts for nobody", async () => {
    const of = world();
    of.provider("a").does(slowly(of, 60_000));
    of.provider("b").does({ kind: "hang" });
    const answer = of.gateway.chat(ask(), options());
    answer.catch(() => undefined);
    await of.time.advance(60_000);
    expect(of.provider("b").calls).toHaveLength(1);
    of.provider("c").does({ kind: "hang" });
    await of.time.advance(100_000);
    expect(of.provider("c").calls).toHaveLength(1);
    await of.time.advance(40_000);
    await expect(answer).rejects.toMatchObject({ code: "providers_unavailable" });
    await expect(answer).rejects.toThrow("within 200 s");
    expect(breakerOf(of, "b")).toMatchObject({ failures: 1 });
    expect(breakerOf(of, "c")).toMatchObject({ failures: 0 });
  });

  test("a provider that ignores its signal holds nobody", async () => {
    const of = world();
    of.provider("a").does({ kind: "hang", deaf: true });
    const gone = new AbortController();
    const answer = of.gateway.chat(ask(), options({ signal: gone.signal }));
    answer.catch(() => undefined);
    await of.time.advance(0);
    gone.abort();
    await of.time.advance(100);
    await expect(answer).rejects.toMatchObject({ code: "unavailable" });
    expect(of.held).toEqual(NOTHING_HELD);
  });

  test("a queue of our own that stays full pauses nobody", async () => {
    const of = world();
    const full = new ProviderFailure("rate_limited", "All places stayed taken.");
    of.provider("a").does({ kind: "fail", failure: full });
    await of.gateway.chat(ask(), options());
    expect(breakerOf(of, "a")).toEqual({ state: "closed", failures: 0 });
  });
});

/** Fails late: the call takes its time, then says 500. */
function slowly(of: GatewayWorld, milliseconds: number): Act {
  const provider = of.provider("a");
  const chat = provider.chat.bind(provider);
  provider.chat = async (request, call) => {
    await new Promise<void>((resolve) => of.time.setTimer(resolve, milliseconds));
    return chat(request, call);
  };
  return failing("server_error");
}

describe("a caller that goes away", () => {
  test("ends the provider's work at once, and nobody else is asked [req:bridge.cancel]", async () => {
    const of = world();
    of.provider("a").does({ kind: "hang" });
    const gone = new AbortController();
    const answer = of.gateway.chat(ask(), options({ signal: gone.signal }));
    answer.catch(() => undefined);
    await of.time.advance(0);
    const [call] = of.provider("a").calls;
    expect(call?.signal.aborted).toBe(false);
    gone.abort();
    expect(call?.signal.aborted).toBe(true);
    await expect(answer).rejects.toMatchObject({ code: "unavailable" });
    expect(of.provider("b").calls).toEqual([]);
    expect(breakerOf(of, "a")).toEqual({ state: "closed", failures: 0 });
    expect(of.held).toEqual(NOTHING_HELD);
  });

  test("before the call begins, costs nothing and asks nobody", async () => {
    const of = world();
    const failed = of.gateway.chat(ask(), options({ signal: AbortSignal.abort() }));
    await expect(failed).rejects.toMatchObject({ code: "unavailable" });
    expect(of.provider("a").calls).toEqual([]);
    expect(of.held).toEqual(NOTHING_HELD);
  });
});

describe("money", () => {
  test("is set aside before the call and settled from the provider's usage", async () => {
    const of = world();
    const answer = await of.gateway.chat(ask(), options());
    expect(answer.usage).toMatchObject({ prompt_tokens: 10, completion_tokens: 5 });
    expect(answer.cost).toBe(15_000n);
    expect(of.budget).toMatchObject({ held: 0, settled: 1, released: 0, spent: 15_000n });
    expect(answer.served.estimate).toBeGreaterThan(100_000n);
  });

  test("is given back by a failure that nobody bills", async () => {
    const of = world();
    of.provider("a").does(failing("server_error"));
    await of.gateway.chat(ask(), options());
    expect(of.budget).toMatchObject({ held: 0, settled: 1, released: 1, spent: 15_000n });
  });

  test("is counted by ourselves when the provider counts nothing, and then not claimed to be known", async () => {
    const of = world();
    of.provider("a").does({ kind: "answer", text: "x".repeat(300), usage: null });
    const answer = await of.gateway.chat(ask(), options());
    expect(answer.usage).toBeNull();
    expect(answer.cost).toBeNull();
    expect(of.budget.spent).toBeGreaterThanOrEqual(100_000n);
  });

  test("that is refused for all ends in 402 [req:bridge.budget-refused]", async () => {
    const of = world();
    of.budget.refuses = new Set(["a", "b", "c"]);
    const failed = of.gateway.chat(ask(), options());
    await expect(failed).rejects.toMatchObject({ code: "budget_exceeded" });
    await expect(failed).rejects.toThrow("a/a-chat: The day's budget is spent.");
    expect(of.held).toEqual(NOTHING_HELD);
  });

  test("that cannot be written down is no want of money: 503, and when to ask again", async () => {
    const refused = "Spending cannot be recorded: The disk is full.";
    const of = new GatewayWorld(settingsOf(threeProviders()), {
      budget: { reserve: () => ({ refused, retryAfterMs: 5000 }) },
    });
    const failed = of.gateway.chat(ask(), options());
    const told = { code: "providers_unavailable", retryAfterSeconds: 5 };
    await expect(failed).rejects.toMatchObject(told);
    await expect(failed).rejects.toThrow("a/a-chat: Spending cannot be recorded");
    await expect(failed).rejects.not.toThrow("Raise the limit");
  });

  test("that is refused for one leaves the others", async () => {
    const of = world();
    of.budget.refuses = new Set(["a"]);
    expect((await of.gateway.chat(ask(), options())).served.providerId).toBe("b");
  });

  test("that cannot be asked for is our own error: nothing stays held", async () => {
    const broken = new Error("a mistake of ours");
    const of = new GatewayWorld(settingsOf(threeProviders()), {
      budget: { reserve: () => Promise.reject(broken) },
    });
    await expect(of.gateway.chat(ask(), options())).rejects.toBe(broken);
    expect(of.held).toEqual(NOTHING_HELD);
  });
});

describe("nothing in an answer", () => {
  const head = { choices: [] };
  const silent = { role: "assistant" as const, content: "" };
  const empty: Act[] = [
    { kind: "answer", body: head },
    { kind: "answer", text: "", usage: null },
    { kind: "answer", body: { choices: [{ index: 0, message: silent, finish_reason: null }] } },
  ];
  test.each(empty)("is a failure, and the next candidate answers %#", async (act) => {
    const of = world();
    of.provider("a").does(act);
    const { served } = await of.gateway.chat(ask(), options());
    expect(served.attempts[0]?.failure?.category).toBe("empty");
    expect(served.providerId).toBe("b");
  });

  const kept: Act[] = [
    { kind: "answer", body: { choices: [{ index: 0, message: silent, finish_reason: "length" }] } },
    {
      kind: "answer",
      body: { choices: [{ index: 0, message: silent, finish_reason: "content_filter" }] },
    },
    {
      kind: "answer",
      body: {
        choices: [
          { index: 0, message: { ...silent, refusal: "I will not." }, finish_reason: "stop" },
        ],
      },
    },
    { kind: "answer", text: "" },
  ];
  test.each(kept)("but a reason, a refusal or counted tokens make it an answer %#", async (act) => {
    const of = world();
    of.provider("a").does(act);
    expect((await of.gateway.chat(ask(), options())).served.providerId).toBe("a");
  });
});

test("our own time is what is left of the whole when others' is taken away", async () => {
  const of = world();
  slowly(of, 5000);
  const answer = of.gateway.chat(ask(), options());
  await of.time.advance(5000);
  expect((await answer).overheadMs).toBe(0);
  expect(of.answers[0]).toMatchObject({ tookMs: 5000, overheadMs: 0, failure: null });
});
