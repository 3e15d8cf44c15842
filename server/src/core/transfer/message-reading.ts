import type { JsonObject, MessageDraft } from "../conversations/conversation.ts";
import { asNumber, asObject, asText, cleanJson, firstText } from "./loose-json.ts";
import { readContent } from "./message-content.ts";
import { readTimestamp } from "./timestamp.ts";

/** A message as many tools write it, not yet keyed; `id` is its own id in the source. */
export interface LooseMessage {
  id: string | undefined;
  draft: MessageDraft;
}

const ROLE_KEYS = ["role", "sender", "author", "from"];
const CONTENT_KEYS = ["content", "text", "message", "value"];
const TIME_KEYS = ["timestamp", "created_at", "createdAt", "create_time", "time", "date"];
/** What other tools call the two speakers. */
const ROLE_NAMES: Record<string, string> = { human: "user", ai: "assistant", gpt: "assistant" };

/** Whether {@link readLooseMessage} would make a message of it. */
export function isLooseMessage(value: JsonObject): boolean {
  return roleOf(value) !== undefined && contentKey(value) !== undefined;
}

/** `{role, content, …}` with the usual other names for both; undefined for anything else. */
export function readLooseMessage(
  value: JsonObject,
  stamp: { source: string; importedAt: string },
): LooseMessage | undefined {
  const role = roleOf(value);
  const key = contentKey(value);
  if (role === undefined || key === undefined) {
    return undefined;
  }
  const timestamp = TIME_KEYS.map((name) => readTimestamp(value[name])).find(isNumber);
  const metadata = cleanJson(asObject(value.metadata) ?? {});
  return {
    id: firstText(value, ["id", "message_id", "uuid"]) ?? asNumber(value.id)?.toString(),
    draft: {
      role,
      name: asText(value.name) ?? null,
      ...readContent(value[key]),
      ...(timestamp === undefined ? {} : { timestamp }),
      metadata: { ...metadata, source: stamp.source, imported_at: stamp.importedAt },
    },
  };
}

function contentKey(value: JsonObject): string | undefined {
  return CONTENT_KEYS.find((name) => value[name] !== undefined && value[name] !== null);
}

function roleOf(value: JsonObject): string | undefined {
  const role = firstText(value, ROLE_KEYS)?.trim();
  if (role === undefined) {
    return undefined;
  }
  const lower = role.toLowerCase();
  return Object.hasOwn(ROLE_NAMES, lower) ? ROLE_NAMES[lower] : role;
}

function isNumber(value: number | undefined): value is number {
  return value !== undefined;
}
