import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SekhaClient } from "@sekha/sdk";
import type { Command } from "commander";
import type { Config } from "../../../config/config.ts";
import { ConfigError, problemLine } from "../../../config/config-error.ts";
import type { Action } from "../action.ts";
import { failureOf } from "../cli-error.ts";
import {
  checkConfiguration,
  checkDatabase,
  checkDataDirectory,
  checkEmbeddings,
  checkHealth,
  checkNode,
  checkPort,
  checkRowSecurity,
  checkV1Files,
  type Finding,
  settledHealth,
} from "../doctor-checks.ts";
import { checkChroma } from "../doctor-chroma.ts";
import { providerFindings } from "../doctor-providers.ts";
import { EXIT } from "../exit-codes.ts";
import { proxyFindings } from "../proxy-check.ts";
import { formatNumber } from "../quantities.ts";
import type { Session } from "../session.ts";
import { padText, safeLine } from "../terminal-text.ts";

interface DoctorOptions {
  retry?: boolean;
}

const CHECK_COLUMNS = 17;
const MODEL_WAIT_MS = 60_000;

export function addDoctorCommand(program: Command, action: Action): void {
  program
    .command("doctor")
    .description("Look for what is wrong with this installation and say what to do.")
    .option("--retry", "try messages again whose embedding was given up")
    .addHelpText(
      "after",
      "\nExits with 1 when something fails.\n\nExamples:\n  $ sekha doctor\n  $ sekha doctor --retry\n",
    )
    .action(action(doctor));
}

async function doctor(session: Session, options: DoctorOptions): Promise<void> {
  const findings: Finding[] = [];
  for await (const finding of findingsOf(session, options)) {
    findings.push(finding);
    if (!session.json) session.print(findingText(session, finding));
  }
  const failed = findings.some(({ level }) => level === "fail");
  if (session.json) session.printJson({ healthy: !failed, findings });
  if (failed) session.exitCode = EXIT.failure;
}

/** One after another, as they are known; what needs a failed one is left out. */
async function* findingsOf(session: Session, options: DoctorOptions): AsyncGenerator<Finding> {
  yield checkNode(session.io.nodeVersion);
  if (session.options.apiUrl !== undefined) {
    yield* memoryFindings(session, options);
    return;
  }
  const config = configOf(session);
  if (config instanceof ConfigError) {
    for (const problem of config.problems) {
      const message = problemLine(problem);
      yield {
        level: "fail",
        check: "configuration",
        message,
        fix: "Correct it, then `sekha config check`.",
      };
    }
    return;
  }
  yield* checkConfiguration(config);
  const folder = await checkDataDirectory(config);
  yield* folder;
  const { databaseFile, rowSecurityOf } = await session.io.services();
  const file = databaseFile(config);
  yield* checkRowSecurity(await rowSecurityOf(config));
  if (file !== null) yield* checkV1Files(config, file);
  // PostgreSQL is seen when the memory is opened.
  const database = file === null ? [] : [checkDatabase(file)];
  yield* database;
  const server = await session.findServer();
  if (server === null) yield await checkPort(config.server);
  else yield { level: "ok", check: "server", message: `process ${server.pid} at ${server.url}` };
  const usable = [...folder, ...database].every(({ level }) => level !== "fail");
  // Looking leaves no trace: a directory is opened only where a memory is.
  const mayOpen = usable && (file === null || existsSync(file));
  const providers = await providerFindings(session, { serverRuns: server !== null, mayOpen });
  const bridgeAnswers = providers.some(({ check, level }) => check === "bridge" && level === "ok");
  if (server === null && !bridgeAnswers && config.services.includes("bridge")) {
    yield await checkPort(config.bridge, "bridge");
  }
  yield* providers;
  yield* await proxyFindings(session, { serverRuns: server !== null || bridgeAnswers });
  yield* await checkChroma(config, globalThis.fetch);
  if (usable) yield* memoryFindings(session, options);
}

function configOf(session: Session): Config | ConfigError {
  try {
    return session.config;
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
}

/** What the memory says of itself, asked as a client would. */
async function* memoryFindings(
  session: Session,
  { retry = false }: DoctorOptions,
): AsyncGenerator<Finding> {
  try {
    yield* await withExistingMemory(session, async (client) => {
      const found: Finding[] = [await modelFinding(client)];
      if (retry) {
        const { retried } = await client.retryEmbeddings();
        const message = `${formatNumber(retried, "message")} will be tried again`;
        found.push({ level: "ok", check: "retry", message });
      }
      found.push(...checkHealth(await settledHealth(session, client)));
      found.push(...checkEmbeddings(await client.embeddingsStatus()));
      return found;
    });
  } catch (error) {
    const { message, fix } = failureOf(error, { colour: false });
    yield { level: "fail", check: "memory", message, ...(fix === undefined ? {} : { fix }) };
  }
}

/** Where nothing is stored yet, a throwaway memory shows whether one could be: looking leaves no trace. */
async function withExistingMemory<T>(
  session: Session,
  work: (client: SekhaClient) => Promise<T>,
): Promise<T> {
  const remote = session.options.apiUrl !== undefined || (await session.findServer()) !== null;
  const { databaseFile } = await session.io.services();
  const file = databaseFile(session.config);
  if (remote || file === null || existsSync(file)) {
    return session.withMemory(({ client }) => work(client));
  }
  const folder = await mkdtemp(join(tmpdir(), "sekha-doctor-"));
  try {
    const { databaseUrl: _url, ...rest } = session.config;
    const config = { ...rest, dataDirectory: folder } as Config;
    const { openMemory } = await session.io.services();
    const opened = await openMemory({ config, log: await session.log() });
    try {
      const { fetch } = opened;
      return await work(
        new SekhaClient({ controllerURL: "http://sekha.internal", fetch, timeout: 0 }),
      );
    } finally {
      await opened.close();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** A search by meaning only succeeds with the model's files in place and loaded. */
async function modelFinding(client: SekhaClient): Promise<Finding> {
  const check = "search by meaning";
  const query = { query: "Is the model there?", mode: "semantic", limit: 1 } as const;
  const { degraded } = await client.search(query, { timeout: MODEL_WAIT_MS });
  if (degraded === null) return { level: "ok", check, message: "the model is loaded and answers" };
  const fix = "Try again in a moment: it may be loading. Otherwise install again (npm ci).";
  return { level: "warn", check, message: degraded, fix };
}

function findingText(session: Session, { level, check, message, fix }: Finding): string {
  const styles = { ok: "green", warn: "yellow", fail: "red" } as const;
  const mark = session.paint(styles[level], padText(level, 4));
  const line = `${mark}  ${padText(check, CHECK_COLUMNS)}  ${safeLine(message)}`;
  return fix === undefined ? line : `${line}\n${" ".repeat(CHECK_COLUMNS + 8)}${safeLine(fix)}`;
}
