import type { SekhaClient } from "@sekha/sdk";
import type { Command } from "commander";
import type { Action } from "../action.ts";
import { conversationId, notFoundHere } from "../conversation-lookup.ts";
import type { Session } from "../session.ts";
import { type Column, renderTable } from "../table.ts";
import { safeLine } from "../terminal-text.ts";
import { printNames } from "./names.ts";

type Suggestion = Awaited<ReturnType<SekhaClient["labels"]["suggest"]>>["suggestions"][number];

const ID = "id of a conversation, or a unique beginning of it";

export function addLabelCommands(program: Command, action: Action): void {
  const labels = program
    .command("labels")
    .description("List labels, and find one for a conversation.")
    .addHelpText("after", "\nExamples:\n  $ sekha labels\n  $ sekha labels suggest 6f1c2b34\n");
  labels
    .command("list", { isDefault: true })
    .description("List labels and how many conversations have each.")
    .addHelpText("after", "\nExamples:\n  $ sekha labels list\n")
    .action(
      action((session: Session) =>
        printNames(session, "Label", async (client) => (await client.labels.list()).labels),
      ),
    );
  labels
    .command("suggest")
    .description("Suggest labels for a conversation, with reasons; changes nothing.")
    .argument("<id>", ID)
    .addHelpText("after", "\nExamples:\n  $ sekha labels suggest 6f1c2b34\n")
    .action(action(suggest));
  labels
    .command("auto")
    .description("Give a conversation the surest label, unless somebody gave it one.")
    .argument("<id>", ID)
    .option("--force", "replace a label that somebody gave, too")
    .addHelpText("after", "\nExamples:\n  $ sekha labels auto 6f1c2b34\n")
    .action(action(applyBest));
}

async function suggest(session: Session, given: string): Promise<void> {
  const answer = await onConversation(session, given, (client, id) =>
    client.labels.suggest({ conversation_id: id }),
  );
  if (session.json) return session.printJson(answer);
  if (answer.suggestions.length === 0) return session.note("No label suggests itself.");
  const heading = (text: string) => session.paint("bold", text);
  session.print(renderTable(answer.suggestions, COLUMNS, { width: session.width, heading }));
}

async function applyBest(
  session: Session,
  given: string,
  { force }: { force?: boolean },
): Promise<void> {
  const answer = await onConversation(session, given, (client, id) =>
    client.labels.auto(id, force === true ? { force } : {}),
  );
  if (session.json) return session.printJson(answer);
  session.print(`${safeLine(answer.label)}: ${safeLine(answer.reason)}`);
}

async function onConversation<T>(
  session: Session,
  given: string,
  work: (client: SekhaClient, id: string) => Promise<T>,
): Promise<T> {
  return session.withMemory(async ({ client }) => {
    try {
      return await work(client, await conversationId(client, given));
    } catch (error) {
      throw notFoundHere(error);
    }
  });
}

const COLUMNS: Column<Suggestion>[] = [
  { title: "Label", value: ({ label }) => label, shrinksTo: 10 },
  { title: "Confidence", value: ({ confidence }) => confidence.toFixed(2), align: "right" },
  { title: "Known", value: ({ is_existing }) => (is_existing ? "yes" : "new"), droppable: true },
  { title: "Why", value: ({ reason }) => reason, shrinksTo: 12 },
];
