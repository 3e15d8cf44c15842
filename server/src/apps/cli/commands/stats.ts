import type { Stats } from "@sekha/sdk";
import type { Command } from "commander";
import type { Action } from "../action.ts";
import { formatCount, formatDay } from "../quantities.ts";
import type { Session } from "../session.ts";
import { renderPairs, renderTable } from "../table.ts";

const SHOWN_NAMES = 10;

export function addStatsCommand(program: Command, action: Action): void {
  program
    .command("stats")
    .description("Say how much is remembered, and where.")
    .option("--folder <folder>", "only this folder and everything below it")
    .addHelpText("after", "\nExamples:\n  $ sekha stats\n  $ sekha stats --folder /work --json\n")
    .action(action(showStats));
}

async function showStats(session: Session, { folder }: { folder?: string }): Promise<void> {
  const stats = await session.withMemory(({ client }) => client.stats({ folder }));
  if (session.json) return session.printJson(stats);
  const sections = [
    figures(stats),
    namesTable(session, "Folders", stats.folder_counts),
    namesTable(session, "Labels", stats.label_counts),
    namesTable(session, "Tags", stats.tag_counts),
  ];
  session.print(sections.filter((section) => section !== "").join("\n\n"));
}

function figures(stats: Stats): string {
  const { active, pinned, archived } = stats.by_status;
  const span = [stats.oldest_message, stats.newest_message].map((time) =>
    time === null ? "–" : formatDay(time),
  );
  return renderPairs([
    ["conversations", formatCount(stats.total_conversations)],
    ["  active", formatCount(active)],
    ["  pinned", formatCount(pinned)],
    ["  archived", formatCount(archived)],
    ["messages", formatCount(stats.total_messages)],
    ["words", formatCount(stats.total_words)],
    ["importance, mean", stats.average_importance.toFixed(1)],
    ["from, to", span.join(", ")],
  ]);
}

function namesTable(session: Session, title: string, counts: Stats["folder_counts"]): string {
  if (counts.length === 0) return "";
  const top = [...counts].sort((left, right) => right.count - left.count).slice(0, SHOWN_NAMES);
  const more = counts.length - top.length;
  const table = renderTable(
    top,
    [
      { title, value: ({ name }) => name, shrinksTo: 10 },
      { title: "Conversations", value: ({ count }) => formatCount(count), align: "right" },
    ],
    { width: session.width, heading: (text) => session.paint("bold", text) },
  );
  return more === 0 ? table : `${table}\n… and ${formatCount(more)} more`;
}
