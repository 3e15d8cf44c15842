import type { ConversationOutput, SekhaClient } from "@sekha/sdk";
import type { Command } from "commander";
import type { Action } from "../action.ts";
import { usageError } from "../cli-error.ts";
import { conversationId, notFoundHere } from "../conversation-lookup.ts";
import type { Session } from "../session.ts";
import { safeLine } from "../terminal-text.ts";

type Conversations = SekhaClient["conversations"];
type Change = (conversations: Conversations, id: string) => Promise<ConversationOutput>;

const ID = "id of a conversation, or a unique beginning of it";
const IDS = "ids of conversations, or unique beginnings of them";

/** `label`, `move` and `importance`: one conversation and its new value. */
export function addValueCommands(program: Command, action: Action): void {
  const add = (
    name: string,
    texts: { description: string; value: string; examples: string[] },
    changeTo: (value: string) => { change: Change; done: string },
  ) =>
    program
      .command(name)
      .description(texts.description)
      .argument("<id>", ID)
      .argument(`<${texts.value}>`)
      .addHelpText("after", examplesOf(texts.examples))
      .action(
        action((session: Session, id: string, value: string) =>
          changeAll(session, { given: [id], ...changeTo(value) }),
        ),
      );

  add(
    "label",
    {
      description: "Give a conversation another label.",
      value: "label",
      examples: ['label 6f1c2b34 "Spare keys"'],
    },
    (label) => ({ change: (all, id) => all.setLabel(id, label), done: "labelled" }),
  );
  add(
    "move",
    {
      description: "Move a conversation to another folder.",
      value: "folder",
      examples: ["move 6f1c2b34 /home/keys"],
    },
    (folder) => ({
      change: (all, id) => all.setFolder(id, folder),
      done: `moved to ${safeLine(folder)}`,
    }),
  );
  add(
    "importance",
    {
      description: "Say how important a conversation is, from 1 (may go) to 10 (keep always).",
      value: "score",
      examples: ["importance 6f1c2b34 8"],
    },
    (text) => {
      const score = scoreOf(text);
      return { change: (all, id) => all.setImportance(id, score), done: `importance ${score}` };
    },
  );
}

/** `pin`, `unpin`, `archive` and `unarchive`: one mark for any number of conversations. */
export function addMarkCommands(program: Command, action: Action): void {
  const add = (name: MarkName, description: string, done: string) =>
    program
      .command(name)
      .description(description)
      .argument("<ids...>", IDS)
      .addHelpText("after", examplesOf([`${name} 6f1c2b34`, `${name} 6f1c2b34 91d0a7c2`]))
      .action(
        action((session: Session, given: string[]) =>
          changeAll(session, { given, change: (all, id) => all[name](id), done }),
        ),
      );

  add("pin", "Keep conversations always: importance 10, never pruned.", "pinned");
  add("unpin", "Take a pin away; the importance before it returns.", "no longer pinned");
  add("archive", "Put conversations away: no search finds them unless asked to.", "archived");
  add("unarchive", "Take conversations out of the archive.", "active again");
}

type MarkName = "pin" | "unpin" | "archive" | "unarchive";

/** All ids are looked up before the first is changed, so that a mistyped one changes nothing. */
async function changeAll(
  session: Session,
  { given, change, done }: { given: readonly string[]; change: Change; done: string },
): Promise<void> {
  const changed = await session.withMemory(async ({ client }) => {
    const ids: string[] = [];
    for (const one of given) ids.push(await conversationId(client, one));
    const results: ConversationOutput[] = [];
    for (const id of new Set(ids)) {
      try {
        results.push(await change(client.conversations, id));
      } catch (error) {
        throw notFoundHere(error);
      }
    }
    return results;
  });
  if (session.json) return session.printJson({ conversations: changed });
  for (const { label, id } of changed) {
    session.print(`${safeLine(label)}: ${done} ${session.paint("dim", `(${id})`)}`);
  }
}

function scoreOf(text: string): number {
  const score = Number(text);
  if (text.trim() !== "" && score >= 1 && score <= 10) return score;
  throw usageError(`"${text}" is no importance.`, "Write a number from 1 to 10.");
}

function examplesOf(examples: readonly string[]): string {
  return `\nExamples:\n${examples.map((one) => `  $ sekha ${one}`).join("\n")}\n`;
}
