import { describe, expect, test } from "vitest";
import { ProviderFailure } from "../failure.ts";
import type { StreamOutcome } from "../gateway.ts";
import type { StreamEvent } from "../provider.ts";
import {
  type Act,
  chunk,
  failing,
  GOOD_STREAM,
  USAGE,
  usageChunk,
} from "./__fixtures__/fake-provider.ts";
import {
  ask,
  GatewayWorld,
  NOTHING_HELD,
  options,
  settingsOf,
  threeProviders,
} from "./__fixtures__/gateway-world.ts";

const GOOD: Act = { kind: "stream", chunks: GOOD_STREAM };
const CUT = new ProviderFailure("interrupted", "It broke off.");
const [ROLE, HEL, LO, STOP] = GOOD_STREAM;
if (!ROLE || !HEL || !LO || !STOP) throw new Error("unreachable");

function world(...acts: Act[]): GatewayWorld {
  const of = new GatewayWorld(settingsOf(threeProviders()));
  of.provider("a").does(...(acts.length > 0 ? acts : [GOOD]));
  of.provider("b").does(GOOD);
  of.provider("c").does(GOOD);
  return of;
}

async function textOf(events: AsyncIterable<StreamEvent>): Promise<string> {
  let text = "";
  for await (const { chunk: one } of events) text += one.choices[0]?.delta.content ?? "";
  return text;
}

/** What came, and how it ended. */
async function read({ events }: StreamOutcome): Promise<{ events: StreamEvent[]; error: unknown }> {
  const came: StreamEvent[] = [];
  try {
    for await (const event of events) came.push(event);
    return { events: came, error: null };
  } catch (error) {
    return { events: came, error };
  }
}

function breakerOf(of: GatewayWorld) {
  return of.gateway.health()[0]?.models[0]?.breaker;
}

describe.each(["first_token", "complete"] as const)("committed at %s", (commit) => {
  test("the provider's events come as they were, and the answer is settled from its usage", async () => {
    const of = world();
    const stream = await of.gateway.stream(ask(), options({ commit }));
    expect(stream.served.providerId).toBe("a");
    const { events, error } = await read(stream);
    expect(error).toBeNull();
    expect(events.map(({ chunk: one }) => one)).toEqual(GOOD_STREAM.slice(0, 4));
    expect(await stream.settled).toEqual({ usage: USAGE, cost: 15_000n });
    expect(of.answers).toMatchObject([{ failure: null, usage: USAGE, cost: 15_000n }]);
    expect(of.held).toEqual(NOTHING_HELD);
  });

  test("usage reaches the client that asked for it, and only that", async () => {
    const of = world();
    const request = ask({ stream_options: { include_usage: true } });
    const { events } = await read(await of.gateway.stream(request, options({ commit })));
    expect(events.at(-1)?.chunk).toEqual(usageChunk());
    expect(events).toHaveLength(5);
  });

  const beforeToken: Act[] = [
    failing("server_error"),
    { kind: "stream", chunks: [], end: CUT },
    { kind: "stream", chunks: [ROLE], end: CUT },
    { kind: "stream", chunks: [ROLE] },
    { kind: "stream", chunks: [ROLE, STOP] },
    { kind: "stream", chunks: Array.from({ length: 600 }, () => ROLE) },
    { kind: "stream", chunks: [ROLE], end: new ProviderFailure("server_error", "An error event.") },
  ];
  test.each(beforeToken)(
    "what fails before a token is replaced by the next candidate %# [req:bridge.commit-point]",
    async (act) => {
      const of = world(act);
      const stream = await of.gateway.stream(ask(), options({ commit }));
      expect(stream.served).toMatchObject({
        providerId: "b",
        attempts: [{ providerId: "a" }, { providerId: "b", failure: null }],
      });
      expect(await textOf(stream.events)).toBe("Hello");
      expect(of.held).toEqual(NOTHING_HELD);
    },
  );

  test("no first token in its time: the next candidate is asked", async () => {
    const of = world({ kind: "stream", chunks: [ROLE], end: "hang" });
    const opening = of.gateway.stream(ask(), options({ commit }));
    await of.time.advance(9999);
    expect(of.provider("b").calls).toEqual([]);
    await of.time.advance(1);
    const stream = await opening;
    expect(stream.served.attempts[0]?.failure?.category).toBe("timeout");
    expect(await textOf(stream.events)).toBe("Hello");
    expect(breakerOf(of)).toMatchObject({ failures: 1 });
    expect(of.held).toEqual(NOTHING_HELD);
  });

  test("nobody left to ask: a late first token is waited for [req:bridge.last-first-token]", async () => {
    const of = new GatewayWorld(settingsOf(threeProviders().slice(0, 1)));
    const provider = of.provider("a").does(GOOD);
    const stream = provider.stream.bind(provider);
    provider.stream = async (request, call) => {
      await new Promise<void>((resolve) => of.time.setTimer(resolve, 20_000));
      return stream(request, call);
    };
    const opening = of.gateway.stream(ask(), options({ commit }));
    await of.time.advance(20_000);
    expect(await textOf((await opening).events)).toBe("Hello");
  });

  test("an end that tells why there is no text is an answer", async () => {
    const filtered = chunk({}, "content_filter");
    const of = world({ kind: "stream", chunks: [ROLE, filtered] });
    const { events, error } = await read(await of.gateway.stream(ask(), options({ commit })));
    expect(error).toBeNull();
    expect(events.at(-1)?.chunk).toEqual(filtered);
  });

  test("the caller leaves before the first token: the provider is left at once", async () => {
    const of = world({ kind: "stream", chunks: [ROLE], end: "hang" });
    const gone = new AbortController();
    const opening = of.gateway.stream(ask(), options({ commit, signal: gone.signal }));
    opening.catch(() => undefined);
    await of.time.advance(1);
    gone.abort();
    expect(of.provider("a").calls[0]?.signal.aborted).toBe(true);
    await expect(opening).rejects.toMatchObject({ code: "unavailable" });
    await of.time.advance(100);
    expect(of.provider("b").calls).toEqual([]);
    expect(of.held).toEqual(NOTHING_HELD);
  });
});

