import { join, resolve } from "node:path";
import type { Command } from "commander";
import { formatConfigProblems } from "../../../config/format-config-error.ts";
import type { Action } from "../action.ts";
import { CliError, usageError } from "../cli-error.ts";
import {
  type ConfigMigration,
  changesAnything,
  type MigrationResult,
  planConfigMigration,
  shortPath,
  writeConfigMigration,
} from "../config-migration.ts";
import { confirm } from "../question.ts";
import type { Session } from "../session.ts";

interface MigrateOptions {
  dryRun?: boolean;
  yes?: boolean;
  output?: string;
}

export function addMigrateConfigCommand(migrate: Command, action: Action): void {
  migrate
    .command("config")
    .description("Turn version 1's .env and config.toml into a config.yaml.")
    .option("--dry-run", "show what would be written, and write nothing")
    .option("-y, --yes", "replace an existing config.yaml; the old one is kept beside it")
    .option("-o, --output <file>", "where to write it (default: config.yaml)")
    .addHelpText(
      "after",
      `
Reads .env in this folder as a shell would, the variables of version 1 in the environment, and
config.toml here and in ~/.sekha. Keys stay in .env; config.yaml refers to them.

Examples:
  $ sekha migrate config --dry-run
  $ sekha migrate config
`,
    )
    .action(action(migrateConfig));
}

async function migrateConfig(session: Session, options: MigrateOptions): Promise<void> {
  const { cwd, homeDirectory, env } = session.io;
  const output = resolve(cwd, options.output ?? "config.yaml");
  const migration = planConfigMigration({ cwd, homeDirectory, env }, output);
  for (const remark of migration.remarks) session.warn(remark);
  // The lines that are found fault with below.
  if (options.dryRun === true && !migration.check.valid) session.io.stdout.write(migration.yaml);
  refuseInvalid(session, migration);
  if (options.dryRun === true) {
    tellPlan(session, migration);
    return;
  }
  if (migration.replaces && options.yes !== true) await askFirst(session, migration);
  tellResult(session, migration, writeConfigMigration(migration));
}

/** The real loader has the last word; nothing is written that a start would refuse. */
function refuseInvalid(session: Session, { check }: ConfigMigration): void {
  if (check.valid) {
    if (check.warnings.length === 0) return;
    session.warn(formatConfigProblems(check.warnings, { color: session.colour }));
    return;
  }
  throw new CliError(
    `The new configuration would not be valid.\n${formatConfigProblems(check.errors, { color: session.colour })}`,
    { fix: "Nothing was written. Correct .env, then run the command again; --dry-run shows it." },
  );
}

function tellPlan(session: Session, migration: ConfigMigration): void {
  if (session.json) {
    printJson(session, migration, undefined);
    return;
  }
  session.io.stdout.write(migration.yaml);
  const { cwd } = session.io;
  const change = changesAnything(migration)
    ? `${shortPath(migration.output, cwd)} would be written.`
    : "There would be nothing to change.";
  session.note(`Nothing was written. ${change}`);
}

async function askFirst(session: Session, { output }: ConfigMigration): Promise<void> {
  const name = shortPath(output, session.io.cwd);
  if (!session.io.isInputTerminal) {
    throw usageError(
      `${name} exists and says something else.`,
      "--yes replaces it and keeps the old one beside it; --output writes another file.",
    );
  }
  if (await confirm(session, `Replace ${name}? The old one is kept beside it.`, false)) return;
  throw new CliError("Nothing was changed.", { fix: "--dry-run shows what would be written." });
}

function tellResult(session: Session, migration: ConfigMigration, result: MigrationResult): void {
  if (session.json) {
    printJson(session, migration, result);
    return;
  }
  const { cwd } = session.io;
  const output = shortPath(migration.output, cwd);
  if (!changesAnything(migration)) {
    session.print(`✅ Nothing to change: ${output} is up to date.`);
    return;
  }
  session.print("✅ Migration complete!");
  session.print(`   - ${oldConfig(migration, result, cwd)}`);
  session.print(`   - New config written to ${output}`);
  session.print("   - Providers configured: 1 (Ollama)");
  session.print(`   - Models configured: ${migration.models}`);
  if (result.previous !== undefined) {
    session.note(`What ${output} said before is now ${shortPath(result.previous, cwd)}.`);
  }
  tellData(session, migration);
}

function oldConfig(
  { tomlFiles }: ConfigMigration,
  { backup }: MigrationResult,
  cwd: string,
): string {
  if (backup !== undefined) return `Old config backed up to ${shortPath(backup, cwd)}`;
  if (tomlFiles.length === 0) return "Old config was in the environment";
  return `Old config stays in ${tomlFiles.map((file) => shortPath(file, cwd)).join(", ")}`;
}

function tellData(session: Session, { place }: ConfigMigration): void {
  const { cwd } = session.io;
  if (place.found !== undefined) {
    session.note(
      `Version 1's memory is ${shortPath(place.found, cwd)}. The first start reads it and never writes it.`,
    );
    return;
  }
  const expected = shortPath(join(resolve(cwd, place.dataDirectory), "sekha.db"), cwd);
  session.note(
    `Version 1's memory was not found here. If there is one, put it at ${expected}, or set data_directory.`,
  );
}

function printJson(
  session: Session,
  migration: ConfigMigration,
  result: MigrationResult | undefined,
): void {
  session.printJson({
    file: migration.output,
    changed: result !== undefined && changesAnything(migration),
    backup: result?.backup ?? null,
    previous: result?.previous ?? null,
    providers: 1,
    models: migration.models,
    v1_database: migration.place.found ?? null,
    remarks: migration.remarks,
    ...(result === undefined ? { yaml: migration.yaml } : {}),
  });
}
