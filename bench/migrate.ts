/**
 * How long does version 1's memory take to come over, every byte compared, and how much memory does that need?
 * `npm run bench:migrate -- [--messages 100000] [--sentences 5] [--write]`
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { writeV1Memory } from "../test/support/v1-memory.ts";
import { machine, option, progress, publish, table, verdict } from "./support/report.ts";

/** Issue 4, "What it must show". */
const ASKED = { seconds: 60, megabytes: 500 };
const LOOK_MS = 50;
const SEKHA = fileURLToPath(new URL("../server/bin/sekha.mjs", import.meta.url));

const messages = Number(option("messages", "100000"));
const sentences = Number(option("sentences", "5"));

interface Run {
  seconds: number;
  /** Of the whole process, at its highest. */
  megabytes: number;
  before: { conversations: number; messages: number };
  verified: { conversations: number; messages: number; differing: number };
}

const directory = mkdtempSync(join(tmpdir(), "sekha-migrate-"));
try {
  progress(`Writing ${messages} messages as version 1 has them, half of them in its log`);
  const file = join(directory, "sekha.db");
  writeV1Memory({ file, messages, sentences, odd: false, checkpointed: false });
  const megabytes = (statSync(file).size + statSync(`${file}-wal`).size) / 1e6;
  progress("sekha migrate data");
  publish("migrate", report(await migrateOnce(), megabytes));
} finally {
  rmSync(directory, { recursive: true, force: true });
}

/** The command as a person runs it, the start of the program included. */
async function migrateOnce(): Promise<Run> {
  const startedAt = performance.now();
  const child = spawn(process.execPath, [SEKHA, "migrate", "data", "--json"], {
    cwd: directory,
    env: { PATH: process.env.PATH, HOME: directory, SEKHA_DATA_DIR: directory },
    stdio: ["ignore", "pipe", "inherit"],
  });
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    output += text;
  });
  let highest = 0;
  const timer = setInterval(() => {
    highest = Math.max(highest, residentMegabytes(child));
  }, LOOK_MS);
  const [code] = await once(child, "close");
  clearInterval(timer);
  if (code !== 0) throw new Error(`sekha migrate data ended with ${code}: ${output}`);
  const seconds = (performance.now() - startedAt) / 1000;
  return {
    seconds,
    megabytes: highest,
    ...(JSON.parse(output) as Pick<Run, "before" | "verified">),
  };
}

/** The highest so far, as Linux counts it. */
function residentMegabytes({ pid }: ChildProcess): number {
  try {
    const status = readFileSync(`/proc/${pid}/status`, "utf8");
    return (Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1] ?? 0) * 1024) / 1e6;
  } catch {
    // It has just ended.
    return 0;
  }
}

function report(run: Run, megabytes: number): string {
  const { before, verified } = run;
  if (before.messages !== messages) throw new Error(`${before.messages} messages were seen`);
  const same = verified.differing === 0 && verified.messages === messages;
  const rows = [
    ["what", "measured", "asked", ""],
    [
      "time, verification included",
      `${run.seconds.toFixed(1)} s`,
      `≤ ${ASKED.seconds} s`,
      verdict(run.seconds <= ASKED.seconds),
    ],
    [
      "memory at its highest",
      `${run.megabytes.toFixed(0)} MB`,
      `≤ ${ASKED.megabytes} MB`,
      verdict(run.megabytes <= ASKED.megabytes),
    ],
    [
      "messages the same",
      `${verified.messages - verified.differing}`,
      `${messages}`,
      verdict(same),
    ],
  ];
  return `Measured on: ${machine()}. ${messages} messages in ${before.conversations} conversations, ${megabytes.toFixed(0)} MB with the log that was left behind.\n\n${table(rows)}`;
}
