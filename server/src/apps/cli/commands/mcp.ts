import { resolve } from "node:path";
import { type Command, Option } from "commander";
import type { Action } from "../action.ts";
import { usageError } from "../cli-error.ts";
import { changeOf, writeChange } from "../mcp-client-file.ts";
import {
  clientNamed,
  ENTRY_NAME,
  entryFor,
  MCP_CLIENT_NAMES,
  type McpClientName,
  type ServerEntry,
} from "../mcp-clients.ts";
import type { Session } from "../session.ts";
import { wholeNumber } from "../whole-number.ts";

interface ServeOptions {
  http?: boolean;
  port: number;
  host: string;
}

const DEFAULT_PORT = 8082;

export function addMcpCommands(program: Command, action: Action): void {
  const mcp = program
    .command("mcp")
    .description("Serve the memory to programs that speak MCP, over standard input and output.")
    .option("--http", "serve over HTTP instead, for a controller elsewhere (CONTROLLER_URL)")
    .addOption(
      new Option("--port <number>", "with --http: the port")
        .argParser(wholeNumber(0, 65_535))
        .default(DEFAULT_PORT),
    )
    .addOption(new Option("--host <address>", "with --http: the address").default("127.0.0.1"))
    .addHelpText(
      "after",
      `
Editors start this command themselves; \`sekha mcp install\` tells them to. It talks to the
controller at CONTROLLER_URL (or SEKHA_API_URL) with CONTROLLER_API_KEY (or SEKHA_API_KEY), else to
the server that runs on the data directory, else it opens the directory itself.

Examples:
  $ sekha mcp install claude-desktop
  $ sekha mcp config vscode
  $ CONTROLLER_URL=https://memory.example sekha mcp --http --port 8082
`,
    )
    .action(action(serve));
  addInstallCommand(mcp, action);
  addConfigCommand(mcp, action);
}

function addInstallCommand(mcp: Command, action: Action): void {
  mcp
    .command("install")
    .description("Add Sekha to a client's configuration; what was there is kept in a copy.")
    .argument("<client>", MCP_CLIENT_NAMES.join(", "))
    .option("--dry-run", "show what would be written, and write nothing")
    .addHelpText(
      "after",
      "\nExamples:\n  $ sekha mcp install claude-desktop\n  $ sekha mcp install cursor --dry-run\n",
    )
    .action(action(install));
}

function addConfigCommand(mcp: Command, action: Action): void {
  mcp
    .command("config")
    .description("Print what a client's configuration needs.")
    .argument("<client>", MCP_CLIENT_NAMES.join(", "))
    .addHelpText("after", "\nExamples:\n  $ sekha mcp config vscode\n")
    .action(action(printConfig));
}

async function serve(session: Session, options: ServeOptions): Promise<void> {
  if (options.http === true) {
    const { serveMcpHttp } = await import("../mcp-http-service.ts");
    return serveMcpHttp(session, options);
  }
  const { serveMcpStdio } = await import("../mcp-stdio-service.ts");
  return serveMcpStdio(session);
}

async function install(
  session: Session,
  name: string,
  { dryRun = false }: { dryRun?: boolean },
): Promise<void> {
  const { io } = session;
  const client = clientNamed(knownClient(name));
  const file = client.file(io);
  const entry = entryFor(client, serverOf(session));
  const change = changeOf(file, client.section, entry);
  const isWritten = !dryRun && change.kind !== "none";
  const backup = isWritten ? writeChange(file, change, stampOf(io.now())) : null;
  if (session.json) {
    return session.printJson({
      client: name,
      file,
      change: change.kind,
      backup,
      dry_run: dryRun,
      entry,
    });
  }
  if (change.kind === "none") {
    return session.print(`${client.title} has Sekha already, in ${file}.`);
  }
  if (dryRun) {
    session.print(`Would ${change.kind} the entry "${ENTRY_NAME}" in ${file}:`);
    return session.print(JSON.stringify(entry, null, 2));
  }
  const what = { create: "Wrote", add: "Added Sekha to", replace: "Replaced Sekha's entry in" };
  session.print(`${what[change.kind]} ${file}.`);
  if (backup !== null) session.print(`What was there before is ${backup}.`);
  session.note(client.next);
}

async function printConfig(session: Session, name: string): Promise<void> {
  const client = clientNamed(knownClient(name));
  const entry = entryFor(client, serverOf(session));
  session.printJson({ [client.section]: { [ENTRY_NAME]: entry } });
  session.note(`For ${client.file(session.io)}. ${client.next}`);
}

function knownClient(name: string): McpClientName {
  const known = MCP_CLIENT_NAMES.find((one) => one === name);
  if (known !== undefined) return known;
  throw usageError(
    `${name} is no client that Sekha knows.`,
    `Clients: ${MCP_CLIENT_NAMES.join(", ")}. For another, \`sekha mcp config claude-desktop\` shows what it needs.`,
  );
}

/** Absolute paths: editors start programs with a PATH and a folder of their own. */
function serverOf(session: Session): Omit<ServerEntry, "type"> {
  const { io, options } = session;
  const [node, script] = io.command;
  const url = options.apiUrl ?? (io.env.CONTROLLER_URL || undefined);
  const folder = options.dataDir ?? (io.env.SEKHA_DATA_DIR || undefined);
  const env = {
    SEKHA_API_URL: url,
    SEKHA_API_KEY: options.apiKey ?? (io.env.CONTROLLER_API_KEY || undefined),
    ...(url === undefined ? placeOf(session, folder) : {}),
  };
  return {
    command: node,
    args: [script, "mcp"],
    env: Object.fromEntries(
      Object.entries(env).filter((pair): pair is [string, string] => pair[1] !== undefined),
    ),
  };
}

/** What names this memory from any folder. */
function placeOf(
  { io, config }: Session,
  folder: string | undefined,
): Record<string, string | undefined> {
  const { file, dataDirectory } = config;
  return {
    SEKHA_DATA_DIR: folder === undefined ? undefined : resolve(io.cwd, dataDirectory),
    SEKHA__CONFIG_FILE: file === undefined ? undefined : resolve(io.cwd, file),
  };
}

/** Such as 20260125-203000. */
function stampOf(now: number): string {
  return new Date(now).toISOString().slice(0, 19).replaceAll(/[-:]/g, "").replace("T", "-");
}
