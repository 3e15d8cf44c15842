import type { JsonObject } from "../conversations/conversation.ts";
import { fencedLines } from "./code-fence.ts";
import { asTags, cleanText } from "./loose-json.ts";
import { fileStem, type ParseContext, type Reading } from "./parsed-import.ts";
import { ROLE_WORD, roleOfWord } from "./role-words.ts";
import { readTimestamp } from "./timestamp.ts";
import { readTranscript, type TurnMarker } from "./transcript.ts";

/** `## User`, `### 🧑 You said:`, `## Assistant (2024-05-01 10:00)`; not `## User interface`. */
const HEADING = new RegExp(
  `^(?<level>#{1,6})[ \\t]+[^\\p{L}\\p{N}]*(?<role>${ROLE_WORD})(?:[ \\t]+said)?[ \\t]*:?\\**(?:[ \\t]*[-–—·(\\[|]+[ \\t]*(?<time>\\d[^)\\]]*)[)\\]]?)?[ \\t#]*$`,
  "iu",
);
/** `**User:** text` and `**User**: text`. */
const BOLD = new RegExp(
  `^(?:\\*\\*|__)(?<role>${ROLE_WORD})(?::(?:\\*\\*|__)|(?:\\*\\*|__)[ \\t]*:)[ \\t]*(?<text>.*)$`,
  "is",
);
/** Longer lines are never asked: the patterns above would search them many times over. */
const LONGEST_HEADING = 300;
const TITLE = /^#[ \t]+(?<title>\S.*?)[ \t#]*$/;

interface FrontMatter {
  values: JsonObject;
  /** The lines after it. */
  body: string[];
}

/**
 * Markdown whose turns begin with a heading or a bold role; undefined without any. The title is
 * the front matter's, else a first-level heading before the first turn, else the file's name.
 */
export function readMarkdown(text: string, context: ParseContext): Reading | undefined {
  const { values, body } = readFrontMatter(text.split(/\r?\n/));
  const marker = findMarker(body);
  if (marker === undefined) {
    return undefined;
  }
  const firstTurn = body.findIndex((line) => marker(line) !== undefined);
  const titleLine = body.findIndex(
    (line, index) => index < firstTurn && isShort(line) && TITLE.test(line),
  );
  const heading = TITLE.exec(body[titleLine] ?? "")?.groups?.title;
  const label = textOf(values.title) ?? heading ?? fileStem(context.fileName);
  const isTitleUsed = heading !== undefined && label === heading;
  return readTranscript(
    {
      source: "markdown",
      lines: isTitleUsed ? body.filter((_line, index) => index !== titleLine) : body,
      marker,
      label: cleanText(label),
      metadata: Object.keys(values).length === 0 ? {} : { front_matter: values },
      tags: asTags(textOf(values.tags)?.replace(/^\[|\]$/g, "")),
      createdAt: readTimestamp(values.date ?? values.created ?? values.created_at),
    },
    context,
  );
}

/** Headings win over bold words; all headings of turns are of one level. */
function findMarker(lines: string[]): ((line: string) => TurnMarker | undefined) | undefined {
  const fenced = fencedLines(lines);
  const open = lines.filter((line, index) => fenced[index] !== true && isShort(line));
  const heading = open.map((line) => HEADING.exec(line)).find((match) => match !== null);
  if (heading !== undefined) {
    const level = heading?.groups?.level;
    return (line) => headingMarker(line, level);
  }
  const isBold = lines.some((line, index) => fenced[index] !== true && BOLD.test(line));
  return isBold ? boldMarker : undefined;
}

function headingMarker(line: string, level: string | undefined): TurnMarker | undefined {
  const groups = isShort(line) ? HEADING.exec(line)?.groups : undefined;
  if (groups === undefined || groups.level !== level) {
    return undefined;
  }
  return {
    role: roleOfWord(groups.role ?? ""),
    text: "",
    timestamp: readTimestamp(groups.time),
  };
}

function boldMarker(line: string): TurnMarker | undefined {
  const groups = BOLD.exec(line)?.groups;
  return groups === undefined
    ? undefined
    : { role: roleOfWord(groups.role ?? ""), text: groups.text ?? "" };
}

/** The plain `key: value` lines of YAML front matter, if the file begins with one. */
function readFrontMatter(lines: string[]): FrontMatter {
  const end = lines[0] === "---" ? lines.indexOf("---", 1) : -1;
  if (end === -1) {
    return { values: {}, body: lines };
  }
  const entries = lines.slice(1, end).flatMap((line): [string, string][] => {
    const groups = /^(?<key>[\w-]+):[ \t]*(?<value>.*)$/.exec(line)?.groups;
    const value = groups?.value?.trim().replace(/^(["'])(.*)\1$/, "$2") ?? "";
    return value === "" ? [] : [[groups?.key ?? "", cleanText(value)]];
  });
  return { values: Object.fromEntries(entries), body: lines.slice(end + 1) };
}

function isShort(line: string): boolean {
  return line.length <= LONGEST_HEADING;
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" && value.trim() !== "" ? value.trim() : undefined;
}
