import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import type { Command } from "commander";
import {
  type ConfigCheck,
  type ConfigSummary,
  checkConfigText,
} from "../../../config/check-config-text.ts";
import { ConfigError, type ConfigProblem } from "../../../config/config-error.ts";
import { formatConfigError, formatConfigProblems } from "../../../config/format-config-error.ts";
import { configJsonSchema } from "../../../config/json-schema.ts";
import type { Action } from "../action.ts";
import { CliError } from "../cli-error.ts";
import { EXIT } from "../exit-codes.ts";
import { formatNumber } from "../quantities.ts";
import type { Session } from "../session.ts";
import { renderPairs } from "../table.ts";
import { configYaml, writtenConfig } from "../written-config.ts";

export function addConfigCommands(program: Command, action: Action): void {
  const config = program
    .command("config")
    .description("Check, show and describe the configuration.")
    .addHelpText("after", "\nExamples:\n  $ sekha config check\n  $ sekha config show\n");
  config
    .command("check")
    .description("Check a configuration file as a start in this environment would.")
    .argument("[file]", "the file; the one that would be used when absent")
    .addHelpText(
      "after",
      "\nExits with 1 when there are errors.\n\nExamples:\n  $ sekha config check\n  $ sekha config check new.yaml --json\n",
    )
    .action(action(checkConfig));
  config
    .command("show")
    .description("Show the configuration in use, defaults included, secrets hidden.")
    .addHelpText("after", "\nExamples:\n  $ sekha config show\n  $ sekha config show --json\n")
    .action(action(showConfig));
  config
    .command("schema")
    .description("Write the JSON Schema of the configuration file, for editors.")
    .addHelpText("after", "\nExamples:\n  $ sekha config schema > config.schema.json\n")
    .action(action(showSchema));
}

function checkConfig(session: Session, given: string | undefined): void {
  const { io } = session;
  const file = given === undefined ? fileInUse(session) : resolve(io.cwd, given);
  if (file instanceof ConfigError) {
    tellErrors(session, file.problems);
    return;
  }
  const text = file === undefined ? "" : readConfig(file);
  const readFile = (path: string) => readFileSync(path, "utf8");
  const check = checkConfigText(text, io.env, file === undefined ? {} : { file, readFile });
  if (!check.valid) tellErrors(session, check.errors);
  else if (session.json) session.printJson({ file: file ?? null, ...check });
  else tellFine(session, { file, check });
}

interface Checked {
  file: string | undefined;
  check: ConfigCheck;
}

function tellFine(session: Session, { file, check: { summary, warnings, notes } }: Checked): void {
  if (warnings.length > 0) {
    session.warn("Probably not what is meant:");
    session.io.stderr.write(`${formatConfigProblems(warnings, { color: session.colour })}\n\n`);
  }
  for (const note of notes) session.note(note);
  const subject = file ?? "No configuration file: the defaults and the environment";
  session.print(`${session.paint("green", "Fine:")} ${subject}`);
  if (summary !== undefined) session.print(summaryText(summary));
}

/** The file a start would use; nothing without one; the error when it cannot be used. */
function fileInUse(session: Session): string | undefined | ConfigError {
  try {
    return session.config.file;
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
}

function readConfig(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    const { code } = error as { code?: unknown };
    throw new CliError(`${file} cannot be read (${String(code)}).`, {
      fix: "Check the name and the right to read it.",
      cause: error,
    });
  }
}

/** The result of the check, so it goes to stdout. */
function tellErrors(session: Session, problems: readonly ConfigProblem[]): void {
  session.exitCode = EXIT.failure;
  if (session.json) session.printJson({ valid: false, errors: problems });
  else session.print(formatConfigError(new ConfigError(problems), { color: session.colour }));
}

function summaryText({ mode, services, providers, models, database, keys }: ConfigSummary): string {
  const sources = {
    configured: `${formatNumber(providers, "provider")}, ${formatNumber(models, "model")}`,
    legacy: "as version 1 had them",
    embedded: "the embedding model inside Sekha",
  };
  return renderPairs([
    ["  services", services.join(", ")],
    ["  models", sources[mode]],
    ["  database", database],
    ["  keys", keys === 0 ? "none" : String(keys)],
  ]);
}

function showConfig(session: Session): void {
  const { config } = session;
  if (session.json) session.printJson(writtenConfig(config));
  else
    session.print(
      `# ${config.file ?? "No file: defaults and environment."}\n${configYaml(config)}`,
    );
}

function showSchema(session: Session): void {
  session.printJson(configJsonSchema());
}
