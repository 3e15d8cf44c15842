import { fileStem, type ParseContext, type Reading } from "./parsed-import.ts";
import { ROLE_WORD, roleOfWord } from "./role-words.ts";
import { readTranscript, type TurnMarker } from "./transcript.ts";

const MARKER = new RegExp(`^(?<role>${ROLE_WORD})[ \\t]*:[ \\t]*(?<text>.*)$`, "is");

/** A text whose turns begin with `User:`, `Assistant:` and the like; undefined without any. */
export function readPlainText(text: string, context: ParseContext): Reading | undefined {
  return readTranscript(
    {
      source: "text",
      lines: text.split(/\r?\n/),
      marker,
      label: fileStem(context.fileName),
      metadata: {},
      tags: [],
      createdAt: undefined,
    },
    context,
  );
}

function marker(line: string): TurnMarker | undefined {
  const groups = MARKER.exec(line)?.groups;
  return groups === undefined
    ? undefined
    : { role: roleOfWord(groups.role ?? ""), text: groups.text ?? "" };
}
