import type { KeyResponse, KeyScope } from "@sekha/sdk";
import type { Command } from "commander";
import type { Action } from "../action.ts";
import { usageError } from "../cli-error.ts";
import { parseDuration, parseExpiry } from "../duration-option.ts";
import { formatMinute } from "../quantities.ts";
import type { Session } from "../session.ts";
import { type Column, renderTable } from "../table.ts";
import { safeLine } from "../terminal-text.ts";

interface CreateOptions {
  user?: string;
  scopes?: string;
  expires?: string;
}

interface RotateOptions {
  user?: string;
  grace?: string;
  expires?: string;
}

interface ListOptions {
  user?: string;
  all?: boolean;
}

const SCOPES: readonly KeyScope[] = ["read", "write", "admin"];
const EXPIRES = "when it ends: 90d, 2w, a day (2027-01-31) or a time; never when absent";

export function addKeyCommands(program: Command, action: Action): void {
  const keys = program
    .command("keys")
    .description("Make, list, rotate and revoke API keys.")
    .addHelpText("after", "\nExamples:\n  $ sekha keys create laptop\n  $ sekha keys list\n");
  addCreate(keys, action);
  keys
    .command("list")
    .description("List API keys, without their secrets.")
    .option("--user <name>", "keys of this user (needs the scope admin)")
    .option("--all", "keys of everyone (needs the scope admin)")
    .addHelpText("after", "\nExamples:\n  $ sekha keys list\n  $ sekha keys list --all --json\n")
    .action(action(listKeys));
  addRotate(keys, action);
  keys
    .command("revoke")
    .description("Revoke an API key; it stops working at once.")
    .argument("<id>", "id or name of the key")
    .option("--user <name>", "whose key it is, for a name (needs the scope admin)")
    .addHelpText(
      "after",
      "\nExamples:\n  $ sekha keys revoke laptop\n  $ sekha keys revoke laptop --user ann\n",
    )
    .action(action(revokeKey));
}

function addCreate(keys: Command, action: Action): void {
  keys
    .command("create")
    .description("Make an API key and write it once; only its hash is stored.")
    .argument("<name>", "what you will know it by")
    .option("--user <name>", "whose memory it opens; your own when absent")
    .option("--scopes <list>", "of read, write, admin; with --user read,write, else yours")
    .option("--expires <time>", EXPIRES)
    .addHelpText(
      "after",
      `
As soon as a key exists, every caller of the server needs one.

Examples:
  $ sekha keys create laptop
  $ sekha keys create laptop --user ann --expires 90d
  $ sekha keys create dashboard --scopes read
  $ SEKHA_API_KEY=$(sekha keys create script --quiet) sekha status
`,
    )
    .action(action(createKey));
}

function addRotate(keys: Command, action: Action): void {
  keys
    .command("rotate")
    .description("Give an API key a new secret; its name, scopes and budget stay.")
    .argument("<id>", "id or name of the key")
    .option("--user <name>", "whose key it is, for a name (needs the scope admin)")
    .option(
      "--grace <time>",
      "how long the old secret goes on: 30m, 12h, 7d; not at all when absent",
    )
    .option("--expires <time>", "another end (needs the scope admin); as before when absent")
    .addHelpText(
      "after",
      "\nExamples:\n  $ sekha keys rotate laptop\n  $ sekha keys rotate laptop --grace 24h\n",
    )
    .action(action(rotateKey));
}

async function createKey(session: Session, name: string, options: CreateOptions): Promise<void> {
  const { user, scopes, expires } = options;
  const request = {
    name,
    ...(user === undefined ? {} : { user }),
    ...(scopes === undefined ? {} : { scopes: parseScopes(scopes) }),
    ...expiryOf(session, expires),
  };
  const created = await session.withMemory(({ client }) => client.keys.create(request));
  if (session.json) return session.printJson(created);
  session.note(`The key ${safeLine(created.name)}. It is shown this once, so keep it:`);
  session.print(created.key);
  session.note("From now on every caller of the server needs a key: --api-key or SEKHA_API_KEY.");
}

async function listKeys(session: Session, { user, all }: ListOptions): Promise<void> {
  if (user !== undefined && all === true) {
    throw usageError("--user and --all contradict each other.", "Give one of them.");
  }
  const whose = all === true ? "*" : user;
  const query = whose === undefined ? {} : { user: whose };
  const { keys } = await session.withMemory(({ client }) => client.keys.list(query));
  if (session.json) return session.printJson(keys);
  if (keys.length === 0) {
    session.note("There are no keys. Make one: sekha keys create NAME");
    return;
  }
  const heading = (text: string) => session.paint("bold", text);
  session.print(renderTable(keys, COLUMNS, { width: session.width, heading }));
}

async function rotateKey(session: Session, id: string, options: RotateOptions): Promise<void> {
  const { user, grace, expires } = options;
  const request = {
    ...(grace === undefined ? {} : { grace_seconds: parseDuration(grace, "--grace") / 1000 }),
    ...expiryOf(session, expires),
  };
  const query = user === undefined ? {} : { user };
  const rotated = await session.withMemory(({ client }) =>
    client.keys.rotate(id, { ...request, ...query }),
  );
  if (session.json) return session.printJson(rotated);
  session.note(`The new secret of ${safeLine(rotated.name)}. It is shown this once, so keep it:`);
  session.print(rotated.key);
  const { previous_until: until } = rotated;
  session.note(
    until === null
      ? "The old one no longer works."
      : `The old one works until ${formatMinute(until)}.`,
  );
}

async function revokeKey(session: Session, id: string, { user }: { user?: string }): Promise<void> {
  const query = user === undefined ? {} : { user };
  const key = await session.withMemory(({ client }) => client.keys.revoke(id, query));
  if (session.json) session.printJson(key);
  else session.note(`The key ${safeLine(key.name)} (${key.prefix}…) no longer works.`);
}

function parseScopes(text: string): KeyScope[] {
  const names = text.split(",").map((name) => name.trim());
  const scopes = SCOPES.filter((scope) => names.includes(scope));
  const unknown = names.find((name) => !SCOPES.some((scope) => scope === name));
  if (unknown === undefined && scopes.length > 0) return scopes;
  throw usageError(
    `--scopes does not know "${unknown ?? ""}".`,
    "Write one or more of read, write, admin: --scopes read,write",
  );
}

function expiryOf(session: Session, expires: string | undefined): { expires_at?: string } {
  if (expires === undefined) return {};
  return { expires_at: parseExpiry(expires, { now: session.io.now }) };
}

const COLUMNS: Column<KeyResponse>[] = [
  { title: "Name", value: ({ name }) => name, shrinksTo: 8 },
  { title: "Key", value: ({ prefix }) => `${prefix}…` },
  { title: "State", value: ({ state }) => state },
  { title: "Last used", value: ({ last_used_at }) => timeText(last_used_at) },
  { title: "User", value: ({ user }) => user, droppable: true },
  { title: "May", value: ({ scopes }) => scopes.join(","), droppable: true },
  { title: "Expires", value: ({ expires_at }) => timeText(expires_at), droppable: true },
  { title: "Made", value: ({ created_at }) => formatMinute(created_at), droppable: true },
  { title: "ID", value: ({ id }) => id, droppable: true },
];

function timeText(iso: string | null): string {
  return iso === null ? "never" : formatMinute(iso);
}
