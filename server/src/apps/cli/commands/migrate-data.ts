import { resolve } from "node:path";
import type { Command } from "commander";
import type { Action } from "../action.ts";
import { CliError, usageError } from "../cli-error.ts";
import type { CliServices } from "../cli-io.ts";
import { EXIT } from "../exit-codes.ts";
import { formatNumber } from "../quantities.ts";
import { confirm } from "../question.ts";
import { withRowsBar } from "../rows-bar.ts";
import type { Session } from "../session.ts";
import { renderPairs } from "../table.ts";

interface MigrateDataOptions {
  dryRun?: boolean;
  verify?: boolean;
  yes?: boolean;
}

type Migration = Awaited<ReturnType<CliServices["openV1Migration"]>>;
type Plan = ReturnType<Migration["plan"]>;
type Report = Awaited<ReturnType<Migration["migrate"]>>;
type Verified = Awaited<ReturnType<Migration["verify"]>>;

/** Which old file, as the user named it; null takes the one that is found. */
interface Job {
  migration: Migration;
  v1: string | null;
}

const ADVICE = "Nothing was changed. Run the command again to start afresh.";
const SHOWN_DIFFERENCES = 20;
const VERBS = { reading: "Reading", verifying: "Verifying" } as const;

export function addMigrateDataCommand(migrate: Command, action: Action): void {
  migrate
    .command("data")
    .description("Bring version 1's memory into this one; the old file is only read.")
    .argument("[file]", "version 1's sekha.db; without it the one in the data directory")
    .option("--dry-run", "say what would be done, and do nothing")
    .option("--verify", "compare a memory that was brought over with the old file")
    .option("-y, --yes", "add to a memory that is there already without asking")
    .addHelpText(
      "after",
      `
Stop version 1 first. Every conversation and message is compared with the old file before the new
one gets its name. The first \`sekha start\` does the same by itself when it finds an old file.
With --verify, changes made since in version 2 count as differences; exits with 2 when there are
any.

Examples:
  $ sekha migrate data --dry-run
  $ sekha migrate data data/sekha.db
  $ sekha migrate data data/sekha.db.v1.backup --verify
`,
    )
    .action(action(migrateData));
}

async function migrateData(
  session: Session,
  file: string | undefined,
  options: MigrateDataOptions,
): Promise<void> {
  if (session.options.apiUrl !== undefined) {
    throw usageError(
      "Data are migrated on the machine that has the files, not through --api-url.",
      "Run `sekha migrate data` there (and unset SEKHA_API_URL).",
    );
  }
  if (options.verify === true && options.dryRun === true) {
    throw usageError("--verify changes nothing anyway.", "Leave --dry-run out.");
  }
  const services = await session.io.services();
  const migration = await services.openV1Migration(session.config);
  const v1 = file === undefined ? null : resolve(session.io.cwd, file);
  if (options.verify === true) return verify(session, { migration, v1 });
  const plan = migration.plan(v1);
  if (options.dryRun === true) return tellPlan(session, plan);
  if (plan.exists && !lacksAnything(plan)) return tellNothingNew(session, plan);
  if (plan.exists && options.yes !== true) await askFirst(session, plan);
  await migrateNow(session, { migration, v1 });
}

function lacksAnything({ missing }: Plan): boolean {
  return missing.conversations > 0 || missing.messages > 0;
}

async function migrateNow(session: Session, { migration, v1 }: Job): Promise<void> {
  const report = await withRowsBar(session, {
    labels: VERBS,
    advice: ADVICE,
    work: (run) => migration.migrate(v1, run),
  });
  if (session.json) return session.printJson(jsonOf(report));
  tellReport(session, report);
}

async function verify(session: Session, { migration, v1 }: Job): Promise<void> {
  const advice = "Run the command again.";
  const result = await withRowsBar(session, {
    labels: VERBS,
    advice,
    work: (run) => migration.verify(v1, run),
  });
  const { differing } = result.verified;
  if (differing > 0) session.exitCode = EXIT.partial;
  if (session.json) return session.printJson(jsonOf(result));
  tellPairs(session, result, [["Compared", amounts(result.verified)]]);
  if (differing === 0) {
    session.note("Everything is as version 1 has it.");
    return;
  }
  tellDifferences(session, result);
}

