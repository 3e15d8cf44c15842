/**
 * What does a client see when a provider fails? Sixteen faults of FailoverBench and more, in both commit modes, through
 * the real bridge over HTTP: `npm run bench:faults -- [--scale 1] [--types openai,anthropic,ollama,openrouter] [--write]`.
 * In real time (`--scale 1`) it takes about ten minutes a type; `--scale 0.05` shortens the faults and the timers alike.
 * Ends with exit code 1 when a target is missed.
 */
import process from "node:process";
import type { Verdict } from "./support/faults/judgement.ts";
import { MORE_FAULTS } from "./support/faults/more-faults.ts";
import type { Commit, PrimaryType } from "./support/faults/scene.ts";
import { SIXTEEN } from "./support/faults/sixteen.ts";
import { type FaultResult, runFaults } from "./support/faults/suite.ts";
import { machine, option, progress, publish, table, verdict } from "./support/report.ts";

const COMMITS: readonly Commit[] = ["complete", "first_token"];
/** FailoverBench, September 2026: pass, partial, safe, fail. */
const PUBLISHED: readonly [name: string, ...counts: number[]][] = [
  ["Portkey (published)", 11, 2, 0, 3],
  ["Bifrost (published)", 9, 3, 3, 1],
  ["LiteLLM (published)", 9, 3, 4, 0],
  ["its reference client (published)", 16, 0, 0, 0],
];
const TARGETS: Record<Commit, string> = {
  complete: "16 pass, 0 fail",
  first_token: "13 pass, 3 safe, 0 fail",
};

const scale = Number(option("scale", "1"));
const types = option("types", "openai").split(",") as PrimaryType[];

interface Run {
  type: PrimaryType;
  commit: Commit;
  sixteen: FaultResult[];
  more: FaultResult[];
}

const runs: Run[] = [];
for (const type of types) {
  for (const commit of COMMITS) {
    progress(`\n${type}, commit: ${commit}`);
    const say = (result: FaultResult) =>
      progress(`  ${result.verdict.padEnd(8)}${result.name}: ${result.note}`);
    const results = await runFaults([...SIXTEEN, ...MORE_FAULTS], { commit, scale, type }, say);
    runs.push({
      type,
      commit,
      sixteen: results.slice(0, SIXTEEN.length),
      more: results.slice(SIXTEEN.length),
    });
  }
}
publish("faults", report());
if (runs.some((run) => missed([...run.sixteen, ...run.more]).length > 0)) process.exitCode = 1;

function count(results: readonly FaultResult[], wanted: Verdict): number {
  return results.filter((result) => result.verdict === wanted).length;
}

function counts(results: readonly FaultResult[]): string[] {
  return (["pass", "partial", "safe", "fail"] as const).map((one) => String(count(results, one)));
}

function missed(results: readonly FaultResult[]): FaultResult[] {
  return results.filter((result) => result.verdict !== result.target && result.verdict !== "pass");
}

function report(): string {
  const name = (run: Run) => `Sekha, ${run.type}, \`commit: ${run.commit}\``;
  const head = ["", "pass", "partial", "safe", "fail"];
  const summary = [
    [...head, "asked", ""],
    ...PUBLISHED.map(([who, ...figures]) => [who, ...figures.map(String), "", ""]),
    ...runs.map((run) => {
      const met = missed(run.sixteen).length === 0;
      return [name(run), ...counts(run.sixteen), TARGETS[run.commit], verdict(met)];
    }),
  ];
  const more = [head, ...runs.map((run) => [name(run), ...counts(run.more)])];
  const speed = scale === 1 ? "in real time" : `times ${scale} of the real ones`;
  return [
    `Measured on: ${machine()}. Faults ${speed}.`,
    "The sixteen of FailoverBench:",
    table(summary),
    `The ${MORE_FAULTS.length} beyond them:`,
    table(more),
    ...runs.map((run) => [`**${name(run)}**`, detail(run)].join("\n\n")),
  ].join("\n\n");
}

function detail({ sixteen, more }: Run): string {
  const rows = [...sixteen, ...more].map((result) => [
    result.name,
    result.verdict,
    result.target,
    result.note.replaceAll("|", "/"),
  ]);
  return table([["fault", "seen", "asked", ""], ...rows]);
}
