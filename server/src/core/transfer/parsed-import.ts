import type { ConversationDraft } from "../conversations/conversation.ts";
import type { ImportIdentity } from "../ports/conversation-store.ts";

/** Where in the source something was found. */
export interface SourceLocation {
  /** Name of the file, as the source gave it. */
  file: string;
  /** 0-based number of the conversation, element or line in the file. */
  index: number;
  /** Byte offset in the file (in its UTF-8 form when the file is UTF-16). */
  byte: number;
}

export interface ParsedConversation {
  kind: "conversation";
  identity: ImportIdentity;
  draft: ConversationDraft;
  location: SourceLocation;
  /** More messages of a conversation that this file has already yielded. */
  continued: boolean;
}

/** Something in the file that cannot be imported, and why. */
export interface Refusal {
  kind: "refusal";
  location: SourceLocation;
  title?: string;
  reason: string;
}

export interface Progress {
  kind: "progress";
  /** Bytes of the file read so far. */
  bytesRead: number;
}

export type ParsedItem = ParsedConversation | Refusal | Progress;

/** One file to import; `open` may be called again and starts from the beginning. */
export interface ImportSource {
  name: string;
  /** Bytes that `open` will yield. */
  size: number;
  open(): AsyncIterable<Uint8Array>;
}

/** What one parser made of one conversation. */
export type Reading =
  | { identity: ImportIdentity; draft: ConversationDraft }
  | { refused: string; title?: string };

/** What every parser needs to know beside the text. */
export interface ParseContext {
  fileName: string;
  /** Overrides the folder of every conversation. */
  folder: string | undefined;
  /** ISO 8601, written into the metadata of what is imported. */
  importedAt: string;
}

export function folderFor(context: ParseContext, name: string): string {
  return context.folder ?? `/imports/${name}`;
}

/** The file's name without its folders and its extension. */
export function fileStem(fileName: string): string {
  const base = fileName.split(/[/\\:]/).at(-1) ?? fileName;
  return base.replace(/(?<=.)\.[^.]*$/, "") || fileName;
}

/** For people: `conversations.json, conversation 17 (byte 81920)`. */
export function describeLocation(location: SourceLocation): string {
  return `${location.file}, entry ${location.index + 1} (byte ${location.byte})`;
}
