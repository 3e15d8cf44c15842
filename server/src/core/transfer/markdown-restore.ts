import type { JsonObject, JsonValue, MessageDraft } from "../conversations/conversation.ts";
import { openFence } from "./code-fence.ts";
import { readMessageRecord, restoredConversation } from "./conversation-record.ts";
import type { LineReader } from "./line-reader.ts";
import { asNumber, asObject, asText } from "./loose-json.ts";
import {
  contentHash,
  END_MARK,
  FRONT_MATTER_KEY,
  MARK_CLOSE,
  MESSAGE_MARK,
} from "./markdown-export.ts";
import type { ParseContext, Reading } from "./parsed-import.ts";

/** More than this in one conversation is refused rather than held. */
const MAX_CHARACTERS = 256 * 1024 * 1024;
const CUT_OFF = "the file ends before the end mark of this conversation; it is cut off";

export interface RestoredReading {
  reading: Reading;
  byte: number;
}

type Step =
  | { kind: "message"; draft: MessageDraft }
  | { kind: "end" }
  | { kind: "bad"; reason: string };

/**
 * Reads back what `writeMarkdown` wrote, several conversations included. Texts that were edited
 * since are taken as they are now: their line count no longer binds, the next mark does.
 */
export async function* restoreMarkdown(
  lines: LineReader,
  context: ParseContext,
): AsyncGenerator<RestoredReading> {
  let hasStray = false;
  for (;;) {
    const byte = lines.byte;
    const line = await lines.next();
    if (line === undefined) {
      return;
    }
    const frontMatter = line === "---" ? await readFrontMatter(lines) : undefined;
    if (frontMatter !== undefined) {
      yield { reading: await readConversation(lines, frontMatter, context), byte };
      hasStray = false;
    } else if (line.trim() !== "" && !hasStray) {
      hasStray = true;
      yield { reading: { refused: "text that belongs to no conversation" }, byte };
    }
  }
}

/** The keys between two `---` lines, if they are ours; otherwise the lines are put back. */
async function readFrontMatter(lines: LineReader): Promise<JsonObject | undefined> {
  const first = await lines.next();
  if (first === undefined) {
    return undefined;
  }
  if (!first.startsWith(`${FRONT_MATTER_KEY}:`)) {
    lines.unread([first]);
    return undefined;
  }
  const entries: [string, JsonValue][] = [];
  let line: string | undefined = first;
  while (line !== undefined && line !== "---") {
    const colon = line.indexOf(":");
    if (colon > 0) {
      entries.push([line.slice(0, colon), readFrontMatterValue(line.slice(colon + 1).trim())]);
    }
    line = await lines.next();
  }
  return Object.fromEntries(entries);
}

/** JSON as we wrote it; people who edit it may leave the quotes out. */
function readFrontMatterValue(text: string): JsonValue {
  return parseJson(text) ?? (text === "null" ? null : text);
}

async function readConversation(
  lines: LineReader,
  frontMatter: JsonObject,
  context: ParseContext,
): Promise<Reading> {
  const title = asText(frontMatter.label);
  const messages: MessageDraft[] = [];
  let characters = 0;
  await readUntilMark(lines);
  for (;;) {
    const step = await readStep(lines);
    if (step.kind === "end") {
      const version = frontMatter[FRONT_MATTER_KEY] ?? null;
      return restoredConversation({ ...frontMatter, version }, messages, context);
    }
    characters += step.kind === "message" ? step.draft.content.length : 0;
    if (step.kind === "bad" || characters > MAX_CHARACTERS) {
      const reason = step.kind === "bad" ? step.reason : "it is larger than 256 MB";
      await skipConversation(lines);
      return { refused: reason, ...(title === undefined ? {} : { title }) };
    }
    messages.push(step.draft);
  }
}

async function readStep(lines: LineReader): Promise<Step> {
  const byte = lines.byte;
  const mark = await lines.next();
  if (mark === undefined) {
    return { kind: "bad", reason: CUT_OFF };
  }
  if (mark.startsWith(END_MARK)) {
    return { kind: "end" };
  }
  const json = mark.slice(MESSAGE_MARK.length, -MARK_CLOSE.length);
  const record = asObject(parseJson(json));
  const content = record === undefined ? undefined : await readText(lines, record);
  if (record === undefined || content === undefined) {
    const reason = record === undefined ? `the message mark at byte ${byte} is damaged` : CUT_OFF;
    return { kind: "bad", reason };
  }
  const draft = readMessageRecord(record, content);
  return draft === undefined
    ? { kind: "bad", reason: `the message mark at byte ${byte} names no role` }
    : { kind: "message", draft };
}

/** The text after a mark; undefined when the file ends first. */
async function readText(lines: LineReader, record: JsonObject): Promise<string | undefined> {
  await skipLine(lines, (line) => line.startsWith("## "));
  await skipLine(lines, (line) => line === "");
  const counted = await readLines(lines, asNumber(record.lines) ?? 0);
  const content = counted.join("\n");
  if (contentHash(content) !== record.hash) {
    lines.unread(counted);
    return trimmed(await readUntilMark(lines));
  }
  const rest = await readUntilMark(lines);
  const added = (rest ?? []).filter((line) => line.trim() !== "");
  const closing = added.length === 0 ? undefined : openFence(counted);
  if (rest === undefined || added.length === 0 || (added.length === 1 && added[0] === closing)) {
    return rest === undefined ? undefined : content;
  }
  return trimmed([...counted, ...rest]);
}

async function readLines(lines: LineReader, count: number): Promise<string[]> {
  const found: string[] = [];
  while (found.length < count) {
    const line = await lines.next();
    if (line === undefined) {
      break;
    }
    found.push(line);
  }
  return found;
}

/** Everything before the next mark, which stays to be read; undefined when none follows. */
async function readUntilMark(lines: LineReader): Promise<string[] | undefined> {
  const found: string[] = [];
  for (;;) {
    const line = await lines.next();
    if (line === undefined) {
      return undefined;
    }
    if (isMark(line)) {
      lines.unread([line]);
      return found;
    }
    found.push(line);
  }
}

function isMark(line: string): boolean {
  return (line.startsWith(MESSAGE_MARK) || line.startsWith(END_MARK)) && line.endsWith(MARK_CLOSE);
}

async function skipConversation(lines: LineReader): Promise<void> {
  for (let line = await lines.next(); line !== undefined; line = await lines.next()) {
    if (line.startsWith(END_MARK)) {
      return;
    }
  }
}

async function skipLine(lines: LineReader, matches: (line: string) => boolean): Promise<void> {
  const line = await lines.next();
  if (line !== undefined && !matches(line)) {
    lines.unread([line]);
  }
}

function trimmed(lines: string[] | undefined): string | undefined {
  return lines?.join("\n").replace(/\n+$/, "");
}

function parseJson(text: string): JsonValue | undefined {
  try {
    return JSON.parse(text) as JsonValue;
  } catch (error) {
    if (error instanceof SyntaxError) {
      return undefined;
    }
    throw error;
  }
}
