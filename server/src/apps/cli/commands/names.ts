import type { SekhaClient } from "@sekha/sdk";
import type { Command } from "commander";
import type { Action } from "../action.ts";
import { conversationId, notFoundHere } from "../conversation-lookup.ts";
import { formatCount } from "../quantities.ts";
import type { Session } from "../session.ts";
import { renderTable } from "../table.ts";
import { safeLine } from "../terminal-text.ts";

interface NameCount {
  name: string;
  count: number;
}

const ID = "id of a conversation, or a unique beginning of it";

/** `folders`, `labels list` and `tags list`, with how many conversations have each. */
export function addFolderCommand(program: Command, action: Action): void {
  program
    .command("folders")
    .description("List folders and how many conversations are in each.")
    .addHelpText("after", "\nExamples:\n  $ sekha folders\n  $ sekha folders --json\n")
    .action(
      action((session: Session) =>
        printNames(session, "Folder", async (client) => (await client.folders()).folders),
      ),
    );
}

export function addTagCommands(program: Command, action: Action): void {
  const tags = program
    .command("tags")
    .description("List, add and remove tags.")
    .addHelpText("after", "\nExamples:\n  $ sekha tags list\n  $ sekha tags add 6f1c2b34 home\n");
  tags
    .command("list", { isDefault: true })
    .description("List tags and how many conversations have each.")
    .addHelpText("after", "\nExamples:\n  $ sekha tags list\n")
    .action(
      action((session: Session) =>
        printNames(session, "Tag", async (client) => (await client.tags()).tags),
      ),
    );
  for (const [name, route, preposition] of [
    ["add", "addTags", "to"],
    ["remove", "removeTags", "from"],
  ] as const) {
    tags
      .command(name)
      .description(`${name === "add" ? "Add" : "Remove"} tags ${preposition} a conversation.`)
      .argument("<id>", ID)
      .argument("<tags...>", "tags, compared exactly")
      .addHelpText("after", `\nExamples:\n  $ sekha tags ${name} 6f1c2b34 home keys\n`)
      .action(
        action((session: Session, id: string, given: string[]) =>
          changeTags(session, { id, given, route }),
        ),
      );
  }
}

interface TagChange {
  id: string;
  given: string[];
  route: "addTags" | "removeTags";
}

async function changeTags(session: Session, { id, given, route }: TagChange): Promise<void> {
  const changed = await session.withMemory(async ({ client }) => {
    const full = await conversationId(client, id);
    return client.conversations[route](full, given).catch((error: unknown) => {
      throw notFoundHere(error);
    });
  });
  if (session.json) return session.printJson(changed);
  const tags = changed.tags.length === 0 ? "no tags" : changed.tags.map(safeLine).join(", ");
  session.print(`${safeLine(changed.label)}: ${tags}`);
}

/** The most used first. */
export async function printNames(
  session: Session,
  title: string,
  read: (client: SekhaClient) => Promise<readonly NameCount[]>,
): Promise<void> {
  const names = await session.withMemory(({ client }) => read(client));
  const sorted = [...names].sort((left, right) => right.count - left.count);
  if (session.json) return session.printJson(sorted);
  if (sorted.length === 0) return session.note("There are none yet.");
  session.print(
    renderTable(
      sorted,
      [
        { title, value: ({ name }) => name, shrinksTo: 10 },
        { title: "Conversations", value: ({ count }) => formatCount(count), align: "right" },
      ],
      { width: session.width, heading: (text) => session.paint("bold", text) },
    ),
  );
}
