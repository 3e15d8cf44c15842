import type { AssembledContextOutput } from "@sekha/sdk";
import type { Command } from "commander";
import type { Action } from "../action.ts";
import { usageError } from "../cli-error.ts";
import { collect } from "../filter-options.ts";
import { formatCount, formatNumber } from "../quantities.ts";
import type { Session } from "../session.ts";
import { type Column, renderTable } from "../table.ts";
import { safeText } from "../terminal-text.ts";
import { wholeNumber } from "../whole-number.ts";

export interface ContextOptions {
  budget: number;
  prefer?: string[];
  exclude?: string[];
}

/** What `context` and `ask` both let a person say of memory. */
export function addContextOptions(command: Command): Command {
  return command
    .option("--budget <tokens>", "tokens the context may take", wholeNumber(0, 1_000_000), 4000)
    .option("--prefer <label>", "prefer conversations of this label; repeat it", collect)
    .option("--exclude <folder>", "use nothing of this folder; repeat it", collect);
}

export function contextRequest(query: string, { budget, prefer, exclude }: ContextOptions) {
  return {
    query,
    context_budget: budget,
    ...(prefer === undefined ? {} : { preferred_labels: prefer }),
    ...(exclude === undefined ? {} : { excluded_folders: exclude }),
  };
}

export function addContextCommand(program: Command, action: Action): void {
  const command = program
    .command("context")
    .description("Assemble what a model should know of your memory for a question.")
    .argument("<question...>", "what the model will be asked");
  addContextOptions(command)
    .option("--explain", "every candidate, its scores, and why it was taken or left")
    .addHelpText(
      "after",
      `
Writes the context as it stands in a prompt: quoted, with citations. Nothing relevant: nothing.

Examples:
  $ sekha context "where is the spare key"
  $ sekha context "what did we decide about the roof" --budget 2000 --exclude /private
  $ sekha context "spare key" --explain
`,
    )
    .action(action(showContext));
}

async function showContext(
  session: Session,
  words: string[],
  options: ContextOptions & { explain?: boolean },
): Promise<void> {
  const query = words.join(" ");
  if (query.trim() === "") throw usageError("The question is empty.", "Say what is asked.");
  const explain = options.explain === true;
  const request = { ...contextRequest(query, options), ...(explain ? { explain } : {}) };
  const context = await session.withMemory(({ client }) => client.context.assemble(request));
  if (session.json) return session.printJson(context);
  if (explain) session.print(explanation(session, context));
  else if (context.assembled_context !== "") session.print(safeText(context.assembled_context));
  session.note(accountOf(context));
}

function accountOf({
  messages,
  conversations_used,
  tokens_used,
  degraded,
}: AssembledContextOutput) {
  const why = degraded === null ? "" : ` By words alone: ${degraded}`;
  if (messages.length === 0) return `Nothing in memory is relevant enough.${why}`;
  const parts = [
    formatNumber(messages.length, "message"),
    `of ${formatNumber(conversations_used, "conversation")},`,
    formatNumber(tokens_used, "token"),
  ];
  return `\n${parts.join(" ")}.${why}`;
}

type Candidate = NonNullable<AssembledContextOutput["candidates"]>[number];

function explanation(session: Session, { candidates = [] }: AssembledContextOutput): string {
  const heading = (text: string) => session.paint("bold", text);
  return renderTable(candidates, COLUMNS, { width: session.width, heading });
}

const COLUMNS: Column<Candidate>[] = [
  { title: "", value: ({ taken }) => (taken ? "✓" : "·") },
  { title: "Value", value: ({ value }) => value.toFixed(3), align: "right" },
  { title: "Relevance", value: ({ relevance }) => relevance.toFixed(2), align: "right" },
  {
    title: "Importance",
    value: ({ importance }) => formatCount(importance),
    align: "right",
    droppable: true,
  },
  {
    title: "Recency",
    value: ({ recency }) => recency.toFixed(2),
    align: "right",
    droppable: true,
  },
  { title: "From", value: ({ sources }) => sources.join(", "), shrinksTo: 6, droppable: true },
  { title: "Label", value: ({ label }) => label, shrinksTo: 10 },
  { title: "Why", value: ({ reason }) => reason, shrinksTo: 12 },
];
