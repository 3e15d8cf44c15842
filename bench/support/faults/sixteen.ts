import { setTimeout as sleep } from "node:timers/promises";
import { type FaultCase, faultCase, primaryFault, SAFE_WHEN_STREAMED } from "./fault-case.ts";
import { fail, type Judgement, judgeAll, judgeAnswer, judgeError, partial } from "./judgement.ts";
import { BETA, BETA_PRICE, BETA_USAGE, type Scene, WORDS } from "./scene.ts";

const CUT = 40;
const FLAPS = 30;
const SETTLE_MS = 5000;

/** FailoverBench's sixteen, as bridge.md lists them. */
export const SIXTEEN: readonly FaultCase[] = [
  faultCase("429 with Retry-After", retryAfter),
  primaryFault("persistent 429", { fault: () => ({ kind: "rate_limited" }), requests: 6 }),
  primaryFault("one 500", { fault: () => [{ kind: "server_error" }] }),
  primaryFault("503", { fault: () => ({ kind: "server_error", status: 503 }) }),
  primaryFault("connection reset", { fault: () => ({ kind: "reset" }) }),
  primaryFault("silence", { fault: () => ({ kind: "silence" }) }),
  primaryFault("20 s to the first token", {
    fault: (scene) => ({ kind: "slow_first_token", ms: scene.seconds(20) }),
  }),
  primaryFault("stream cut at 40 of 60 tokens", {
    fault: () => ({ kind: "cut", afterTokens: CUT }),
    target: SAFE_WHEN_STREAMED,
  }),
  primaryFault("30 s stall in a stream", {
    fault: (scene) => ({ kind: "stall", afterTokens: CUT, ms: scene.seconds(30) }),
    target: SAFE_WHEN_STREAMED,
  }),
  primaryFault("malformed chunk", { fault: () => ({ kind: "malformed_chunk", afterTokens: 0 }) }),
  primaryFault("no [DONE]", { fault: () => ({ kind: "no_done" }) }),
  primaryFault("context length exceeded", { fault: () => ({ kind: "context_length" }) }),
  faultCase("content filter", contentFilter),
  faultCase("stream cut, fallback refuses a prefilled answer", cutAndPrefill, SAFE_WHEN_STREAMED),
  faultCase("60 s of flapping", flapping),
  faultCase("accounting names the model that served", accounting),
];

/** Whoever is asked next, it must not be with the same key before its time; another key has limits of its own. */
async function retryAfter(scene: Scene): Promise<Judgement> {
  const after = { form: "seconds", ms: 20_000 } as const;
  scene.a.script({ kind: "rate_limited", retryAfter: after }, { times: 1 });
  const all = judgeAll([await scene.judged(), await scene.judged(), await scene.judged()]);
  const [first, ...others] = scene.a.requests;
  if (all.verdict !== "pass" || !others.some(({ key }) => key === first?.key)) return all;
  return partial("complete, but the same key was asked again within Retry-After");
}

async function contentFilter(scene: Scene): Promise<Judgement> {
  scene.a.script({ kind: "content_filter" });
  const seen = await scene.ask();
  if (scene.b.requests.length > 0) return fail("a refused prompt went to another provider");
  return judgeError(seen, { status: 400, words: /content|filter|refus/i, atMostMs: 1000 });
}

async function cutAndPrefill(scene: Scene): Promise<Judgement> {
  scene.a.script({ kind: "cut", afterTokens: CUT });
  scene.b.script({ kind: "refuses_prefill" });
  return scene.judged();
}

async function flapping(scene: Scene): Promise<Judgement> {
  const ms = scene.seconds(60);
  scene.a.script({ kind: "flapping", ms });
  const judgements: Judgement[] = [];
  for (let at = 0; at < FLAPS; at += 1) {
    judgements.push(await scene.judged());
    await sleep(ms / FLAPS);
  }
  return judgeAll(judgements);
}

/** The fallback serves; its name, its tokens and its price are what is told and kept, and nothing of the primary's. */
async function accounting(scene: Scene): Promise<Judgement> {
  const before = await scene.costsByModel();
  scene.a.script({ kind: "server_error" });
  const seen = await scene.ask();
  const answered = judgeAnswer(seen, scene.right);
  if (answered.verdict !== "pass") return answered;
  if (seen.model !== BETA || seen.provider !== "b") {
    return fail(`names ${seen.model} of ${seen.provider}, not ${BETA} of b`);
  }
  if (seen.completionTokens !== WORDS) return fail(`says ${seen.completionTokens} tokens`);
  const deadline = performance.now() + SETTLE_MS;
  let written = spent(before, await scene.costsByModel());
  // A cost is written in groups, a moment after its answer.
  while (written.length === 0 && performance.now() < deadline) {
    await sleep(20);
    written = spent(before, await scene.costsByModel());
  }
  const fresh = BETA_USAGE.prompt - BETA_USAGE.cached;
  const cost =
    fresh * BETA_PRICE.input + BETA_USAGE.cached * BETA_PRICE.cached + WORDS * BETA_PRICE.output;
  const expected = `${BETA} ${cost}`;
  return written.join() === expected
    ? answered
    : fail(`costs are ${written.join(", ") || "not written"}, not ${expected}`);
}

type Costs = Awaited<ReturnType<Scene["costsByModel"]>>;

/** What came to each model between two looks, in nano-dollars. */
function spent(before: Costs, after: Costs): string[] {
  return after.flatMap(({ group, cost_nano_usd: now }) => {
    const then = before.find((one) => one.group === group)?.cost_nano_usd ?? "0";
    const difference = BigInt(now) - BigInt(then);
    return difference === 0n ? [] : [`${group.split("/").at(-1)} ${difference}`];
  });
}
