import type { MessageDraft } from "../conversations/conversation.ts";
import { identityOf, MessageKeys } from "./import-identity.ts";
import { cleanText } from "./loose-json.ts";
import { fileStem, folderFor, type ParseContext, type Reading } from "./parsed-import.ts";
import { timeSpan } from "./time-span.ts";
import { readTimestamp } from "./timestamp.ts";
import { type StartTag, XmlCursor } from "./xml-cursor.ts";

const SOURCE = "claude";
const CUT_OFF = "the file ends inside this conversation; it is cut off or damaged";
const MESSAGE_FIELDS = new Set([
  "role",
  "sender",
  "name",
  "content",
  "text",
  "timestamp",
  "created_at",
]);
const CONVERSATION_FIELDS = new Set(["title", "name", "id", "uuid", "created_at", "updated_at"]);

type Fields = Map<string, string>;

/** The old form: `<conversation><title/><message><role/><content/></message></conversation>`. */
export function* readClaudeXml(
  text: string,
  context: ParseContext,
): Generator<{ reading: Reading; byte: number }> {
  if (/<!(?:DOCTYPE|ENTITY)/i.test(text.slice(0, text.search(/<conversation/i)))) {
    const refused = "it declares a document type; remove the <!DOCTYPE …> and import it again";
    yield { reading: { refused }, byte: 0 };
    return;
  }
  const cursor = new XmlCursor(text);
  const offset = byteCounter(text);
  let count = 0;
  for (let tag = cursor.nextTag(); tag !== undefined; tag = cursor.nextTag()) {
    if ("name" in tag && tag.name === "conversation" && !tag.isEmpty) {
      const byte = offset(cursor.at);
      yield { reading: readConversation(cursor, tag, context), byte };
      count += 1;
    }
  }
  if (count === 0) {
    yield { reading: { refused: "it holds no complete <conversation>" }, byte: 0 };
  }
}

function readConversation(cursor: XmlCursor, start: StartTag, context: ParseContext): Reading {
  const fields: Fields = new Map(start.attributes);
  const messages: Fields[] = [];
  for (;;) {
    const tag = cursor.nextTag();
    if (tag === undefined) {
      return refusal(CUT_OFF, fields);
    }
    if ("end" in tag) {
      if (tag.end === "conversation") {
        return toReading(fields, messages, context);
      }
    } else if (!takeChild(cursor, tag, { fields, messages })) {
      cursor.at = cursor.text.length;
      return refusal(CUT_OFF, fields);
    }
  }
}

/** False when the file ends inside the child. */
function takeChild(
  cursor: XmlCursor,
  tag: StartTag,
  conversation: { fields: Fields; messages: Fields[] },
): boolean {
  if (tag.name !== "message") {
    return !CONVERSATION_FIELDS.has(tag.name) || takeField(cursor, tag, conversation.fields);
  }
  const message = readMessage(cursor, tag);
  if (message !== undefined) {
    conversation.messages.push(message);
  }
  return message !== undefined;
}

/** False when the file ends inside the field. */
function takeField(cursor: XmlCursor, tag: StartTag, fields: Fields): boolean {
  const value = tag.isEmpty ? "" : cursor.leafText(tag.name);
  fields.set(tag.name, value ?? "");
  return value !== undefined;
}

/** A message with fields inside, or one whose text stands in it directly. */
function readMessage(cursor: XmlCursor, start: StartTag): Fields | undefined {
  const fields: Fields = new Map(start.attributes);
  if (start.isEmpty) {
    return fields;
  }
  if (!MESSAGE_FIELDS.has(cursor.peekStartTag() ?? "")) {
    const content = cursor.leafText("message");
    return content === undefined ? undefined : fields.set("content", content);
  }
  let tag = cursor.nextTag();
  while (tag !== undefined && !("end" in tag && tag.end === "message")) {
    const isField = "name" in tag && MESSAGE_FIELDS.has(tag.name);
    tag = isField && !takeField(cursor, tag as StartTag, fields) ? undefined : cursor.nextTag();
  }
  return tag === undefined ? undefined : fields;
}

function toReading(fields: Fields, items: Fields[], context: ParseContext): Reading {
  const keys = new MessageKeys();
  const messages = items.flatMap((item): MessageDraft[] => {
    const content = cleanText(unwrapped(item.get("content") ?? item.get("text") ?? ""));
    const sender = cleanText((item.get("role") ?? item.get("sender") ?? "unknown").trim());
    const role = sender.toLowerCase() === "human" ? "user" : sender;
    const timestamp = readTimestamp(item.get("timestamp") ?? item.get("created_at"));
    const message: MessageDraft = {
      role,
      content,
      ...(timestamp === undefined ? {} : { timestamp }),
      metadata: { source: SOURCE, imported_at: context.importedAt },
    };
    return content === "" ? [] : [{ ...message, importKey: keys.next(undefined, role, content) }];
  });
  if (messages.length === 0) {
    return refusal("it holds no messages", fields);
  }
  const label = titleOf(fields) ?? fileStem(context.fileName);
  const id = fields.get("id") ?? fields.get("uuid");
  return {
    identity: identityOf(SOURCE, id, { title: label, first: messages[0] }),
    draft: {
      label,
      folder: folderFor(context, SOURCE),
      messages,
      metadata: { source: SOURCE, imported_at: context.importedAt },
      ...timeSpan(messages, {
        createdAt: readTimestamp(fields.get("created_at")),
        updatedAt: readTimestamp(fields.get("updated_at")),
      }),
    },
  };
}

function titleOf(fields: Fields): string | undefined {
  const title = cleanText(fields.get("title") ?? fields.get("name") ?? "").trim();
  return title === "" ? undefined : title;
}

function refusal(refused: string, fields: Fields): Reading {
  const title = titleOf(fields);
  return { refused, ...(title === undefined ? {} : { title }) };
}

/** Without the line breaks that only lay the XML out. */
function unwrapped(content: string): string {
  return content.replace(/^[ \t]*\r?\n/, "").trimEnd();
}

/** Byte offsets of ascending positions. */
function byteCounter(text: string): (at: number) => number {
  let counted = 0;
  let bytes = 0;
  return (at) => {
    bytes += Buffer.byteLength(text.slice(counted, at));
    counted = at;
    return bytes;
  };
}
