import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Fault } from "../../../test/support/scripted-provider/fault.ts";
import {
  type ScriptedProvider,
  startScriptedProvider,
} from "../../../test/support/scripted-provider/scripted-provider.ts";
import {
  ask,
  GatewayWorld,
  modelOf,
  options,
  providerOf,
  settingsOf,
} from "./execution/__fixtures__/gateway-world.ts";
import { systemTimer } from "./execution/timer.ts";
import type { StreamOutcome } from "./gateway.ts";
import { createProvider } from "./providers/create-provider.ts";
import type { ProviderType } from "./registry/entries.ts";
import type { ProviderSetting } from "./registry/provider-settings.ts";

const ANSWER = "Hello from the scripted provider.";
const TYPES = ["ollama", "openai", "anthropic", "openrouter", "litellm"] as const;
/** Seconds. Short ones only where they are to run out: a busy machine may take its time for all else. */
const SOON = 0.15;
const LONG = 10;

interface Patience {
  headers: number;
  chunk: number;
}
const PATIENT: Patience = { headers: LONG, chunk: LONG };

let first: ScriptedProvider;
let second: ScriptedProvider;

beforeAll(async () => {
  [first, second] = await Promise.all([startScriptedProvider(), startScriptedProvider()]);
});
beforeEach(() => Promise.all([first.clear(), second.clear()]));
afterAll(() => Promise.all([first.stop(), second.stop()]));

const PATHS: Readonly<Partial<Record<ProviderType, string>>> = {
  openai: "/v1",
  openrouter: "/api/v1",
  litellm: "/v1",
};

function scripted(
  id: string,
  type: ProviderType,
  { server, patience }: { server: ScriptedProvider; patience: Patience },
): ProviderSetting {
  const models = [
    modelOf({ modelId: `${id}-chat`, supportsVision: true }),
    ...(type === "anthropic"
      ? []
      : [modelOf({ modelId: "embedder", task: ["embedding"], dimension: 8 })]),
  ];
  return providerOf(id, models, {
    providerType: type,
    baseUrl: server.origin + (PATHS[type] ?? ""),
    priority: id === "first" ? 1 : 2,
    timeoutSecs: 20,
    headersTimeoutSecs: patience.headers,
    firstTokenTimeoutSecs: patience.headers,
    chunkTimeoutSecs: patience.chunk,
    coldStartTimeoutSecs: 0,
  });
}

/** The real providers in real time, the second one always well. */
function worldOf(type: ProviderType, patience: Patience = PATIENT): GatewayWorld {
  let id = 0;
  const settings = settingsOf([
    scripted("first", type, { server: first, patience }),
    scripted("second", "openai", { server: second, patience: PATIENT }),
  ]);
  return new GatewayWorld(settings, {
    createProvider: (entry) =>
      createProvider(entry, {
        clock: () => Date.now(),
        newId: () => `id-${++id}`,
        builtin: () => {
          throw new Error("unreachable");
        },
      }),
    clock: () => performance.now(),
    now: () => Date.now(),
    setTimer: systemTimer,
  });
}

async function read({ events }: StreamOutcome): Promise<{ text: string; error: unknown }> {
  let text = "";
  try {
    for await (const { chunk } of events) text += chunk.choices[0]?.delta.content ?? "";
    return { text, error: null };
  } catch (error) {
    return { text, error };
  }
}

/** Faults that show before any token, whatever is asked for. */
const EARLY: Fault[] = [
  { kind: "rate_limited", retryAfter: { form: "seconds", ms: 1000 } },
  { kind: "server_error" },
  { kind: "server_error", status: 503 },
  { kind: "unauthorized" },
  { kind: "payment_required" },
  { kind: "forbidden" },
  { kind: "model_not_found" },
  { kind: "refused" },
  { kind: "reset" },
  { kind: "silence" },
  { kind: "slow_headers", ms: 5000 },
  { kind: "slow_first_token", ms: 5000 },
  { kind: "cut", afterTokens: 0 },
  { kind: "empty", form: "body" },
  { kind: "html" },
];
/** Faults in the middle of an answer. */
const LATE: Fault[] = [
  { kind: "cut", afterTokens: 3 },
  { kind: "clean_end", afterTokens: 3 },
  { kind: "stall", afterTokens: 3, ms: 5000 },
  { kind: "malformed_chunk", afterTokens: 3 },
  { kind: "error_event", afterTokens: 3 },
];