async function askFirst(session: Session, { file, missing }: Plan): Promise<void> {
  const lacking = `${formatNumber(missing.conversations, "conversation")} and ${formatNumber(missing.messages, "message")}`;
  const question = `${file} holds a memory already. Add the ${lacking} of version 1 that it does not have (some may have been deleted there on purpose)?`;
  if (session.io.isInputTerminal) {
    if (await confirm(session, question, false)) return;
    throw new CliError("Nothing was changed.", { fix: "Give --yes to add without a question." });
  }
  throw new CliError(`${file} holds a memory already, without ${lacking} of version 1.`, {
    fix: "Give --yes to add them, --verify to compare, or --data-dir DIR for a memory of their own.",
  });
}

function amounts(counts: { conversations: number; messages: number; summaries: number }): string {
  const parts = [
    formatNumber(counts.conversations, "conversation"),
    formatNumber(counts.messages, "message"),
  ];
  if (counts.summaries > 0) parts.push(formatNumber(counts.summaries, "summary", "summaries"));
  return parts.join(", ");
}

/** One block of names and values: the files, what version 1 has, and more. */
function tellPairs(
  session: Session,
  { v1, file, counts }: Plan | Report | Verified,
  more: readonly (readonly [string, string])[] = [],
): void {
  const pairs = [["Version 1", v1] as const, ["Version 2", file] as const];
  session.print(renderPairs([...pairs, ["Before", amounts(counts)], ...more]));
}

function tellPlan(session: Session, plan: Plan): void {
  if (session.json) {
    session.printJson({ ...jsonOf(plan), dry_run: true });
    return;
  }
  tellPairs(session, plan);
  const where = plan.exists ? "would be added to it" : "would make it";
  const { conversations, messages } = plan.missing;
  session.note(
    `${formatNumber(conversations, "conversation")} and ${formatNumber(messages, "message")} ${where}. Nothing was changed.`,
  );
  warnOfForeignTables(session, plan);
}

function tellNothingNew(session: Session, plan: Plan): void {
  if (session.json) {
    session.printJson({ ...jsonOf(plan), written: null });
    return;
  }
  tellPairs(session, plan);
  session.note("Every conversation and message is there already. Nothing was changed.");
}

function tellReport(session: Session, report: Report): void {
  const { written, verified } = report;
  tellPairs(session, report, [
    ["After", amounts(written)],
    ["Verified", `${amounts(verified)}, all as version 1 has them`],
    ["Pinned", formatNumber(written.pinned, "conversation")],
    ["Archived", formatNumber(written.archived, "conversation")],
  ]);
  if (written.known > 0) {
    session.note(
      `Already there, and kept as they are: ${formatNumber(written.known, "conversation")}.`,
    );
  }
  if (written.continued > 0) {
    session.note(
      `Added at the end of those: ${formatNumber(written.continued, "message")} of version 1.`,
    );
  }
  if (written.recovered > 0) {
    session.note(
      `${formatNumber(written.recovered, "conversation")} made for messages that had lost theirs: "Recovered messages".`,
    );
  }
  if (written.kept > 0) {
    session.note(
      `${formatNumber(written.kept, "row")} hold something without a place here; it is in their metadata, below sekha_v1.`,
    );
  }
  warnOfForeignTables(session, report);
  session.note(
    written.queued === 0
      ? "Everything can be found by word now, and by meaning where version 1's vectors are."
      : `Everything can be found by word now; \`sekha start\` makes ${formatNumber(written.queued, "message")} findable by meaning.`,
  );
  session.note("The old file is as it was; version 1 can still use it.");
}

function warnOfForeignTables(session: Session, { foreignTables }: Plan | Report): void {
  if (foreignTables.length === 0) return;
  session.warn(`Not version 1's, and left in the old file: ${foreignTables.join(", ")}.`);
}

function tellDifferences(session: Session, { verified }: Verified): void {
  const { differing, differences } = verified;
  for (const { kind, id, field } of differences.slice(0, SHOWN_DIFFERENCES)) {
    session.warn(`${kind} ${id}: ${field}`);
  }
  const more = differing - Math.min(differences.length, SHOWN_DIFFERENCES);
  if (more > 0) session.warn(`${formatNumber(more, "more difference")}; --json lists 100 of them.`);
  session.note("What was changed or deleted in version 2 since counts too.");
}

/** Names as the API writes them. */
function jsonOf(result: Plan | Report | Verified): Record<string, unknown> {
  const { v1, file, counts, foreignTables, ...rest } = result;
  return { v1, file, before: counts, ...rest, foreign_tables: foreignTables };
}
