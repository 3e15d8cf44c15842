import type { SekhaClient } from "@sekha/sdk";
import type { Command } from "commander";
import type { Action } from "../action.ts";
import { usageError } from "../cli-error.ts";
import { addFilterOptions, type FilterOptions, filtersOf } from "../filter-options.ts";
import { formatDay, formatNumber } from "../quantities.ts";
import type { Session } from "../session.ts";
import { safeLine, wrapText } from "../terminal-text.ts";
import { wholeNumber } from "../whole-number.ts";

type Hit = Awaited<ReturnType<SekhaClient["searchFullText"]>>["results"][number];

const INDENT = "    ";
const READABLE_WIDTH = 100;

export function addFullTextCommand(program: Command, action: Action): void {
  const command = program
    .command("fts")
    .description('Find messages by word: AND, OR, NOT, "phrases", prefix*.')
    .argument("<query...>", "words and operators")
    .option("-n, --limit <number>", "most results", wholeNumber(1, 1000), 10)
    .option("--archived", "look in archived conversations too");
  addFilterOptions(command, { when: "said" })
    .addHelpText(
      "after",
      `
What is no valid query is looked for as plain words.

Examples:
  $ sekha fts '"spare key" OR pot*'
  $ sekha fts invoice NOT draft --folder /work
`,
    )
    .action(action(find));
}

interface FullTextOptions extends FilterOptions {
  limit: number;
  archived?: boolean;
}

async function find(session: Session, words: string[], options: FullTextOptions): Promise<void> {
  const query = words.join(" ");
  if (query.trim() === "") throw usageError("The query is empty.", "Say what to look for.");
  const { limit, archived } = options;
  const request = {
    query,
    limit,
    ...filtersOf(session, options),
    ...(archived === true ? { include_archived: true } : {}),
  };
  const answer = await session.withMemory(({ client }) => client.searchFullText(request));
  if (session.json) return session.printJson(answer);
  if (answer.results.length === 0) return session.note("Nothing found.");
  session.print(answer.results.map((hit) => hitText(session, hit)).join("\n\n"));
  session.note(`\n${answer.results.length} of ${formatNumber(answer.total, "match", "matches")}.`);
}

function hitText(session: Session, hit: Hit): string {
  const { rank, label, folder, timestamp, role, name, snippet, conversation_id } = hit;
  const place = [folder, formatDay(timestamp), name ?? role].map(safeLine).join(" · ");
  const width = Math.min(READABLE_WIDTH, session.width) - INDENT.length;
  return [
    `${rank}. ${session.paint("bold", safeLine(label))}  ${session.paint("dim", place)}`,
    ...wrapText(safeLine(snippet), Math.max(10, width)).map((line) => `${INDENT}${line}`),
    session.paint("dim", `${INDENT}${conversation_id}`),
  ].join("\n");
}