describe.each(TYPES)("over %s", (type) => {
  test("a whole chat, a stream in both modes and a probe", async () => {
    const { gateway, budget } = worldOf(type);
    const answer = await gateway.chat(ask(), options());
    expect(answer.body.choices[0]?.message.content).toBe(ANSWER);
    expect(answer.served).toMatchObject({ providerId: "first", providerType: type });
    expect(answer.usage?.completion_tokens).toBe(6);
    for (const commit of ["first_token", "complete"] as const) {
      const stream = await gateway.stream(ask(), options({ commit }));
      expect(await read(stream)).toEqual({ text: ANSWER, error: null });
      expect((await stream.settled).usage?.completion_tokens).toBe(6);
    }
    expect(await gateway.probe("first")).toMatchObject({ ok: true });
    expect(budget).toMatchObject({ held: 0, settled: 3 });
    await gateway.close();
  });

  test.each(EARLY)(
    "$kind before any token: the second provider answers, whole and streamed",
    async (fault) => {
      for (const mode of ["whole", "first_token", "complete"] as const) {
        await first.clear();
        first.script(fault);
        const { gateway, budget } = worldOf(type, { headers: SOON, chunk: SOON });
        if (mode === "whole") {
          const { served, body } = await gateway.chat(ask(), options());
          expect(served.providerId).toBe("second");
          expect(body.choices[0]?.message.content).toBe(ANSWER);
        } else {
          const stream = await gateway.stream(ask(), options({ commit: mode }));
          expect(stream.served.providerId).toBe("second");
          expect(await read(stream)).toEqual({ text: ANSWER, error: null });
        }
        expect(budget.held).toBe(0);
        await gateway.close();
      }
    },
  );

  test.each(LATE)(
    "$kind in the middle: an error in first_token, the second provider in complete",
    async (fault) => {
      first.script(fault);
      const { gateway, budget } = worldOf(type, { headers: LONG, chunk: SOON });
      const stream = await gateway.stream(ask(), options());
      expect(stream.served.providerId).toBe("first");
      const { text, error } = await read(stream);
      expect(text).not.toBe(ANSWER);
      expect(ANSWER.startsWith(text)).toBe(true);
      expect(error).toMatchObject({ code: "providers_unavailable" });
      const whole = await gateway.stream(ask(), options({ commit: "complete" }));
      expect(whole.served.providerId).toBe("second");
      expect(await read(whole)).toEqual({ text: ANSWER, error: null });
      expect(budget.held).toBe(0);
      await gateway.close();
    },
  );

  test("the caller's own mistake stops, in the provider's words", async () => {
    first.script({ kind: "invalid_request" });
    const { gateway } = worldOf(type);
    await expect(gateway.chat(ask(), options())).rejects.toMatchObject({ code: "invalid_request" });
    expect(second.requests).toHaveLength(0);
    await gateway.close();
  });

  test.each(["before", "after"])(
    "a caller that leaves %s the first token ends the provider's work",
    async (when) => {
      first.script(
        when === "before" ? { kind: "silence" } : { kind: "stall", afterTokens: 2, ms: 5000 },
      );
      const { gateway, budget } = worldOf(type);
      const gone = new AbortController();
      const opening = gateway.stream(ask(), options({ signal: gone.signal }));
      opening.catch(() => undefined);
      await first.until((requests) => requests.length === 1);
      if (when === "after") await opening;
      gone.abort();
      await first.until(([request]) => request?.closedAt !== undefined);
      if (when === "before") await expect(opening).rejects.toMatchObject({ code: "unavailable" });
      else expect((await read(await opening)).error).toMatchObject({ name: "GatewayError" });
      expect(second.requests).toHaveLength(0);
      expect(budget.held).toBe(0);
      await gateway.close();
    },
  );
});

describe.each(["ollama", "openai", "openrouter", "litellm"] as const)(
  "embeddings over %s",
  (type) => {
    test.each([
      { kind: "server_error" },
      { kind: "bad_vectors", form: "nan" },
      { kind: "bad_vectors", form: "zero" },
      { kind: "bad_vectors", form: "short" },
      { kind: "bad_vectors", form: "long" },
      { kind: "bad_vectors", form: "missing" },
    ] satisfies Fault[])("%o: the same model at the second provider", async (fault) => {
      first.script(fault);
      const { gateway } = worldOf(type);
      const answer = await gateway.embed(
        {
          texts: ["one", "two"],
          model: undefined,
          dimensions: undefined,
          identity: { modelId: "embedder", dimension: 8 },
        },
        options(),
      );
      expect(answer.served).toMatchObject({ providerId: "second", modelId: "embedder" });
      expect(answer.vectors.map((vector) => vector.length)).toEqual([8, 8]);
      await gateway.close();
    });
  },
);
