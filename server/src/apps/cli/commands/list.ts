import type { ConversationOutput } from "@sekha/sdk";
import { type Command, Option } from "commander";
import type { Action } from "../action.ts";
import { addFilterOptions, type FilterOptions, filtersOf } from "../filter-options.ts";
import { formatCount, formatDay, formatNumber } from "../quantities.ts";
import type { Session } from "../session.ts";
import { type Column, renderTable } from "../table.ts";
import { wholeNumber } from "../whole-number.ts";

interface ListOptions extends FilterOptions {
  limit: number;
  page: number;
  status?: "active" | "archived" | "pinned" | "all";
  sort?: "updated_at" | "created_at" | "label" | "importance_score" | "message_count";
  order?: "asc" | "desc";
}

/** Enough of an id to tell conversations apart. */
const SHORT_ID = 13;

export function addListCommand(program: Command, action: Action): void {
  const command = program
    .command("list")
    .description("List conversations, the newest first.")
    .option("-n, --limit <number>", "conversations on a page", wholeNumber(1, 1000), 20)
    .option("--page <number>", "which page", wholeNumber(1, 1_000_000), 1)
    .addOption(
      new Option("--status <status>", "only these").choices([
        "active",
        "archived",
        "pinned",
        "all",
      ]),
    )
    .addOption(
      new Option("--sort <field>", "what to sort by").choices([
        "updated_at",
        "created_at",
        "label",
        "importance_score",
        "message_count",
      ]),
    )
    .addOption(new Option("--order <order>", "direction").choices(["asc", "desc"]));
  addFilterOptions(command, { when: "updated" })
    .addHelpText(
      "after",
      `
Examples:
  $ sekha list
  $ sekha list --folder /work --tag invoices --page 2
  $ sekha list --sort message_count --json
`,
    )
    .action(action(list));
}

async function list(session: Session, options: ListOptions): Promise<void> {
  const { limit, page, status, sort, order } = options;
  const query = { ...filtersOf(session, options), limit, page, status, sort, order };
  const answer = await session.withMemory(({ client }) => client.conversations.list(query));
  const { conversations, total } = answer;
  if (session.json) {
    return session.printJson({ conversations, total, page, page_size: answer.page_size });
  }
  if (conversations.length === 0) {
    session.note(
      total === 0
        ? "There are no such conversations. `sekha import FILE` brings some."
        : `There is no page ${page}: all ${formatCount(total)} are on earlier ones.`,
    );
    return;
  }
  const heading = (text: string) => session.paint("bold", text);
  session.print(renderTable(conversations, COLUMNS, { width: session.width, heading }));
  const first = (page - 1) * limit + 1;
  session.note(
    `\n${formatCount(first)}–${formatCount(first + conversations.length - 1)} of ${formatNumber(total, "conversation")}.`,
  );
}

const COLUMNS: Column<ConversationOutput>[] = [
  { title: "ID", value: ({ id }) => id.slice(0, SHORT_ID) },
  { title: "Label", value: ({ label }) => label, shrinksTo: 12 },
  { title: "Folder", value: ({ folder }) => folder, shrinksTo: 8, droppable: true },
  { title: "Updated", value: ({ updated_at }) => formatDay(updated_at) },
  {
    title: "Messages",
    value: ({ message_count }) => formatCount(message_count),
    align: "right",
    droppable: true,
  },
  { title: "Status", value: ({ status }) => status, droppable: true },
  { title: "Tags", value: ({ tags }) => tags.join(", "), shrinksTo: 6, droppable: true },
];
