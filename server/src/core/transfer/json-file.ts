import type { JsonObject, JsonValue } from "../conversations/conversation.ts";
import { isChatGptConversation, readChatGptConversation } from "./chatgpt.ts";
import { isClaudeConversation, readClaudeConversation } from "./claude.ts";
import { isConversationRecord, readConversationRecord } from "./conversation-record.ts";
import { IdentityOrdinals } from "./import-identity.ts";
import type { JsonPiece } from "./json-elements.ts";
import { asObject, asText } from "./loose-json.ts";
import { MessageLines } from "./message-lines.ts";
import { isMessageList, readMessageList } from "./message-list.ts";
import { isLooseMessage } from "./message-reading.ts";
import type {
  ParseContext,
  ParsedConversation,
  Reading,
  Refusal,
  SourceLocation,
} from "./parsed-import.ts";

/** Makes conversations of the elements of one JSON file; each element is judged for itself. */
export class JsonFile {
  private readonly context: ParseContext;
  private readonly lines: MessageLines;
  private readonly ordinals = new IdentityOrdinals();

  constructor(context: ParseContext) {
    this.context = context;
    this.lines = new MessageLines(context);
  }

  /** What is complete with this piece, in the order of the file. */
  read(piece: JsonPiece): (ParsedConversation | Refusal)[] {
    const location = { file: this.context.fileName, index: piece.index, byte: piece.start };
    if (piece.kind === "damage") {
      return [...this.end(), { kind: "refusal", location, reason: piece.reason }];
    }
    const value = parseElement(piece.text);
    const object = asObject(value.parsed);
    if (object === undefined) {
      const reason = value.error ?? "it is not a JSON object";
      return [...this.end(), { kind: "refusal", location, reason }];
    }
    return this.readObject(object, location, piece.wrapped);
  }

  /** What was still being collected. */
  end(): ParsedConversation[] {
    const last = this.lines.flush();
    return last === undefined ? [] : [last];
  }

  private readObject(
    object: JsonObject,
    location: SourceLocation,
    isWrapped: boolean,
  ): (ParsedConversation | Refusal)[] {
    if (isMessage(object)) {
      const finished = this.lines.add(object, location);
      return finished === undefined ? [] : [finished];
    }
    return [...this.end(), toItem(this.attempt(object, isWrapped), location, this.ordinals)];
  }

  /** A parser that stumbles over something unforeseen loses this conversation, not the file. */
  private attempt(object: JsonObject, isWrapped: boolean): Reading {
    try {
      return readConversation(object, isWrapped, this.context);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      return { refused: `it could not be understood: ${reason}`, ...titleOf(object) };
    }
  }
}

/** What people would know a refused conversation by. */
function titleOf(object: JsonObject): { title?: string } {
  const title = asText(object.title ?? object.name ?? object.label);
  return title === undefined ? {} : { title };
}

/** Puts a reading in its place in the file. */
export function toItem(
  reading: Reading,
  location: SourceLocation,
  ordinals: IdentityOrdinals,
): ParsedConversation | Refusal {
  if ("refused" in reading) {
    const title = reading.title === undefined ? {} : { title: reading.title };
    return { kind: "refusal", location, ...title, reason: reading.refused };
  }
  return {
    kind: "conversation",
    identity: ordinals.apart(reading.identity),
    draft: reading.draft,
    location,
    continued: false,
  };
}

function readConversation(object: JsonObject, isWrapped: boolean, context: ParseContext): Reading {
  if (isChatGptConversation(object)) {
    return readChatGptConversation(object, context);
  }
  if (isClaudeConversation(object)) {
    return readClaudeConversation(object, context);
  }
  if (isConversationRecord(object)) {
    return readConversationRecord(object, context);
  }
  if (isMessageList(object)) {
    return readMessageList(object, isWrapped ? "claude" : "json", context);
  }
  const keys = Object.keys(object).slice(0, 8).join(", ").slice(0, 120);
  return {
    refused: `it is no conversation of ChatGPT (mapping), Claude (chat_messages) or Sekha (messages), and no message (role, content); its keys are: ${keys || "none"}`,
    ...titleOf(object),
  };
}

function isMessage(object: JsonObject): boolean {
  return (
    !isChatGptConversation(object) &&
    !isClaudeConversation(object) &&
    !isMessageList(object) &&
    isLooseMessage(object)
  );
}

function parseElement(text: string): { parsed?: JsonValue; error?: string } {
  try {
    return { parsed: JSON.parse(text) as JsonValue };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { error: `it is not valid JSON: ${reason.slice(0, 200)}` };
  }
}
