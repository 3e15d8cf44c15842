import type { UserResponse } from "@sekha/sdk";
import type { Command } from "commander";
import type { Action } from "../action.ts";
import { CliError, usageError } from "../cli-error.ts";
import { formatCount, formatMinute, formatNumber } from "../quantities.ts";
import { confirm } from "../question.ts";
import type { Session } from "../session.ts";
import { type Column, renderTable } from "../table.ts";
import { safeLine } from "../terminal-text.ts";

/** Users asked for at once. */
const PAGE = 1000;

export function addUserCommands(program: Command, action: Action): void {
  const users = program
    .command("users")
    .description("List who has a memory here, and erase one with everything.")
    .addHelpText(
      "after",
      "\nA user is whoever has a key: sekha keys create laptop --user ann\n\nExamples:\n  $ sekha users list\n",
    );
  users
    .command("list")
    .description("List users with how much they have (needs the scope admin).")
    .addHelpText("after", "\nExamples:\n  $ sekha users list\n  $ sekha users list --json\n")
    .action(action(listUsers));
  users
    .command("erase")
    .description("Erase a user: keys, conversations, everything. It does not come back.")
    .argument("<name>", "name of the user")
    .option("--yes", "do not ask")
    .addHelpText(
      "after",
      "\nExamples:\n  $ sekha users erase ann\n  $ sekha users erase ann --yes\n",
    )
    .action(action(eraseUser));
}

async function listUsers(session: Session): Promise<void> {
  const users = await session.withMemory(async ({ client }) => {
    const all: UserResponse[] = [];
    for (;;) {
      const page = await client.users.list({ limit: PAGE, offset: all.length });
      all.push(...page.users);
      if (page.users.length < PAGE) return all;
    }
  });
  if (session.json) return session.printJson(users);
  if (users.length === 0) {
    session.note("Nobody has anything here yet. Make a key: sekha keys create NAME --user USER");
    return;
  }
  const heading = (text: string) => session.paint("bold", text);
  session.print(renderTable(users, COLUMNS, { width: session.width, heading }));
}

async function eraseUser(
  session: Session,
  name: string,
  { yes }: { yes?: boolean },
): Promise<void> {
  if (yes !== true) await askFirst(session, name);
  const erased = await session.withMemory(({ client }) => client.users.erase(name));
  if (session.json) return session.printJson(erased);
  session.note(
    `The user ${safeLine(name)} is erased: ${formatNumber(erased.conversations, "conversation")} and ${formatNumber(erased.keys, "key")}.`,
  );
}

async function askFirst(session: Session, name: string): Promise<void> {
  if (!session.io.isInputTerminal) {
    throw usageError("Erasing a user needs a confirmation.", "Give --yes.");
  }
  const question = `Erase every conversation and key of ${safeLine(name)}? They do not come back.`;
  if (await confirm(session, question, false)) return;
  throw new CliError("Nothing was changed.");
}

const COLUMNS: Column<UserResponse>[] = [
  { title: "User", value: ({ name }) => name, shrinksTo: 8 },
  {
    title: "Conversations",
    value: ({ conversations }) => formatCount(conversations),
    align: "right",
  },
  { title: "Keys", value: ({ keys }) => formatCount(keys), align: "right" },
  {
    title: "Last used",
    value: ({ last_used_at: time }) => (time === null ? "never" : formatMinute(time)),
  },
];
