import type { JsonObject, MessageDraft } from "../conversations/conversation.ts";
import type { ImportIdentity } from "../ports/conversation-store.ts";
import { identityOf, MessageKeys } from "./import-identity.ts";
import { asNumber, asTags, asText, firstText } from "./loose-json.ts";
import { type LooseMessage, readLooseMessage } from "./message-reading.ts";
import {
  fileStem,
  folderFor,
  type ParseContext,
  type ParsedConversation,
} from "./parsed-import.ts";

const SOURCE = "jsonl";
/** A conversation is handed on in portions of this size, so that a file may be one conversation. */
const PORTION_MESSAGES = 5_000;
const PORTION_CHARACTERS = 8_000_000;

interface OpenConversation {
  key: string | undefined;
  identity: ImportIdentity;
  label: string;
  folder: string;
  tags: string[];
  createdAt: number | undefined;
  keys: MessageKeys;
  emitted: boolean;
}

interface Portion {
  messages: MessageDraft[];
  characters: number;
  index: number;
  byte: number;
}

/**
 * Collects a file of single messages into conversations: consecutive messages of one
 * conversation stay together, messages without a conversation are all one. A conversation that
 * comes back later is continued; its keys are remembered, so that no repeated text is lost.
 */
export class MessageLines {
  private readonly context: ParseContext;
  private readonly known = new Map<string | undefined, OpenConversation>();
  private current: OpenConversation | undefined;
  private portion: Portion = emptyPortion();

  constructor(context: ParseContext) {
    this.context = context;
  }

  /** Takes one message and answers the portion that it completed, if any. */
  add(value: JsonObject, place: { index: number; byte: number }): ParsedConversation | undefined {
    const stamp = { source: SOURCE, importedAt: this.context.importedAt };
    const message = readLooseMessage(value, stamp);
    if (message === undefined || message.draft.content.trim() === "") {
      return undefined;
    }
    const key = conversationKey(value);
    const isFull =
      this.portion.messages.length >= PORTION_MESSAGES ||
      this.portion.characters >= PORTION_CHARACTERS;
    const isOther = this.current !== undefined && this.current.key !== key;
    const finished = isFull || isOther ? this.flush() : undefined;
    this.current = this.known.get(key) ?? this.open(value, key, message);
    this.append(this.current, message, place);
    return finished;
  }

  /** What is left at the end of the file. */
  flush(): ParsedConversation | undefined {
    const { current, portion } = this;
    if (current === undefined || portion.messages.length === 0) {
      return undefined;
    }
    const updatedAt = portion.messages.at(-1)?.timestamp;
    const parsed: ParsedConversation = {
      kind: "conversation",
      identity: current.identity,
      draft: {
        label: current.label,
        folder: current.folder,
        messages: portion.messages,
        tags: current.tags,
        metadata: { source: SOURCE, imported_at: this.context.importedAt },
        ...(current.createdAt === undefined ? {} : { createdAt: current.createdAt }),
        ...(updatedAt === undefined ? {} : { updatedAt }),
      },
      location: { file: this.context.fileName, index: portion.index, byte: portion.byte },
      continued: current.emitted,
    };
    current.emitted = true;
    this.portion = emptyPortion();
    return parsed;
  }

  private open(value: JsonObject, key: string | undefined, first: LooseMessage): OpenConversation {
    const title = firstText(value, ["label", "title"]);
    const stem = fileStem(this.context.fileName);
    const label = title ?? (key === undefined ? stem : `${stem} ${key}`);
    const conversation: OpenConversation = {
      key,
      identity: identityOf(SOURCE, key, { title: label, first: first.draft }),
      label,
      folder: this.context.folder ?? asText(value.folder) ?? folderFor(this.context, SOURCE),
      tags: asTags(value.tags),
      createdAt: first.draft.timestamp,
      keys: new MessageKeys(),
      emitted: false,
    };
    this.known.set(key, conversation);
    return conversation;
  }

  private append(
    conversation: OpenConversation,
    { id, draft }: LooseMessage,
    place: { index: number; byte: number },
  ): void {
    if (this.portion.messages.length === 0) {
      this.portion = { ...emptyPortion(), ...place };
    }
    const importKey = conversation.keys.next(id, draft.role, draft.content);
    this.portion.messages.push({ ...draft, importKey });
    this.portion.characters += draft.content.length;
  }
}

function conversationKey(value: JsonObject): string | undefined {
  const keys = ["conversation_id", "conversation", "conversationId", "session_id", "thread_id"];
  const number = keys.map((key) => asNumber(value[key])).find((id) => id !== undefined);
  return firstText(value, keys) ?? number?.toString();
}

function emptyPortion(): Portion {
  return { messages: [], characters: 0, index: 0, byte: 0 };
}
