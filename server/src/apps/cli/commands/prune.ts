import type { SekhaClient } from "@sekha/sdk";
import type { Command } from "commander";
import type { Action } from "../action.ts";
import { usageError } from "../cli-error.ts";
import { formatCount, formatDay, formatNumber } from "../quantities.ts";
import { confirm } from "../question.ts";
import type { Session } from "../session.ts";
import { type Column, renderTable } from "../table.ts";
import { wholeNumber } from "../whole-number.ts";

interface PruneOptions {
  days: number;
  importance: number;
  folder?: string;
  limit: number;
  dryRun?: boolean;
  delete?: boolean;
  yes?: boolean;
}

type Suggestions = Awaited<ReturnType<SekhaClient["prune"]["suggest"]>>;

export function addPruneCommand(program: Command, action: Action): void {
  const prune = program
    .command("prune")
    .description("Suggest what may be put away, and archive it when you say so.");
  prune
    .command("run", { isDefault: true })
    .description("Show suggestions, ask, and archive them.")
    .option("--days <number>", "not changed for so many days", wholeNumber(0, 36_500), 30)
    .option("--importance <score>", "at most so important, 1 to 10", wholeNumber(1, 10), 5)
    .option("--folder <folder>", "only this folder and everything below it")
    .option("-n, --limit <number>", "most suggestions", wholeNumber(1, 200), 50)
    .option("--dry-run", "only show them")
    .option("--delete", "erase them for good instead of archiving")
    .option("-y, --yes", "do not ask")
    .addHelpText("after", EXAMPLES)
    .action(action(run));
  prune
    .command("undo")
    .description("Make what a run archived active again.")
    .argument("[run]", "id of the run; the newest when absent")
    .addHelpText("after", "\nExamples:\n  $ sekha prune undo\n")
    .action(action(undo));
  prune.addHelpText("after", EXAMPLES);
}

const EXAMPLES = `
Pinned conversations are never suggested. Archiving can be undone; deleting cannot.

Examples:
  $ sekha prune --dry-run
  $ sekha prune --days 90 --importance 3 --yes
  $ sekha prune undo
`;

async function run(session: Session, options: PruneOptions): Promise<void> {
  await session.withMemory(async ({ client }) => {
    const found = await client.prune.suggest(criteriaOf(options));
    const onlyShows = options.dryRun === true || found.suggestions.length === 0;
    if (!session.json) showSuggestions(session, found);
    else if (onlyShows) session.printJson(found);
    if (onlyShows) return;
    if (await isMeant(session, { count: found.suggestions.length, options })) {
      const ids = found.suggestions.map((one) => one.conversation_id);
      await putAway(session, client, { ids, action: actionOf(options) });
    } else session.note("Nothing was changed.");
  });
}

function actionOf(options: PruneOptions): "archive" | "delete" {
  return options.delete === true ? "delete" : "archive";
}

async function putAway(
  session: Session,
  client: SekhaClient,
  { ids, action }: { ids: string[]; action: "archive" | "delete" },
): Promise<void> {
  const outcome = await client.prune.execute({ conversation_ids: ids, action });
  if (session.json) return session.printJson(outcome);
  const count = formatNumber(ids.length - outcome.skipped.length, "conversation");
  if (action === "delete") session.print(`Erased ${count}.`);
  else session.print(`Archived ${count}. \`sekha prune undo\` takes it back.`);
}

function criteriaOf({ days, importance, folder, limit }: PruneOptions) {
  return {
    threshold_days: days,
    importance_threshold: importance,
    limit,
    ...(folder === undefined ? {} : { folder }),
  };
}

function showSuggestions(session: Session, suggestions: Suggestions): void {
  const { suggestions: listed, total, estimated_token_savings: tokens } = suggestions;
  if (listed.length === 0) {
    session.note("Nothing may go by these limits.");
    return;
  }
  const heading = (text: string) => session.paint("bold", text);
  session.print(renderTable(listed, COLUMNS, { width: session.width, heading }));
  const shown = listed.length < total ? `The first ${formatCount(listed.length)} of ` : "";
  session.note(
    `\n${shown}${formatNumber(total, "conversation")}; those shown have ${formatNumber(tokens, "token")}.`,
  );
}

async function isMeant(
  session: Session,
  { count, options }: { count: number; options: PruneOptions },
): Promise<boolean> {
  if (options.yes === true) return true;
  if (!session.io.isInputTerminal) {
    throw usageError("Nobody can be asked.", "Say it with --yes, or look with --dry-run.");
  }
  const what = formatNumber(count, "conversation");
  const question = actionOf(options) === "delete" ? `Erase ${what} for good?` : `Archive ${what}?`;
  return confirm(session, question, false);
}

async function undo(session: Session, runId: string | undefined): Promise<void> {
  const undone = await session.withMemory(({ client }) => client.prune.undo(runId));
  if (session.json) return session.printJson(undone);
  session.print(`${formatNumber(undone.restored.length, "conversation")} active again.`);
  for (const { conversation_id, reason } of undone.skipped) {
    session.note(`  ${conversation_id}: ${reason}`);
  }
}

const COLUMNS: Column<Suggestions["suggestions"][number]>[] = [
  { title: "ID", value: ({ conversation_id }) => conversation_id.slice(0, 13) },
  { title: "Label", value: ({ label }) => label, shrinksTo: 12 },
  { title: "Folder", value: ({ folder }) => folder, shrinksTo: 8, droppable: true },
  { title: "Changed", value: ({ last_accessed }) => formatDay(last_accessed) },
  {
    title: "Importance",
    value: ({ importance_score }) => importance_score.toFixed(1),
    align: "right",
    droppable: true,
  },
  {
    title: "Messages",
    value: ({ message_count }) => formatCount(message_count),
    align: "right",
    droppable: true,
  },
  {
    title: "Tokens",
    value: ({ token_estimate }) => formatCount(token_estimate),
    align: "right",
    droppable: true,
  },
];
