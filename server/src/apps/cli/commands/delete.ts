import type { ConversationOutput, SekhaClient } from "@sekha/sdk";
import type { Command } from "commander";
import type { Action } from "../action.ts";
import { usageError } from "../cli-error.ts";
import { conversationId, notFoundHere } from "../conversation-lookup.ts";
import { formatNumber } from "../quantities.ts";
import { confirm } from "../question.ts";
import type { Session } from "../session.ts";
import { safeLine } from "../terminal-text.ts";

export function addDeleteCommand(program: Command, action: Action): void {
  program
    .command("delete")
    .description("Erase conversations for good: texts, index entries, vectors, summaries.")
    .argument("<ids...>", "ids of conversations, or unique beginnings of them")
    .option("-y, --yes", "do not ask")
    .addHelpText(
      "after",
      `
Nothing brings an erased conversation back but a backup. \`sekha archive\` only puts it away.

Examples:
  $ sekha delete 6f1c2b34
  $ sekha delete 6f1c2b34 91d0a7c2 --yes
`,
    )
    .action(action(erase));
}

async function erase(session: Session, given: string[], { yes }: { yes?: boolean }): Promise<void> {
  await session.withMemory(async ({ client }) => {
    const found = await conversationsOf(client, given);
    if (yes !== true && !(await isMeant(session, found))) {
      session.note("Nothing was erased.");
      return;
    }
    const answer = await client.conversations.deleteMany(found.map(({ id }) => id));
    if (session.json) return session.printJson(answer);
    session.print(`Erased ${formatNumber(answer.deleted, "conversation")}.`);
  });
}

async function conversationsOf(
  client: SekhaClient,
  given: readonly string[],
): Promise<ConversationOutput[]> {
  const ids = new Set<string>();
  for (const one of given) ids.add(await conversationId(client, one));
  const found: ConversationOutput[] = [];
  for (const id of ids) {
    const conversation = client.conversations.get(id, { message_limit: 0 });
    found.push(
      await conversation.catch((error: unknown) => {
        throw notFoundHere(error);
      }),
    );
  }
  return found;
}

async function isMeant(session: Session, found: readonly ConversationOutput[]): Promise<boolean> {
  if (!session.io.isInputTerminal) {
    throw usageError("Nobody can be asked whether to erase.", "Say it with --yes.");
  }
  for (const { label, message_count, id } of found) {
    session.note(`  ${safeLine(label)}, ${formatNumber(message_count, "message")} (${id})`);
  }
  const what = formatNumber(found.length, "conversation");
  return confirm(session, `Erase ${what} for good?`, false);
}
