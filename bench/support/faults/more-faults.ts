import { setTimeout as sleep } from "node:timers/promises";
import { now } from "../../../test/support/scripted-provider/recorded-requests.ts";
import { type FaultCase, faultCase, primaryFault, SAFE_WHEN_STREAMED } from "./fault-case.ts";
import { fail, type Judgement, judgeAll, judgeError, pass } from "./judgement.ts";
import { BREAKER_SECONDS, KEYS, NOWHERE, Scene } from "./scene.ts";

const CUT = 40;
const HOUR_MS = 3_600_000;
const LEAVING_MS = 100;
const CROWD = 100;
const CROWD_SCALE = 0.5;

/** Beyond the sixteen: what else providers, networks, clients and clocks do. */
export const MORE_FAULTS: readonly FaultCase[] = [
  primaryFault("401 for one of two keys", {
    fault: () => ({ kind: "unauthorized" }),
    match: { key: KEYS[0] },
    requests: 4,
  }),
  primaryFault("402 for one of two keys", {
    fault: () => ({ kind: "payment_required" }),
    match: { key: KEYS[0] },
    requests: 4,
  }),
  faultCase("every key refused", everyKeyRefused),
  faultCase("every provider down", everythingDown),
  primaryFault("error as the first event", { fault: () => ({ kind: "error_event" }) }),
  primaryFault("empty 200", { fault: () => ({ kind: "empty" }), requests: 2 }),
  primaryFault("200 without content", { fault: () => ({ kind: "empty", form: "content" }) }),
  primaryFault("HTML with status 200", { fault: () => ({ kind: "html" }) }),
  primaryFault("HTML with status 200, whole answer", {
    fault: () => ({ kind: "html" }),
    stream: false,
  }),
  primaryFault("Content-Length too long, whole answer", {
    fault: () => ({ kind: "wrong_length", by: 200 }),
    stream: false,
  }),
  primaryFault("Content-Length too short, whole answer", {
    fault: () => ({ kind: "wrong_length", by: -200 }),
    stream: false,
  }),
  primaryFault("whole answer cut in the middle", {
    fault: () => ({ kind: "cut", afterTokens: CUT }),
    stream: false,
  }),
  primaryFault("gzip", { fault: () => ({ kind: "gzip" }) }),
  primaryFault("gzip, whole answer", { fault: () => ({ kind: "gzip" }), stream: false }),
  primaryFault("slow body", {
    fault: (scene) => ({ kind: "slow_body", bytes: 400, everyMs: scene.seconds(0.05) }),
  }),
  primaryFault("malformed chunk at 40 of 60 tokens", {
    fault: () => ({ kind: "malformed_chunk", afterTokens: CUT }),
    target: SAFE_WHEN_STREAMED,
  }),
  primaryFault("clean end at 40 of 60 tokens", {
    fault: () => ({ kind: "clean_end", afterTokens: CUT }),
    target: SAFE_WHEN_STREAMED,
  }),
  primaryFault("error event at 40 of 60 tokens", {
    fault: () => ({ kind: "error_event", afterTokens: CUT }),
    target: SAFE_WHEN_STREAMED,
  }),
  primaryFault("connection refused", { fault: () => ({ kind: "refused" }) }),
  faultCase("DNS failure", (scene) => scene.judged({ model: NOWHERE })),
  faultCase("client gone before the first token", (scene) =>
    clientGone(scene, { kind: "silence" }),
  ),
  faultCase("client gone after the first token", (scene) =>
    clientGone(scene, { kind: "stall", afterTokens: 3, ms: 60_000 }),
  ),
  faultCase("the clock jumps by hours", clockJumps),
  faultCase("100 requests meet a half-open breaker", halfOpen),
];

/** The caller's key is not at fault, so 401 would be a lie. */
async function everyKeyRefused(scene: Scene): Promise<Judgement> {
  scene.a.script({ kind: "unauthorized" });
  scene.b.script({ kind: "unauthorized" });
  const seen = await scene.ask({ stream: false });
  // The third provider is not there at all, so a 503 tells the truth as well.
  if (seen.status === 503) return judgeError(seen, { ...DOWN, words: /key|unauthorized|401/i });
  return judgeError(seen, { ...DOWN, status: 502, words: /key/i });
}

const DOWN = { status: 503, atMostMs: 10_000 };

async function everythingDown(scene: Scene): Promise<Judgement> {
  scene.a.script({ kind: "server_error" });
  scene.b.script({ kind: "server_error" });
  return judgeError(await scene.ask(), { ...DOWN, words: /alpha-model.*beta-model|a\b.*b\b/is });
}

async function clientGone(
  scene: Scene,
  fault: Parameters<Scene["a"]["script"]>[0],
): Promise<Judgement> {
  scene.a.script(fault);
  const leaving = new AbortController();
  const asked = scene.ask({ signal: leaving.signal });
  await scene.a.until((requests) => requests.length === 1);
  // Long enough for the first tokens to have reached the client.
  await sleep(200);
  const leftAt = now();
  leaving.abort();
  await asked;
  await scene.a.until(([request]) => request?.closedAt !== undefined);
  const tookMs = (scene.a.requests[0]?.closedAt ?? Number.POSITIVE_INFINITY) - leftAt;
  if (scene.b.requests.length > 0) return fail("the next provider was asked for nobody");
  const note = `the provider is left after ${tookMs.toFixed(0)} ms`;
  return tookMs <= LEAVING_MS ? pass(note) : fail(note);
}

/** Forwards while an answer is under way, backwards and forwards while a breaker is open. */
async function clockJumps(scene: Scene): Promise<Judgement> {
  scene.a.script({ kind: "stall", afterTokens: 3, ms: scene.seconds(3) }, { times: 1 });
  const underWay = scene.judged();
  await scene.a.until((requests) => requests.length === 1);
  await scene.bridge.jumpClock(5 * HOUR_MS);
  const judgements = [await underWay];
  scene.a.script({ kind: "server_error" }, { times: 3 });
  for (let at = 0; at < 3; at += 1) judgements.push(await scene.judged());
  const asked = scene.a.requests.length;
  for (const hours of [10, -10]) {
    await scene.bridge.jumpClock(hours * HOUR_MS);
    judgements.push(await scene.judged());
  }
  if (scene.a.requests.length > asked) return fail("a jump of the clock closed the breaker");
  return judgeAll(judgements);
}

/**
 * While the one probe is under way, everybody else is served by the fallback. A scene of its own: the crowd must arrive
 * within the timers, however fast the others run.
 */
async function halfOpen({ options }: Scene): Promise<Judgement> {
  const scene = await Scene.start({ ...options, scale: Math.max(options.scale, CROWD_SCALE) });
  try {
    scene.a.script({ kind: "server_error" }, { times: 3 });
    for (let at = 0; at < 3; at += 1) await scene.ask();
    const before = scene.a.requests.length;
    await sleep(scene.seconds(BREAKER_SECONDS) + 50);
    // Slower than the crowd needs to arrive, faster than the first-token timer.
    scene.a.script({ kind: "slow_first_token", ms: scene.seconds(6) });
    const judgements = await Promise.all(Array.from({ length: CROWD }, () => scene.judged()));
    const probes = scene.a.requests.length - before;
    if (probes !== 1) return fail(`${probes} probes`);
    return judgeAll(judgements);
  } finally {
    await scene.stop();
  }
}
