import type { JsonObject, MessageDraft } from "../conversations/conversation.ts";
import { identityOf, MessageKeys } from "./import-identity.ts";
import { asList, asNumber, asObject, asTags, asText, cleanJson, firstText } from "./loose-json.ts";
import { readLooseMessage } from "./message-reading.ts";
import { folderFor, type ParseContext, type Reading } from "./parsed-import.ts";
import { timeSpan } from "./time-span.ts";
import { readTimestamp } from "./timestamp.ts";
import { UNTITLED } from "./untitled.ts";

const ID_KEYS = ["id", "conversation_id", "uuid"];
const TITLE_KEYS = ["title", "label", "name"];

export function isMessageList(value: JsonObject): boolean {
  return asList(value.messages) !== undefined;
}

/**
 * `{title, messages: [{role, content, timestamp}]}`: the old Sekha and Claude form (inside
 * `{"conversations": […]}`, then `source` is `claude`), and what many other tools write.
 */
export function readMessageList(
  value: JsonObject,
  source: "claude" | "json",
  context: ParseContext,
): Reading {
  const title = firstText(value, TITLE_KEYS);
  const items = asList(value.messages) ?? [];
  const messages = readMessages(items, { source, importedAt: context.importedAt });
  if (typeof messages === "string" || messages.length === 0) {
    const refused = typeof messages === "string" ? messages : "it holds no messages";
    return { refused, ...(title === undefined ? {} : { title }) };
  }
  const label = title ?? UNTITLED;
  const createdAt = readTimestamp(value.created_at ?? value.create_time);
  const updatedAt = readTimestamp(value.updated_at ?? value.update_time);
  return {
    identity: identityOf(source, firstText(value, ID_KEYS), { title: label, first: messages[0] }),
    draft: {
      label,
      folder: context.folder ?? asText(value.folder) ?? folderFor(context, source),
      messages,
      tags: asTags(value.tags),
      metadata: {
        ...cleanJson(asObject(value.metadata) ?? {}),
        source,
        imported_at: context.importedAt,
      },
      ...importanceOf(value),
      ...timeSpan(messages, { createdAt, updatedAt }),
    },
  };
}

function importanceOf(value: JsonObject): { importanceScore?: number } {
  const score = asNumber(value.importance_score);
  return score !== undefined && score >= 1 && score <= 10 ? { importanceScore: score } : {};
}

/** The messages, or why they cannot be read. Empty ones are left out. */
function readMessages(
  items: unknown[],
  stamp: { source: string; importedAt: string },
): MessageDraft[] | string {
  const keys = new MessageKeys();
  const messages: MessageDraft[] = [];
  for (const [index, item] of items.entries()) {
    const object = asObject(item);
    const message = object === undefined ? undefined : readLooseMessage(object, stamp);
    if (message === undefined) {
      return `message ${index + 1} has no role and content`;
    }
    const { id, draft } = message;
    if (draft.content.trim() !== "") {
      messages.push({ ...draft, importKey: keys.next(id, draft.role, draft.content) });
    }
  }
  return messages;
}
