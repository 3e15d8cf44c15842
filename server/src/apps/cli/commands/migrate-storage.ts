import { resolve } from "node:path";
import { type Command, Option } from "commander";
import type { Action } from "../action.ts";
import { usageError } from "../cli-error.ts";
import type { CliServices } from "../cli-io.ts";
import { EXIT } from "../exit-codes.ts";
import { formatCount, formatNumber } from "../quantities.ts";
import { withRowsBar } from "../rows-bar.ts";
import type { Session } from "../session.ts";
import { renderPairs } from "../table.ts";

type Engine = "sqlite" | "postgres";
type Migration = Awaited<ReturnType<CliServices["openStorageMigration"]>>;
type Plan = Awaited<ReturnType<Migration["plan"]>>;
type Verified = Awaited<ReturnType<Migration["verify"]>>;

interface MigrateStorageOptions {
  from: Engine;
  to: Engine;
  postgres?: string;
  sqlite?: string;
  dryRun?: boolean;
  verify?: boolean;
}

const ADVICE = "The source is as it was. Run the same command again: it goes on where it was.";
const SHOWN_DIFFERENCES = 20;
const LABELS = { copying: "Copying", verifying: "Comparing" } as const;

export function addMigrateStorageCommand(migrate: Command, action: Action): void {
  const engine = (flag: string, text: string) =>
    new Option(flag, text).choices(["sqlite", "postgres"]).makeOptionMandatory();
  migrate
    .command("storage")
    .description("Move the whole memory from SQLite to PostgreSQL, or back.")
    .addOption(engine("--from <engine>", "where the memory is"))
    .addOption(engine("--to <engine>", "where it goes; must be empty there"))
    .option("--postgres <url>", "PostgreSQL's address (default: DATABASE_URL, database_url)")
    .option("--sqlite <file>", "SQLite's file (default: the one in the data directory)")
    .option("--dry-run", "say what would be copied, and copy nothing")
    .option("--verify", "compare both sides, row by row, and copy nothing")
    .addHelpText(
      "after",
      `
Stop every server first. The source is only read. A run that was ended goes on where it was; at the
end every row of both sides is compared. With --verify it exits with 2 when they differ.

Examples:
  $ DATABASE_URL=postgresql://sekha@db/sekha sekha migrate storage --from sqlite --to postgres
  $ sekha migrate storage --from postgres --to sqlite --postgres postgresql://sekha@db/sekha
`,
    )
    .action(action(migrateStorage));
}

async function migrateStorage(session: Session, options: MigrateStorageOptions): Promise<void> {
  refuseOddOptions(session, options);
  const services = await session.io.services();
  const migration = await services.openStorageMigration({
    config: session.config,
    from: options.from,
    log: await session.log(),
    postgresUrl: options.postgres,
    sqliteFile: options.sqlite === undefined ? undefined : resolve(session.io.cwd, options.sqlite),
  });
  try {
    if (options.dryRun === true) tellPlan(session, await migration.plan());
    else if (options.verify === true) await verify(session, migration);
    else await migrateNow(session, migration);
  } finally {
    await migration.close();
  }
}

function refuseOddOptions(session: Session, options: MigrateStorageOptions): void {
  if (session.options.apiUrl !== undefined) {
    throw usageError(
      "Storage is migrated on the machine that has the data directory, not through --api-url.",
      "Run `sekha migrate storage` there (and unset SEKHA_API_URL).",
    );
  }
  if (options.from === options.to) {
    throw usageError(
      "--from and --to name the same engine.",
      "Give sqlite for one, postgres for the other.",
    );
  }
  if (options.verify === true && options.dryRun === true) {
    throw usageError("--verify changes nothing anyway.", "Leave --dry-run out.");
  }
}

async function migrateNow(session: Session, migration: Migration): Promise<void> {
  const report = await withRowsBar(session, {
    labels: LABELS,
    advice: ADVICE,
    work: (run) => migration.migrate(run),
  });
  const { verified, copied } = report;
  if (session.json) {
    session.printJson({ ...report, tables: tablesOf(report) });
    return;
  }
  session.print(
    renderPairs([
      ["From", report.from],
      ["To", report.to],
      ["Copied", formatNumber(copied, "row")],
      ["Compared", amounts(verified)],
      ["Digest", verified.digest],
    ]),
  );
  session.note(
    report.state === "done"
      ? "It had been moved before; both sides are the same."
      : "Everything is there, and the same. Name the new place in database_url, then start Sekha.",
  );
}

async function verify(session: Session, migration: Migration): Promise<void> {
  const verified = await withRowsBar(session, {
    labels: LABELS,
    advice: ADVICE,
    work: (run) => migration.verify(run),
  });
  if (verified.differing > 0) session.exitCode = EXIT.partial;
  if (session.json) {
    session.printJson(verified);
    return;
  }
  session.print(
    renderPairs([
      ["Compared", amounts(verified)],
      ["Digest", verified.digest],
    ]),
  );
  if (verified.differing === 0) {
    session.note("Both sides are the same.");
    return;
  }
  for (const difference of verified.differences.slice(0, SHOWN_DIFFERENCES))
    session.warn(difference);
  session.note(`${formatNumber(verified.differing, "difference")}; --json lists 100 of them.`);
}

function tellPlan(session: Session, plan: Plan): void {
  if (session.json) {
    session.printJson({ ...plan, tables: tablesOf(plan), dry_run: true });
    return;
  }
  const tables = plan.tables
    .filter(({ rows }) => rows > 0)
    .map(({ table, rows }) => [table.replaceAll("_", " "), formatCount(rows)] as const);
  session.print(renderPairs([["From", plan.from], ["To", plan.to], ...tables]));
  const left = {
    new: "would be copied",
    unfinished: "are there or would be copied",
    done: "are there already",
  };
  session.note(`${formatNumber(plan.rows, "row")} ${left[plan.state]}. Nothing was changed.`);
}

function tablesOf({ tables }: Plan): Record<string, number> {
  return Object.fromEntries(tables.map(({ table, rows }) => [table, rows]));
}

function amounts({ rows, conversations, messages }: Verified): string {
  return `${formatNumber(rows, "row")}, of these ${formatNumber(messages, "message")} in ${formatNumber(conversations, "conversation")}`;
}
