import type { SearchHit, SearchResponse } from "@sekha/sdk";
import { type Command, Option } from "commander";
import type { Action } from "../action.ts";
import { usageError } from "../cli-error.ts";
import { addFilterOptions, collect, type FilterOptions, filtersOf } from "../filter-options.ts";
import { renderBar } from "../progress.ts";
import { formatCount, formatDay, formatNumber } from "../quantities.ts";
import type { Session } from "../session.ts";
import { fitText, safeLine, wrapText } from "../terminal-text.ts";
import { wholeNumber } from "../whole-number.ts";

interface SearchOptions extends FilterOptions {
  limit: number;
  mode: "hybrid" | "semantic" | "keyword";
  role?: string[];
  group?: boolean;
  neighbours?: number;
  archived?: boolean;
}

const INDENT = "    ";
const READABLE_WIDTH = 100;
const SCORE_BAR = 8;
/** Neighbours are for orientation; a whole answer would bury the hit. */
const NEIGHBOUR_COLUMNS = 300;

export function addSearchCommand(program: Command, action: Action): void {
  const command = program
    .command("search")
    .alias("query")
    .description("Find messages by meaning and by word.")
    .argument("<query...>", "what to look for")
    .option("-n, --limit <number>", "most results", wholeNumber(1, 1000), 10)
    .addOption(
      new Option("--mode <mode>", "how to look")
        .choices(["hybrid", "semantic", "keyword"])
        .default("hybrid"),
    )
    .option("--role <role>", "said by user, assistant, …; repeat it for several", collect)
    .option("--group", "the best conversations instead of single messages")
    .option("--neighbours <number>", "turns around each hit to show too", wholeNumber(0, 20))
    .option("--archived", "look in archived conversations too");
  addFilterOptions(command, { when: "said" })
    .addHelpText(
      "after",
      `
Examples:
  $ sekha search "where is the spare key"
  $ sekha search deployment rollback --folder /work --since 30d --limit 5
  $ sekha search "invoice 4711" --mode keyword --json
`,
    )
    .action(action(search));
}

async function search(session: Session, words: string[], options: SearchOptions): Promise<void> {
  const query = words.join(" ");
  if (query.trim() === "") throw usageError("The query is empty.", "Say what to look for.");
  const { limit, mode, role, group, neighbours } = options;
  const filters = filtersOf(session, options);
  const answer = await session.withMemory(({ client }) =>
    client.search({
      ...filters,
      ...{ query, limit, mode, role, neighbours },
      group_by: group === true ? "conversation" : undefined,
      include_archived: options.archived,
    }),
  );
  if (session.json) return session.printJson(answer);
  if (answer.degraded !== null) session.warn(answer.degraded);
  if (answer.results.length === 0) {
    session.note("Nothing found. Fewer words or fewer filters find more.");
    return;
  }
  session.print(group === true ? groupText(session, answer) : hitsText(session, answer.results));
  const shown = group === true ? (answer.conversations?.length ?? 0) : answer.results.length;
  const what = group === true ? "conversation" : "match";
  const plural = group === true ? "conversations" : "matches";
  session.note(
    `\n${formatCount(shown)} of ${formatNumber(answer.total, what, plural)}, ${Math.round(answer.took_ms)} ms. sekha show ID shows a whole conversation.`,
  );
}

function hitsText(session: Session, hits: readonly SearchHit[]): string {
  return hits.map((hit) => hitText(session, hit)).join("\n\n");
}

function hitText(session: Session, hit: SearchHit): string {
  const place = [hit.folder, formatDay(hit.timestamp), speakerOf(hit)].map(safeLine).join(" · ");
  const title = session.paint("bold", safeLine(hit.label));
  return [
    `${scoreText(session, hit.score)}  ${title}  ${session.paint("dim", place)}`,
    ...passageLines(session, hit),
    session.paint("dim", `${INDENT}${hit.conversation_id}`),
  ].join("\n");
}

function groupText(session: Session, { conversations = [] }: SearchResponse): string {
  return conversations
    .map(({ conversation, score, hits }) => {
      const counted = formatNumber(conversation.message_count, "message");
      const place = [conversation.folder, formatDay(conversation.updated_at), counted].join(" · ");
      const title = session.paint("bold", safeLine(conversation.label));
      return [
        `${scoreText(session, score)}  ${title}  ${session.paint("dim", safeLine(place))}`,
        ...hits.flatMap((hit) => passageLines(session, hit)),
        session.paint("dim", `${INDENT}${conversation.id}`),
      ].join("\n");
    })
    .join("\n\n");
}

/** With neighbours the turns around the hit, otherwise its best passage. */
function passageLines(session: Session, hit: SearchHit): string[] {
  const neighbours = hit.neighbours ?? [];
  if (neighbours.length === 0) {
    return passage(session, { speaker: null, text: hit.snippet, marked: true });
  }
  const line = (message: (typeof neighbours)[number]) =>
    passage(session, {
      speaker: speakerOf(message),
      text: fitText(safeLine(message.text), NEIGHBOUR_COLUMNS),
      marked: false,
    });
  const before = neighbours.filter(({ position }) => position < hit.position);
  const after = neighbours.filter(({ position }) => position > hit.position);
  const hitLines = passage(session, { speaker: speakerOf(hit), text: hit.snippet, marked: true });
  return [...before.flatMap(line), ...hitLines, ...after.flatMap(line)];
}

interface Passage {
  speaker: string | null;
  text: string;
  /** Matches stand between ** and **. */
  marked: boolean;
}

function passage(session: Session, { speaker, text, marked }: Passage): string[] {
  const width = Math.min(READABLE_WIDTH, session.width) - INDENT.length;
  const prefix = speaker === null ? "" : `${safeLine(speaker)}: `;
  const lines = wrapText(prefix + safeLine(text), Math.max(10, width));
  const joined = lines.join("\n");
  const shown = marked ? highlight(session, joined) : session.paint("dim", joined);
  return shown.split("\n").map((line) => `${INDENT}${line}`);
}

/** Colour in place of the marks; where there is none, the marks say it. */
function highlight(session: Session, text: string): string {
  if (!session.colour) return text;
  return text.replace(/\*\*(?=\S)([\s\S]+?)\*\*/g, (_, match: string) =>
    match
      .split("\n")
      .map((line) => session.paint(["bold", "yellow"], line))
      .join("\n"),
  );
}

function scoreText(session: Session, score: number): string {
  const number = score.toFixed(2);
  if (!session.io.isTerminal) return number;
  return `${session.paint("green", renderBar(score, SCORE_BAR))} ${number}`;
}

function speakerOf({ name, role }: { name: string | null; role: string }): string {
  return name ?? role;
}
