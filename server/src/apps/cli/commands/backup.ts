import { randomUUID } from "node:crypto";
import { createWriteStream, existsSync } from "node:fs";
import { link, rename, rm } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { Readable, Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { Command } from "commander";
import type { Action } from "../action.ts";
import { CliError, usageError } from "../cli-error.ts";
import { interruptible } from "../interruption.ts";
import { formatBytes, formatNumber } from "../quantities.ts";
import { confirm } from "../question.ts";
import { Rate } from "../rate.ts";
import type { Session } from "../session.ts";

export function addBackupCommand(program: Command, action: Action): void {
  program
    .command("backup")
    .description("Write a consistent copy of the memory to a file, also while Sekha runs.")
    .argument("<file>", "where to write it")
    .option("--force", "replace the file when it exists")
    .addHelpText(
      "after",
      "\nExamples:\n  $ sekha backup sekha-2026-01-25.db\n  $ sekha backup /mnt/usb/memory.db --force\n",
    )
    .action(action(backup));
}

export function addRestoreCommand(program: Command, action: Action): void {
  program
    .command("restore")
    .description("Put a backup in the memory's place; what was there is kept beside it.")
    .argument("<file>", "a file that `sekha backup` wrote")
    .option("-y, --yes", "do not ask")
    .addHelpText(
      "after",
      `
Works only while no server runs on the data directory.

Examples:
  $ sekha restore sekha-2026-01-25.db
  $ sekha restore memory.db --yes --data-dir ./copy
`,
    )
    .action(action(restore));
}

async function backup(
  session: Session,
  name: string,
  { force = false }: { force?: boolean },
): Promise<void> {
  const file = resolve(session.io.cwd, name);
  if (existsSync(file) && !force) throw fileExists(name);
  const temporary = join(dirname(file), `.sekha-backup-${randomUUID()}.tmp`);
  const advice = "Nothing was written. Run the command again.";
  try {
    const bytes = await interruptible(session, advice, (signal) =>
      download(session, { temporary, signal }),
    );
    await moveInPlace({ temporary, file, name, force });
    if (session.json) session.printJson({ file, bytes });
    else session.note(`Wrote ${file} (${formatBytes(bytes)}).`);
  } finally {
    await rm(temporary, { force: true });
  }
}

async function download(
  session: Session,
  { temporary, signal }: { temporary: string; signal: AbortSignal },
): Promise<number> {
  const bar = session.progress();
  const rate = new Rate(session.io.now);
  return session.withMemory(async ({ client }) => {
    const { size, stream } = await client.backup({ signal, timeout: 0 });
    let done = 0;
    const counter = new Transform({
      transform(chunk: Uint8Array, _encoding, next) {
        done += chunk.byteLength;
        bar.update({
          label: "Backing up",
          fraction: size === null || size === 0 ? null : done / size,
          parts: [formatBytes(done), `${formatBytes(rate.perSecond(done))}/s`],
        });
        next(null, chunk);
      },
    });
    const target = createWriteStream(temporary, { flags: "wx", mode: 0o600, flush: true });
    await pipeline(Readable.fromWeb(stream as never), counter, target, { signal }).catch(
      (error: unknown) => {
        throw signal.aborted ? signal.reason : writeError(error, temporary);
      },
    );
    bar.clear();
    if (size !== null && size !== done) {
      throw new CliError(`Only ${formatBytes(done)} of ${formatBytes(size)} arrived.`, {
        fix: "Nothing was written. Run the command again.",
      });
    }
    return done;
  });
}

interface Target {
  temporary: string;
  file: string;
  /** As the user wrote it. */
  name: string;
  force: boolean;
}

/** A link fails when another process made the file meanwhile; a rename would replace it. */
async function moveInPlace({ temporary, file, name, force }: Target): Promise<void> {
  if (force) return rename(temporary, file);
  try {
    await link(temporary, file);
  } catch (error) {
    const { code } = error as { code?: unknown };
    if (code === "EEXIST") throw fileExists(name);
    // Not every file system has links (exFAT on a USB stick).
    await rename(temporary, file);
  }
}

function fileExists(name: string): CliError {
  return new CliError(`${name} exists already.`, {
    fix: "Choose another name, or replace it with --force.",
  });
}

function writeError(error: unknown, path: string): unknown {
  const { code } = error as { code?: unknown };
  const folder = dirname(path);
  if (code === "ENOENT") {
    return new CliError(`There is no folder ${folder}.`, { fix: "Make it first.", cause: error });
  }
  if (code === "EACCES" || code === "EROFS" || code === "EPERM") {
    const fix = "Choose a folder that you may write to.";
    return new CliError(`${folder} may not be written.`, { fix, cause: error });
  }
  if (code === "ENOSPC") {
    return new CliError(`The disk of ${folder} is full.`, { fix: "Make room.", cause: error });
  }
  return error;
}

async function restore(
  session: Session,
  name: string,
  { yes = false }: { yes?: boolean },
): Promise<void> {
  const { io } = session;
  const file = resolve(io.cwd, name);
  if (!existsSync(file)) {
    throw new CliError(`There is no file ${file}.`, { fix: "Check the name." });
  }
  await refuseWhileServing(session);
  const { config } = session;
  if (!yes) await askFirst(session, file);
  const services = await io.services();
  const restored = await services.restoreBackup({ config, file, log: await session.log() });
  if (session.json) return session.printJson(restored);
  const { conversations, messages, previous } = restored;
  session.note(
    `Restored ${formatNumber(conversations, "conversation")} with ${formatNumber(messages, "message")}.`,
  );
  if (previous !== null) session.note(`What was there before is now ${previous}.`);
}

async function refuseWhileServing(session: Session): Promise<void> {
  if (session.options.apiUrl !== undefined) {
    throw usageError(
      "A backup is restored on the machine that has the data directory, not through --api-url.",
      "Run `sekha restore` there (and unset SEKHA_API_URL).",
    );
  }
  const server = await session.findServer();
  // A stand-in (`sekha mcp`) lets go of the directory when it is asked to.
  if (server === null || server.key !== undefined) return;
  const { dataDirectory } = session.config;
  throw new CliError(`A server (process ${server.pid}) runs on ${dataDirectory}.`, {
    fix: "Stop it first, with Ctrl-C where it runs, then restore.",
  });
}

async function askFirst(session: Session, file: string): Promise<void> {
  if (!session.io.isInputTerminal) {
    throw usageError("Restoring needs a confirmation.", "Give --yes.");
  }
  const question = `Put ${file} in the place of the memory in ${session.config.dataDirectory}?`;
  if (await confirm(session, question, false)) return;
  throw new CliError("Nothing was changed.", { fix: "Give --yes to restore without a question." });
}
