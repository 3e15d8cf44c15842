import { SDK_VERSION } from "@sekha/sdk";
import type { Command } from "commander";
import type { Action } from "../action.ts";
import type { Session } from "../session.ts";

export function addVersionCommand(program: Command, action: Action): void {
  program.version(SDK_VERSION, "-v, --version", "write the version");
  program
    .command("version")
    .description("Write the versions of Sekha and Node.")
    .addHelpText("after", "\nExamples:\n  $ sekha version\n  $ sekha version --json\n")
    .action(action(showVersion));
}

function showVersion(session: Session): void {
  const { nodeVersion } = session.io;
  // SDK and server are released together, under one version.
  if (session.json) session.printJson({ version: SDK_VERSION, node: nodeVersion });
  else session.print(`sekha ${SDK_VERSION} (Node ${nodeVersion})`);
}