describe("after the first token", () => {
  const broken: Act = { kind: "stream", chunks: [ROLE, HEL], end: CUT };

  test("a failure is thrown, never a clean end; it counts, and nobody else is asked [req:bridge.no-fake-end]", async () => {
    const of = world(broken);
    const stream = await of.gateway.stream(ask(), options());
    expect(breakerOf(of)).toMatchObject({ failures: 0 });
    const { events, error } = await read(stream);
    expect(events).toHaveLength(2);
    expect(error).toMatchObject({ name: "GatewayError", code: "providers_unavailable" });
    expect(String(error)).toContain("a/a-chat broke off its answer (interrupted)");
    expect(breakerOf(of)).toMatchObject({ failures: 1 });
    expect(of.provider("b").calls).toEqual([]);
    expect(of.answers).toMatchObject([{ failure: { category: "interrupted" } }]);
    expect(of.gateway.health()[0]).toMatchObject({ lastError: "interrupted: It broke off." });
    expect(of.held).toEqual(NOTHING_HELD);
  });

  test("what came of it is counted, since it will be billed", async () => {
    const of = world(broken);
    const stream = await of.gateway.stream(ask(), options());
    await read(stream);
    expect(await stream.settled).toEqual({ usage: null, cost: null });
    expect(of.budget.settled).toBe(1);
    expect(of.budget.spent).toBeGreaterThan(0n);
  });

  test("committed when complete, the next candidate answers whole instead [req:bridge.commit-complete]", async () => {
    const of = world(broken);
    const stream = await of.gateway.stream(ask(), options({ commit: "complete" }));
    expect(stream.served.providerId).toBe("b");
    expect(await textOf(stream.events)).toBe("Hello");
    expect(breakerOf(of)).toMatchObject({ failures: 1 });
    expect(of.budget).toMatchObject({ held: 0, settled: 2 });
  });

  test("the configuration says which, where the caller does not", async () => {
    const of = new GatewayWorld(settingsOf(threeProviders(), { commit: "complete" }));
    of.provider("a").does(broken);
    of.provider("b").does(GOOD);
    expect((await of.gateway.stream(ask(), options())).served.providerId).toBe("b");
  });

  test("the consumer leaves early: the provider is left, and that is nobody's fault [req:bridge.cancel]", async () => {
    const of = world({ kind: "stream", chunks: [ROLE, HEL], end: "hang" });
    const stream = await of.gateway.stream(ask(), options());
    for await (const _ of stream.events) break;
    expect(of.provider("a").calls[0]?.signal.aborted).toBe(true);
    await stream.settled;
    await of.time.advance(0);
    expect(breakerOf(of)).toEqual({ state: "closed", failures: 0 });
    expect(of.held).toEqual(NOTHING_HELD);
  });

  test("the caller goes while nobody reads: the stream is settled all the same", async () => {
    const of = world({ kind: "stream", chunks: [ROLE, HEL], end: "hang" });
    const gone = new AbortController();
    const stream = await of.gateway.stream(ask(), options({ signal: gone.signal }));
    gone.abort();
    expect(await stream.settled).toEqual({ usage: null, cost: null });
    await of.time.advance(0);
    expect(of.held).toEqual(NOTHING_HELD);
    expect((await read(stream)).error).toMatchObject({ name: "GatewayError" });
  });

  test("a stream that is never read ends with its total timer", async () => {
    const of = world({ kind: "stream", chunks: [ROLE, HEL], end: "hang", deaf: true });
    const stream = await of.gateway.stream(ask(), options());
    await of.time.advance(100_000);
    await stream.settled;
    expect(of.budget.held).toBe(0);
    expect(of.time.pending).toBe(0);
    expect(breakerOf(of)).toMatchObject({ failures: 1 });
  });

  test("an iterator that has thrown is done", async () => {
    const of = world(broken);
    const stream = await of.gateway.stream(ask(), options());
    await read(stream);
    expect(await stream.events[Symbol.asyncIterator]().next()).toMatchObject({ done: true });
  });
});

test("several choices and tool calls pass as they are", async () => {
  const call = {
    index: 0,
    id: "t1",
    type: "function" as const,
    function: { name: "f", arguments: "{}" },
  };
  const second = { ...HEL, choices: HEL.choices.map((choice) => ({ ...choice, index: 1 })) };
  const chunks = [
    ROLE,
    chunk({ tool_calls: [call] }),
    second,
    chunk({}, "tool_calls"),
    usageChunk(),
  ];
  const of = world({ kind: "stream", chunks });
  const { events } = await read(await of.gateway.stream(ask({ n: 2 }), options()));
  expect(events.map(({ chunk: one }) => one)).toEqual(chunks.slice(0, 4));
});
