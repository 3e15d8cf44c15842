import type { Command } from "commander";
import type { Action } from "../action.ts";
import { addMigrateConfigCommand } from "./migrate-config.ts";
import { addMigrateDataCommand } from "./migrate-data.ts";
import { addMigrateStorageCommand } from "./migrate-storage.ts";

/** What moves a memory of version 1, or one storage engine's data, to where this version has it. */
export function addMigrateCommands(program: Command, action: Action): void {
  const migrate = program
    .command("migrate")
    .description("Move configuration and data from version 1, or between storage engines.")
    .addHelpText(
      "after",
      "\nExamples:\n  $ sekha migrate config --dry-run\n  $ sekha migrate config\n  $ sekha migrate data\n  $ sekha migrate storage --from sqlite --to postgres\n",
    );
  addMigrateConfigCommand(migrate, action);
  addMigrateDataCommand(migrate, action);
  addMigrateStorageCommand(migrate, action);
}
