import type { SekhaClient } from "@sekha/sdk";
import { type Command, Option } from "commander";
import type { Action } from "../action.ts";
import { conversationId, notFoundHere } from "../conversation-lookup.ts";
import { formatDay } from "../quantities.ts";
import type { Session } from "../session.ts";
import { safeText, wrapText } from "../terminal-text.ts";
import { wholeNumber } from "../whole-number.ts";

type Level = "daily" | "weekly" | "monthly";
type Summary = Awaited<ReturnType<SekhaClient["summaries"]["list"]>>["summaries"][number];

const READABLE_WIDTH = 100;
/** A long conversation is several calls of a model. */
const TIMEOUT_MS = 300_000;

export function addSummarizeCommand(program: Command, action: Action): void {
  program
    .command("summarize")
    .description("Summarize a conversation; without a chat model its own sentences are picked.")
    .argument("<id>", "id of a conversation, or a unique beginning of it")
    .addOption(levelOption("daily").default("daily"))
    .addHelpText(
      "after",
      `
The level sets the length: daily is a paragraph, weekly and monthly are more.

Examples:
  $ sekha summarize 6f1c2b34
  $ sekha summarize 6f1c2b34 --level monthly --json
`,
    )
    .action(action(summarize));
  program
    .command("summaries")
    .description("Read the stored summaries of conversations, days, weeks and months.")
    .addOption(levelOption("only these"))
    .option("-n, --limit <number>", "most summaries", wholeNumber(1, 1000), 10)
    .addHelpText("after", "\nExamples:\n  $ sekha summaries --level weekly\n")
    .action(action(list));
}

function levelOption(description: string): Option {
  const text = description === "daily" ? "how long" : description;
  return new Option("--level <level>", text).choices(["daily", "weekly", "monthly"]);
}

async function summarize(
  session: Session,
  given: string,
  { level }: { level: Level },
): Promise<void> {
  const made = await session.withMemory(async ({ client }) => {
    try {
      const id = await conversationId(client, given);
      return await client.summaries.create(id, { level, timeout: TIMEOUT_MS });
    } catch (error) {
      throw notFoundHere(error);
    }
  });
  if (session.json) return session.printJson(made);
  session.print(readable(session, made.summary));
  session.note(`\n${madeBy(made)}`);
}

async function list(
  session: Session,
  { level, limit }: { level?: Level; limit: number },
): Promise<void> {
  const query = { limit, ...(level === undefined ? {} : { level }) };
  const answer = await session.withMemory(({ client }) => client.summaries.list(query));
  if (session.json) return session.printJson(answer);
  if (answer.summaries.length === 0) return session.note("There are none yet.");
  session.print(answer.summaries.map((one) => summaryText(session, one)).join("\n\n"));
}

function summaryText(session: Session, summary: Summary): string {
  const { from, to } = summary.range;
  const of = summary.conversation_id ?? "everything";
  const title = `${summary.level}, ${formatDay(from)} to ${formatDay(to)}, ${of}`;
  return `${session.paint("bold", title)}\n${readable(session, summary.summary)}`;
}

function readable(session: Session, text: string): string {
  return wrapText(safeText(text), Math.min(READABLE_WIDTH, session.width)).join("\n");
}

function madeBy({ method, model }: { method: string; model: string }): string {
  return method === "model" ? `By ${model}.` : "Sentences of the conversation itself (no model).";
}
