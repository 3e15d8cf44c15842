import type { JsonObject, MessageDraft } from "../conversations/conversation.ts";
import { fencedLines } from "./code-fence.ts";
import { hashedIdentity, MessageKeys } from "./import-identity.ts";
import { cleanText } from "./loose-json.ts";
import { folderFor, type ParseContext, type Reading } from "./parsed-import.ts";

/** A line that begins a turn. */
export interface TurnMarker {
  role: string;
  /** What stands behind the marker on the same line. */
  text: string;
  timestamp?: number | undefined;
}

export interface Transcript {
  source: "markdown" | "text";
  lines: string[];
  /** What begins a turn; never asked about lines of code. */
  marker: (line: string) => TurnMarker | undefined;
  label: string;
  metadata: JsonObject;
  tags: string[];
  createdAt: number | undefined;
}

/** Cuts a text into turns; undefined when no line begins one. */
export function readTranscript(transcript: Transcript, context: ParseContext): Reading | undefined {
  const { preamble, turns } = cutTurns(transcript);
  if (turns.length === 0) {
    return undefined;
  }
  const { source, label } = transcript;
  const keys = new MessageKeys();
  const messages = turns.flatMap(({ marker, lines }): MessageDraft[] => {
    const content = cleanText(trimBlankLines([marker.text, ...lines]));
    const { role, timestamp } = marker;
    const message: MessageDraft = {
      role,
      content,
      ...(timestamp === undefined ? {} : { timestamp }),
      metadata: { source, imported_at: context.importedAt },
    };
    return content === "" ? [] : [{ ...message, importKey: keys.next(undefined, role, content) }];
  });
  if (messages.length === 0) {
    return { refused: "it holds role markers but no text", title: label };
  }
  const createdAt = transcript.createdAt ?? messages[0]?.timestamp;
  return {
    identity: hashedIdentity(source, label, messages[0]),
    draft: {
      label,
      folder: folderFor(context, source),
      messages,
      tags: transcript.tags,
      metadata: {
        ...transcript.metadata,
        source,
        imported_at: context.importedAt,
        ...(preamble === "" ? {} : { preamble: cleanText(preamble) }),
      },
      ...(createdAt === undefined ? {} : { createdAt }),
    },
  };
}

interface Turn {
  marker: TurnMarker;
  lines: string[];
}

function cutTurns({ lines, marker }: Transcript): { preamble: string; turns: Turn[] } {
  const fenced = fencedLines(lines);
  const preamble: string[] = [];
  const turns: Turn[] = [];
  for (const [index, line] of lines.entries()) {
    const found = fenced[index] === true ? undefined : marker(line);
    if (found !== undefined) {
      turns.push({ marker: found, lines: [] });
    } else {
      (turns.at(-1)?.lines ?? preamble).push(line);
    }
  }
  return { preamble: trimBlankLines(preamble), turns };
}

/** The text without empty lines at either end; indentation stays, since it may be code. */
function trimBlankLines(lines: string[]): string {
  const first = lines.findIndex((line) => line.trim() !== "");
  const last = lines.findLastIndex((line) => line.trim() !== "");
  return first === -1
    ? ""
    : lines
        .slice(first, last + 1)
        .join("\n")
        .trimEnd();
}
