import { Command, CommanderError } from "commander";
import type { Action } from "./action.ts";
import { type Failure, failureOf } from "./cli-error.ts";
import type { CliIo } from "./cli-io.ts";
import { addAskCommand } from "./commands/ask.ts";
import { addBackupCommand, addRestoreCommand } from "./commands/backup.ts";
import { addMarkCommands, addValueCommands } from "./commands/change.ts";
import { addCompletionCommand } from "./commands/completion.ts";
import { addConfigCommands } from "./commands/config.ts";
import { addContextCommand } from "./commands/context.ts";
import { addCostsCommand } from "./commands/costs.ts";
import { addDeleteCommand } from "./commands/delete.ts";
import { addDoctorCommand } from "./commands/doctor.ts";
import { addExportCommand } from "./commands/export.ts";
import { addFullTextCommand } from "./commands/full-text.ts";
import { addHealthCommand } from "./commands/health.ts";
import { addImportCommand } from "./commands/import.ts";
import { addKeyCommands } from "./commands/keys.ts";
import { addLabelCommands } from "./commands/labels.ts";
import { addListCommand } from "./commands/list.ts";
import { addMcpCommands } from "./commands/mcp.ts";
import { addMigrateCommands } from "./commands/migrate.ts";
import { addFolderCommand, addTagCommands } from "./commands/names.ts";
import { addProviderCommands } from "./commands/providers.ts";
import { addPruneCommand } from "./commands/prune.ts";
import { addSearchCommand } from "./commands/search.ts";
import { addShowCommands } from "./commands/show.ts";
import { addStartCommand } from "./commands/start.ts";
import { addStatsCommand } from "./commands/stats.ts";
import { addStatusCommand } from "./commands/status.ts";
import { addStoreCommand } from "./commands/store.ts";
import { addSummarizeCommand } from "./commands/summarize.ts";
import { addUserCommands } from "./commands/users.ts";
import { addVersionCommand } from "./commands/version.ts";
import { EXIT } from "./exit-codes.ts";
import { type GlobalOptions, Session } from "./session.ts";

const WIDEST_HELP = 100;

const EPILOGUE = `
Without --api-url, commands talk to the server that runs on the data directory, and open the
directory themselves when none does.

Exit codes: 0 done, 1 failed, 2 done in part, 64 wrong usage, 130 interrupted.

Examples:
  $ sekha start
  $ sekha import ~/Downloads/chatgpt-export.zip
  $ sekha search "where did I put the spare key"
`;

/** Runs one command line (without node and script) and resolves with the exit code. */
export async function runCli(argv: readonly string[], io: CliIo): Promise<number> {
  let session: Session | undefined;
  const program = createProgram(io, (work) => async (...values) => {
    session ??= new Session(io, withEnvironment(program.opts<GlobalOptions>(), io));
    return work(session, ...values);
  });
  try {
    await program.parseAsync([...argv], { from: "user" });
    return session?.exitCode ?? EXIT.ok;
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return EXIT.ok;
    // No command was named: the help is already on stderr.
    if (error instanceof CommanderError && error.code === "commander.help") return EXIT.usage;
    const colour = io.colour && !argv.includes("--no-color");
    const failure = failureOf(error, { colour, command: namedCommand(program, argv) });
    report(failure, { io, colour, json: argv.includes("--json") });
    return failure.exitCode;
  }
}

/** As far as the words name one: `sekha tags add`. */
function namedCommand(program: Command, argv: readonly string[]): string {
  let command = program;
  const names = [program.name()];
  for (const word of argv) {
    const next = command.commands.find((one) => [one.name(), ...one.aliases()].includes(word));
    if (next === undefined) continue;
    command = next;
    names.push(next.name());
  }
  return names.join(" ");
}

/** Every command with its options and help; `action` makes what a command does. */
export function createProgram(io: CliIo, action: Action): Command {
  const program = new Command("sekha");
  describeProgram(program, io);
  addCommands(program, action);
  return program;
}

function describeProgram(program: Command, io: CliIo): void {
  program
    .description("Memory for conversations with any model: stored, found again, yours.")
    .usage("[options] <command>")
    .option("--json", "write JSON for programs, errors too")
    .option("--no-color", "write without colour; so does NO_COLOR")
    .option("--api-url <url>", "talk to this server only (SEKHA_API_URL)")
    .option("--api-key <key>", "API key (SEKHA_API_KEY)")
    .option("--config <file>", "configuration file")
    .option("--data-dir <dir>", "data directory (SEKHA_DATA_DIR)")
    .option("-q, --quiet", "write results and errors only")
    .exitOverride()
    .showSuggestionAfterError()
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({
      writeOut: (text) => void io.stdout.write(text),
      writeErr: (text) => void io.stderr.write(text),
      // Errors are thrown as well, and reported in one place.
      outputError: () => undefined,
      getOutHelpWidth: () => Math.min(WIDEST_HELP, io.columns),
      getErrHelpWidth: () => Math.min(WIDEST_HELP, io.columns),
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    })
    .addHelpText("after", EPILOGUE);
}

function addCommands(program: Command, action: Action): void {
  addStartCommand(program, action);
  addStatusCommand(program, action);
  addImportCommand(program, action);
  addExportCommand(program, action);
  addBackupCommand(program, action);
  addRestoreCommand(program, action);
  addStoreCommand(program, action);
  addSearchCommand(program, action);
  addFullTextCommand(program, action);
  addContextCommand(program, action);
  addAskCommand(program, action);
  addShowCommands(program, action);
  addListCommand(program, action);
  addValueCommands(program, action);
  addMarkCommands(program, action);
  addTagCommands(program, action);
  addFolderCommand(program, action);
  addLabelCommands(program, action);
  addSummarizeCommand(program, action);
  addDeleteCommand(program, action);
  addPruneCommand(program, action);
  addStatsCommand(program, action);
  addHealthCommand(program, action);
  addConfigCommands(program, action);
  addMigrateCommands(program, action);
  addMcpCommands(program, action);
  addKeyCommands(program, action);
  addUserCommands(program, action);
  addProviderCommands(program, action);
  addCostsCommand(program, action);
  addDoctorCommand(program, action);
  addCompletionCommand(program, action);
  addVersionCommand(program, action);
}

function withEnvironment(options: GlobalOptions, { env }: CliIo): GlobalOptions {
  const apiUrl = options.apiUrl ?? (env.SEKHA_API_URL || undefined);
  const apiKey = options.apiKey ?? (env.SEKHA_API_KEY || undefined);
  return {
    ...options,
    ...(apiUrl === undefined ? {} : { apiUrl }),
    ...(apiKey === undefined ? {} : { apiKey }),
  };
}

interface ReportOptions {
  io: CliIo;
  colour: boolean;
  json: boolean;
}

function report(failure: Failure, { io, colour, json }: ReportOptions): void {
  if (json) {
    const { message, fix, code, details } = failure;
    io.stderr.write(`${JSON.stringify({ error: message, fix, code, details })}\n`);
    return;
  }
  const title = colour ? "\u001b[31mError:\u001b[39m" : "Error:";
  io.stderr.write(`${title} ${failure.message}\n`);
  if (failure.fix !== undefined) io.stderr.write(`  ${failure.fix}\n`);
}
