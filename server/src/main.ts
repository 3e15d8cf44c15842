import { homedir } from "node:os";
import { resolve } from "node:path";
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { runCli } from "./apps/cli/cli.ts";
import type { CliIo } from "./apps/cli/cli-io.ts";
import { EXIT } from "./apps/cli/exit-codes.ts";

const DEFAULT_COLUMNS = 80;
const STOP_SIGNALS = ["SIGINT", "SIGTERM"] as const;

/** The world of this process. */
function processIo(): CliIo {
  const { stdout, stderr, stdin, env } = process;
  return {
    ...{ stdout, stderr, stdin, env },
    cwd: process.cwd(),
    homeDirectory: homedir(),
    isTerminal: stdout.isTTY === true,
    isErrorTerminal: stderr.isTTY === true,
    isInputTerminal: stdin.isTTY === true && stderr.isTTY === true,
    columns: stdout.columns ?? stderr.columns ?? DEFAULT_COLUMNS,
    colour: stdout.isTTY === true && !env.NO_COLOR && env.TERM !== "dumb",
    command: [process.execPath, resolve(process.argv[1] ?? "sekha")],
    platform: process.platform,
    nodeVersion: process.versions.node,
    now: Date.now,
    sleep: async (milliseconds, signal) => {
      try {
        await sleep(milliseconds, undefined, signal === undefined ? {} : { signal });
      } catch (error) {
        throw signal?.aborted === true ? signal.reason : error;
      }
    },
    onStopSignal: (listener) => {
      for (const name of STOP_SIGNALS) process.on(name, listener);
      return () => {
        for (const name of STOP_SIGNALS) process.off(name, listener);
      };
    },
    onReloadSignal: (listener) => {
      process.on("SIGHUP", listener);
      return () => process.off("SIGHUP", listener);
    },
    exit: (code) => process.exit(code),
    services: () => import("./serve.ts"),
  };
}

/** `sekha list | head`: the reader has enough, which is no failure. A full disk behind `>` is one. */
function endWhereOutputCannotGo(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "EPIPE") process.exit(process.exitCode ?? 0);
      if (stream === process.stdout) {
        process.stderr.write(`Error: The output cannot be written: ${error.message}.\n`);
      }
      process.exit(EXIT.failure);
    });
  }
}

endWhereOutputCannotGo();
process.exitCode = await runCli(process.argv.slice(2), processIo());
