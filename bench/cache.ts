/**
 * What does the proxy's memory leave of a provider's prompt cache?
 * `npm run bench:cache -- [--talks 3] [--turns 20] [--small 600] [--keep DIR] [--write]`
 * Conversations through the real proxy over real memories; a scripted provider says what it got. `--talks` of each set;
 * `--keep` as in bench/context.ts, whose embedded scopes are taken. Once more with a context budget of `--small`.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startScriptedProvider } from "../test/support/scripted-provider/scripted-provider.ts";
import { forgetSession, type Having, have, type TurnSeen } from "./support/cache-run.ts";
import { CLIENT_FACES, type ClientFace } from "./support/client-faces.ts";
import { embeddedScope } from "./support/context-scopes.ts";
import { dataFolder, loadScopes } from "./support/data-sets.ts";
import { startProxied } from "./support/proxied-product.ts";
import { machine, option, progress, publish, table, verdict } from "./support/report.ts";
import { mean } from "./support/statistics.ts";
import { type Talk, talkOfQuestions, talkOfSession } from "./support/talks.ts";

/** Of the previous prompt's bytes, and of the same figure with memory off (issue 5). */
const LEAST = 0.95;
/** A busy machine is to change no figure. */
const MEMORY_TIMEOUT_MS = 20_000;

const perSet = Number(option("talks", "3"));
const turns = Number(option("turns", "20"));
const small = Number(option("small", "600"));
const kept = option("keep", "");
const scratch = kept === "" ? mkdtempSync(join(tmpdir(), "sekha-cache-")) : kept;
const data = dataFolder();
const talks = [
  ...loadScopes(data, "locomo").slice(0, perSet),
  ...loadScopes(data, "beam").slice(-perSet),
].map((scope) =>
  scope.set === "locomo" ? talkOfQuestions(scope, turns) : talkOfSession(scope, turns),
);

/** One conversation, through one face. */
interface Had {
  talk: Talk;
  face: ClientFace;
  on: TurnSeen[];
  off: TurnSeen[];
}

try {
  const had: Had[] = [];
  const tight: Had[] = [];
  for (const talk of talks) {
    for (const face of CLIENT_FACES) {
      progress(`${talk.name}, ${face.name}`);
      had.push(await haveOverMemory(talk, face, {}));
    }
    const [face] = CLIENT_FACES;
    if (face !== undefined) tight.push(await haveOverMemory(talk, face, budgetHeader(small)));
  }
  publish("cache", report(had, tight));
} finally {
  if (kept === "") rmSync(scratch, { recursive: true, force: true });
}

function budgetHeader(tokens: number): Record<string, string> {
  return { "x-sekha-context-budget": String(tokens) };
}

/** With memory on, then the same words with memory off. */
async function haveOverMemory(
  talk: Talk,
  face: ClientFace,
  headers: Record<string, string>,
): Promise<Had> {
  const provider = await startScriptedProvider();
  const product = await startProxied(await embeddedScope(talk.scope, scratch), {
    provider: provider.origin,
    proxy: { memory_timeout_ms: MEMORY_TIMEOUT_MS },
  });
  try {
    if (talk.session !== null) await forgetSession(product, talk.session);
    const having: Having = { face, provider, proxy: product.proxy, headers };
    const on = await have(talk, having);
    const off = await have(talk, { ...having, headers: { "x-sekha-memory": "off" } });
    return { talk, face, on, off };
  } finally {
    await product.stop();
    await provider.stop();
  }
}

function report(had: readonly Had[], tight: readonly Had[]): string {
  const faces = CLIENT_FACES.map(({ name }) => ({
    name,
    had: had.filter(({ face }) => face.name === name),
  }));
  const head = [
    "",
    "repeated, memory on",
    "memory off",
    "on / off",
    "≥ 95 %, ≥ 0.95",
    "turns with a new block",
    "rebuilds",
    "repeated at a rebuild",
    "else, at least",
    "recalled tokens at the end",
  ];
  return [
    `Measured on: ${machine()}. ${talks.length} conversations of ${turns} turns a face.`,
    table([head, ...faces.map((one) => row(one.name, one.had)), row("all", had)]),
    "By conversation, all faces:",
    table([
      head,
      ...talks.map(({ name }) =>
        row(
          name,
          had.filter(({ talk }) => talk.name === name),
        ),
      ),
    ]),
    `With a context budget of ${small} tokens, OpenAI chat:`,
    table([head, row("all", tight, false)]),
  ].join("\n\n");
}

function row(name: string, had: readonly Had[], isAsked = true): string[] {
  const on = had.flatMap((one) => one.on);
  const later = on.filter(({ turn }) => turn > 0);
  const onShare = mean(later.map(({ repeated }) => repeated));
  const off = had.flatMap((one) => one.off).filter(({ turn }) => turn > 0);
  const offShare = mean(off.map(({ repeated }) => repeated));
  const rebuilt = later.filter(({ memory }) => memory.rebuilt);
  const others = later.filter(({ memory }) => !memory.rebuilt);
  const atEnd = had.flatMap((one) => one.on.at(-1)?.memory.context_tokens ?? []);
  const isMet = onShare >= LEAST && onShare >= LEAST * offShare;
  return [
    name,
    percent(onShare),
    percent(offShare),
    (onShare / offShare).toFixed(3),
    isAsked ? verdict(isMet) : "not asked",
    `${on.filter(({ memory }) => memory.recall === "used").length} of ${on.length}`,
    String(rebuilt.length),
    rebuilt.length === 0 ? "" : percent(mean(rebuilt.map(({ repeated }) => repeated))),
    percent(Math.min(...others.map(({ repeated }) => repeated))),
    mean(atEnd).toFixed(0),
  ];
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
