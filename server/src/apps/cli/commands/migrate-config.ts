import type { Command } from "commander";
import type { Action } from "../action.ts";
import { usageError } from "../cli-error.ts";

export function addMigrateConfigCommand(migrate: Command, action: Action): void {
  migrate
    .command("config")
    .description("Turn version 1's .env or config.toml into a config.yaml.")
    .action(
      action(() => {
        throw usageError("`sekha migrate config` is being built.", "Use the next commit.");
      }),
    );
}
