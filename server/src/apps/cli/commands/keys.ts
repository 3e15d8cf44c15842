import type { KeyResponse } from "@sekha/sdk";
import type { Command } from "commander";
import type { Action } from "../action.ts";
import { formatMinute } from "../quantities.ts";
import type { Session } from "../session.ts";
import { type Column, renderTable } from "../table.ts";
import { safeLine } from "../terminal-text.ts";

export function addKeyCommands(program: Command, action: Action): void {
  const keys = program
    .command("keys")
    .description("Make, list and revoke API keys.")
    .addHelpText("after", "\nExamples:\n  $ sekha keys create laptop\n  $ sekha keys list\n");
  keys
    .command("create")
    .description("Make an API key and write it once; only its hash is stored.")
    .argument("<name>", "what you will know it by")
    .addHelpText(
      "after",
      `
As soon as a key exists, every caller of the server needs one.

Examples:
  $ sekha keys create laptop
  $ SEKHA_API_KEY=$(sekha keys create script --quiet) sekha status
`,
    )
    .action(action(createKey));
  keys
    .command("list")
    .description("List API keys, without their secrets.")
    .addHelpText("after", "\nExamples:\n  $ sekha keys list\n  $ sekha keys list --json\n")
    .action(action(listKeys));
  keys
    .command("revoke")
    .description("Revoke an API key; it stops working at once.")
    .argument("<id>", "id or name of the key")
    .addHelpText("after", "\nExamples:\n  $ sekha keys revoke laptop\n")
    .action(action(revokeKey));
}

async function createKey(session: Session, name: string): Promise<void> {
  const created = await session.withMemory(({ client }) => client.keys.create(name));
  if (session.json) return session.printJson(created);
  session.note(`The key ${safeLine(created.name)}. It is shown this once, so keep it:`);
  session.print(created.key);
  session.note("From now on every caller of the server needs a key: --api-key or SEKHA_API_KEY.");
}

async function listKeys(session: Session): Promise<void> {
  const { keys } = await session.withMemory(({ client }) => client.keys.list());
  if (session.json) return session.printJson(keys);
  if (keys.length === 0) {
    session.note("There are no keys. Make one: sekha keys create NAME");
    return;
  }
  const heading = (text: string) => session.paint("bold", text);
  session.print(renderTable(keys, COLUMNS, { width: session.width, heading }));
}

async function revokeKey(session: Session, id: string): Promise<void> {
  const key = await session.withMemory(({ client }) => client.keys.revoke(id));
  if (session.json) session.printJson(key);
  else session.note(`The key ${safeLine(key.name)} (${key.prefix}…) no longer works.`);
}

const COLUMNS: Column<KeyResponse>[] = [
  { title: "Name", value: ({ name }) => name, shrinksTo: 8 },
  { title: "Key", value: ({ prefix }) => `${prefix}…` },
  { title: "State", value: ({ revoked_at }) => (revoked_at === null ? "works" : "revoked") },
  { title: "Last used", value: ({ last_used_at }) => timeText(last_used_at) },
  { title: "Made", value: ({ created_at }) => formatMinute(created_at), droppable: true },
  { title: "ID", value: ({ id }) => id, droppable: true },
];

function timeText(iso: string | null): string {
  return iso === null ? "never" : formatMinute(iso);
}
