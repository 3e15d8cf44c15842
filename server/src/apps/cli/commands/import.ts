import {
  type ImportReport,
  SekhaApiError,
  type SekhaClient,
  SekhaConnectionError,
  SekhaTimeoutError,
} from "@sekha/sdk";
import type { Command } from "commander";
import type { Action } from "../action.ts";
import { failureOf } from "../cli-error.ts";
import { finishEmbedding, waitingMessages } from "../embedding-wait.ts";
import { EXIT } from "../exit-codes.ts";
import { type ImportFile, importFiles } from "../import-files.ts";
import { importFile } from "../import-upload.ts";
import { interruptible } from "../interruption.ts";
import { formatNumber } from "../quantities.ts";
import { confirm } from "../question.ts";
import type { Memory, Session } from "../session.ts";
import { renderPairs } from "../table.ts";
import { safeLine } from "../terminal-text.ts";

interface ImportOptions {
  folder?: string;
  wait?: boolean;
}

interface FileReport {
  file: string;
  report?: ImportReport;
  /** Why nothing more of this file was imported. */
  error?: string;
}

const SHOWN_REFUSALS = 20;
const ADVICE =
  "What was stored stays. Run the same command again to go on: nothing is stored twice.";

export function addImportCommand(program: Command, action: Action): void {
  program
    .command("import")
    .description("Import conversations from ChatGPT, Claude, Markdown, text, XML or Sekha exports.")
    .argument(
      "<path...>",
      "files, folders or ZIP archives; what they are is seen from their content",
    )
    .option("--folder <folder>", "store below this folder instead of /imports/…")
    .option("--wait", "wait until everything can be found by meaning too")
    .option("--no-wait", "neither wait nor ask")
    .addHelpText(
      "after",
      `
Importing a file again stores only what is new in it. Exits with 2 when some conversations were
refused, with 1 when nothing could be imported.

Examples:
  $ sekha import ~/Downloads/chatgpt-export.zip
  $ sekha import conversations.json --folder /work --wait
  $ sekha import ./notes --json
`,
    )
    .action(action(importPaths));
}

async function importPaths(
  session: Session,
  paths: string[],
  options: ImportOptions,
): Promise<void> {
  const files = await importFiles(paths, session.io.cwd);
  await interruptible(session, ADVICE, (signal) =>
    session.withMemory(async (memory) => {
      // A wrong key is better found out before gigabytes are sent.
      await memory.client.version({ signal });
      const reports = await importAll(session, { files, memory, options, signal });
      await tell(session, { reports, client: memory.client });
      session.exitCode = exitCodeOf(reports);
      await embedNow(session, { memory, options, signal });
    }),
  );
}

interface ImportRun {
  files: readonly ImportFile[];
  memory: Memory;
  options: ImportOptions;
  signal: AbortSignal;
}

/** A file that fails never loses the others, unless the memory itself is out of reach. */
async function importAll(session: Session, run: ImportRun): Promise<FileReport[]> {
  const { files, memory, options, signal } = run;
  const bar = session.progress();
  const reports: FileReport[] = [];
  for (const [index, file] of files.entries()) {
    const title = files.length === 1 ? file.name : `${index + 1}/${files.length} ${file.name}`;
    const { client } = memory;
    const { folder } = options;
    try {
      const report = await importFile({ session, client, file, title, folder, bar, signal });
      reports.push({ file: file.name, report });
    } catch (error) {
      bar.clear();
      if (signal.aborted) throw signal.reason;
      reports.push({ file: file.name, error: failureOf(error, { colour: false }).message });
      if (endsImport(error)) break;
    }
  }
  bar.clear();
  return reports;
}

/** Nothing else would go better: no server, no space, no right. */
function endsImport(error: unknown): boolean {
  if (error instanceof SekhaConnectionError || error instanceof SekhaTimeoutError) return true;
  return error instanceof SekhaApiError && [401, 403, 503, 507].includes(error.status);
}

function totalOf(reports: readonly FileReport[]): ImportReport {
  const total: ImportReport = {
    ...{ created: 0, extended: 0, unchanged: 0, messages: 0, refused_total: 0 },
    refused: [],
  };
  for (const { report } of reports) {
    if (report === undefined) continue;
    total.created += report.created;
    total.extended += report.extended;
    total.unchanged += report.unchanged;
    total.messages += report.messages;
    total.refused_total += report.refused_total;
    total.refused.push(...report.refused);
  }
  return total;
}

function exitCodeOf(reports: readonly FileReport[]): number {
  const total = totalOf(reports);
  const fine = total.created + total.extended + total.unchanged;
  const bad = total.refused_total + reports.filter(({ error }) => error !== undefined).length;
  if (bad === 0) return EXIT.ok;
  return fine > 0 ? EXIT.partial : EXIT.failure;
}

async function tell(
  session: Session,
  { reports, client }: { reports: FileReport[]; client: SekhaClient },
): Promise<void> {
  const total = totalOf(reports);
  const failed = reports.filter(({ error }) => error !== undefined);
  if (session.json) {
    const waiting = await waitingMessages(client);
    return session.printJson({ ...total, files: reports, waiting_for_embedding: waiting });
  }
  session.print(
    renderPairs([
      ["Imported", formatNumber(total.created, "conversation")],
      ["Extended", formatNumber(total.extended, "conversation")],
      ["Already there", formatNumber(total.unchanged, "conversation")],
      ["Refused", formatNumber(total.refused_total, "conversation")],
      ["Messages stored", formatNumber(total.messages, "message")],
    ]),
  );
  for (const { location, title, reason } of total.refused.slice(0, SHOWN_REFUSALS)) {
    const name = title === "" ? location : `${title} (${location})`;
    session.warn(`Refused ${safeLine(name)}: ${safeLine(reason)}`);
  }
  const more = total.refused_total - Math.min(total.refused.length, SHOWN_REFUSALS);
  if (more > 0) session.warn(`${formatNumber(more, "more refusal")}; --json lists them.`);
  for (const { file, error } of failed) session.warn(`${safeLine(file)}: ${safeLine(error ?? "")}`);
}

/** Tells what cannot be found by meaning yet, and finishes it here when that is wanted. */
async function embedNow(
  session: Session,
  { memory, options, signal }: Omit<ImportRun, "files">,
): Promise<void> {
  const { client, place } = memory;
  const waiting = await waitingMessages(client);
  if (waiting === 0) return;
  if (options.wait === true) return finishEmbedding(session, { client, signal });
  session.note(
    `Everything can be found by word now; ${formatNumber(waiting, "message")} still wait to be found by meaning.`,
  );
  if (place.kind === "server") {
    return session.note("The server goes on with them; `sekha status` shows how far it is.");
  }
  const asks = options.wait === undefined && session.io.isInputTerminal && !session.quiet;
  if (asks && !session.json && (await confirm(session, "Finish that now?", true))) {
    return finishEmbedding(session, { client, signal });
  }
  session.note("`sekha start` goes on with them, and so does the next import with --wait.");
}
