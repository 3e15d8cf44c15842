import fc from "fast-check";
import { expect, test } from "vitest";
import { type FailureCategory, ProviderFailure, VERDICTS } from "../failure.ts";
import type { RoutePlan } from "../routing/route.ts";
import { type Act, chunk, GOOD_STREAM } from "./__fixtures__/fake-provider.ts";
import {
  ask,
  GatewayWorld,
  NOTHING_HELD,
  options,
  settingsOf,
  threeProviders,
} from "./__fixtures__/gateway-world.ts";

const categories = Object.keys(VERDICTS) as FailureCategory[];
const failure = fc
  .constantFrom(...categories)
  .map((category) => new ProviderFailure(category, "It failed.", { status: 500 }));
const chunks = fc.constantFrom(GOOD_STREAM, GOOD_STREAM.slice(0, 1), GOOD_STREAM.slice(0, 2), []);
const broken: fc.Arbitrary<Act> = fc.oneof(
  failure.map((one): Act => ({ kind: "fail", failure: one })),
  fc.constant<Act>({ kind: "fail", failure: new Error("a mistake of ours") }),
  fc.boolean().map((deaf): Act => ({ kind: "hang", deaf })),
);
const wholeAct = fc.oneof(
  broken,
  fc.constantFrom<Act>({ kind: "answer" }, { kind: "answer", usage: null }),
);
const streamAct = fc.oneof(
  broken,
  fc
    .tuple(chunks, fc.oneof(failure, fc.constantFrom("hang" as const, "done" as const)))
    .map(([some, end]): Act => ({ kind: "stream", chunks: some, end })),
);
/** Milliseconds after which the caller leaves, and what the consumer of a stream does. */
const caller = fc.record({
  leavesAt: fc.option(fc.constantFrom(0, 5, 10_000, 50_000), { nil: undefined }),
  reads: fc.constantFrom("all", "some", "none"),
  commit: fc.constantFrom("first_token" as const, "complete" as const),
});
type Caller = typeof caller extends fc.Arbitrary<infer Value> ? Value : never;

function worldOf(acts: readonly Act[]): GatewayWorld {
  const of = new GatewayWorld(settingsOf(threeProviders(), { strategy: "least_connections" }));
  for (const [index, act] of acts.entries()) of.provider("abc".charAt(index)).does(act);
  return of;
}

async function chat(of: GatewayWorld, signal: AbortSignal): Promise<void> {
  await of.gateway.chat(ask(), options({ signal }));
}

async function stream(of: GatewayWorld, signal: AbortSignal, { reads, commit }: Caller) {
  const opened = await of.gateway.stream(ask(), options({ signal, commit }));
  if (reads === "none") return;
  for await (const _ of opened.events) if (reads === "some") break;
}

/** Runs it to whatever end, with the time that all timers need. */
async function run(
  of: GatewayWorld,
  { leavesAt }: Caller,
  call: (signal: AbortSignal) => Promise<void>,
) {
  const gone = new AbortController();
  if (leavesAt !== undefined) of.time.setTimer(() => gone.abort(), leavesAt);
  const done = call(gone.signal).catch(() => undefined);
  await of.time.advance(400_000);
  await done;
}

/** With the breakers at rest, a refused permit would be one that was never given back. */
async function expectAllGivenBack(of: GatewayWorld): Promise<void> {
  expect(of.held).toEqual(NOTHING_HELD);
  expect(
    of.gateway.plan(request()).candidates.every(({ reason }) => !/[1-9] under way/.test(reason)),
  ).toBe(true);
  await of.gateway.close();
  expect([..."abc"].every((id) => of.provider(id).closed)).toBe(true);
}

function request() {
  return {
    task: "chat_smart",
    preferredModel: undefined,
    requireVision: false,
    requireTools: false,
    requireAudio: false,
    promptTokens: 26,
    outputTokens: 100,
    images: 0,
    maxCost: undefined,
    embeddingIdentity: undefined,
    keyId: undefined,
  };
}

test("whatever providers and callers do, a whole answer gives everything back exactly once [req:bridge.settle-once]", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(wholeAct, { minLength: 3, maxLength: 3 }),
      caller,
      async (acts, who) => {
        const of = worldOf(acts);
        await run(of, who, (signal) => chat(of, signal));
        await expectAllGivenBack(of);
      },
    ),
    { numRuns: 150 },
  );
});

test("whatever providers and callers do, a stream gives everything back exactly once [req:bridge.settle-once]", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(streamAct, { minLength: 3, maxLength: 3 }),
      caller,
      async (acts, who) => {
        const of = worldOf(acts);
        await run(of, who, (signal) => stream(of, signal, who));
        await expectAllGivenBack(of);
      },
    ),
    { numRuns: 150 },
  );
});

test("a probe's place is given back however the probe ends", async () => {
  await fc.assert(
    fc.asyncProperty(streamAct, caller, async (act, who) => {
      const of = worldOf([act, { kind: "stream", chunks: [chunk({ content: "x" })] }]);
      const { a } = { a: of.provider("a") };
      a.does({ kind: "fail", failure: new ProviderFailure("server_error", "500") });
      for (let call = 0; call < 3; call += 1)
        await stream(of, options().signal, { ...who, reads: "all" }).catch(() => undefined);
      a.does(act);
      await of.time.advance(60_000);
      await run(of, who, (signal) => stream(of, signal, who));
      const view = of.gateway.health()[0]?.models[0]?.breaker;
      expect(view?.state === "half_open" && view.probing).toBe(false);
    }),
    { numRuns: 60 },
  );
});

test("execution asks the accepted candidates of the explanation, in its order, until one serves [req:bridge.explain-is-execute]", async () => {
  const ended = fc.oneof(
    fc.constantFrom("server_error", "connect", "unauthorized", "empty").map(
      (category): Act => ({
        kind: "fail",
        failure: new ProviderFailure(category as FailureCategory, "It failed."),
      }),
    ),
    fc.constant<Act>({ kind: "answer" }),
  );
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(ended, { minLength: 3, maxLength: 3 }), { minLength: 1, maxLength: 8 }),
      async (rounds) => {
        const of = worldOf([]);
        for (const acts of rounds) {
          for (const [index, act] of acts.entries()) of.provider("abc".charAt(index)).does(act);
          const plan = of.gateway.plan(request());
          const before = of.attempts.length;
          const served = await of.gateway.chat(ask(), options()).then(
            (answer) => answer.served.providerId,
            () => undefined,
          );
          const asked = of.attempts.slice(before).map(({ providerId }) => providerId);
          expect(asked).toEqual(expectedOf(plan, acts));
          expect(served).toBe(
            asked.length > 0 && isServing(acts, asked.at(-1)) ? asked.at(-1) : undefined,
          );
        }
      },
    ),
    { numRuns: 60 },
  );
});

function isServing(acts: readonly Act[], id: string | undefined): boolean {
  return id !== undefined && acts["abc".indexOf(id)]?.kind === "answer";
}

function expectedOf(plan: RoutePlan, acts: readonly Act[]): string[] {
  const ids = plan.accepted.map(({ provider }) => provider.id);
  const first = ids.findIndex((id) => isServing(acts, id));
  return first === -1 ? ids : ids.slice(0, first + 1);
}
