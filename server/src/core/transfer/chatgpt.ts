import type { JsonObject, JsonValue, MessageDraft } from "../conversations/conversation.ts";
import { readChatGptContent } from "./chatgpt-content.ts";
import { identityOf, MessageKeys } from "./import-identity.ts";
import {
  asList,
  asNumber,
  asObject,
  asText,
  cleanJson,
  firstText,
  withoutUndefined,
} from "./loose-json.ts";
import { folderFor, type ParseContext, type Reading } from "./parsed-import.ts";
import { timeSpan } from "./time-span.ts";
import { readTimestamp } from "./timestamp.ts";
import { UNTITLED } from "./untitled.ts";

const SOURCE = "chatgpt";

interface Node {
  id: string;
  parent: string | undefined;
  message: JsonObject | undefined;
}

export function isChatGptConversation(value: JsonObject): boolean {
  return asObject(value.mapping) !== undefined;
}

/**
 * One conversation of ChatGPT's `conversations.json`: the branch that ends at `current_node`,
 * or at the newest leaf where the export names none.
 */
export function readChatGptConversation(value: JsonObject, context: ParseContext): Reading {
  const title = asText(value.title);
  const createdAt = readTimestamp(value.create_time);
  const branch = currentBranch(asObject(value.mapping) ?? {}, value.current_node);
  const messages = readMessages(branch, { createdAt, context });
  if (messages.length === 0) {
    return { refused: "it holds no messages", ...(title === undefined ? {} : { title }) };
  }
  const id = firstText(value, ["conversation_id", "id"]);
  const label = title ?? UNTITLED;
  return {
    identity: identityOf(SOURCE, id, { title: label, first: messages[0] }),
    draft: {
      label,
      folder: folderFor(context, SOURCE),
      messages,
      status: value.is_archived === true ? "archived" : "active",
      metadata: conversationMetadata(value, { id, branch, context }),
      ...timeSpan(messages, { createdAt, updatedAt: readTimestamp(value.update_time) }),
    },
  };
}

function currentBranch(mapping: JsonObject, current: JsonValue | undefined): Node[] {
  const nodes = new Map(
    Object.entries(mapping).flatMap(([id, value]): [string, Node][] => {
      const node = asObject(value);
      const message = asObject(node?.message);
      return node === undefined ? [] : [[id, { id, parent: asText(node.parent), message }]];
    }),
  );
  const named = typeof current === "string" ? nodes.get(current) : undefined;
  const branch = new Set<Node>();
  let node = named ?? newestLeaf(nodes);
  // A set, because damaged exports can point in circles.
  while (node !== undefined && !branch.has(node)) {
    branch.add(node);
    node = node.parent === undefined ? undefined : nodes.get(node.parent);
  }
  return [...branch].reverse();
}

function newestLeaf(nodes: Map<string, Node>): Node | undefined {
  const parents = new Set([...nodes.values()].map((node) => node.parent));
  const leaves = [...nodes.values()].filter((node) => !parents.has(node.id));
  const time = (node: Node): number => asNumber(node.message?.create_time) ?? 0;
  return (leaves.length > 0 ? leaves : [...nodes.values()]).reduce<Node | undefined>(
    (newest, node) => (newest === undefined || time(node) >= time(newest) ? node : newest),
    undefined,
  );
}

function readMessages(
  branch: Node[],
  { createdAt, context }: { createdAt: number | undefined; context: ParseContext },
): MessageDraft[] {
  const keys = new MessageKeys();
  const messages: MessageDraft[] = [];
  let time = createdAt;
  for (const { id, message } of branch) {
    if (message === undefined || isHidden(message)) {
      continue;
    }
    const { content, parts } = readChatGptContent(message.content);
    if (content === "") {
      continue;
    }
    time = readTimestamp(message.create_time) ?? time;
    const author = asObject(message.author);
    const role = asText(author?.role) ?? "unknown";
    messages.push({
      role,
      name: asText(author?.name) ?? null,
      content,
      parts,
      ...(time === undefined ? {} : { timestamp: time }),
      metadata: messageMetadata(message, context),
      importKey: keys.next(id, role, content),
    });
  }
  return messages;
}

function isHidden(message: JsonObject): boolean {
  const metadata = asObject(message.metadata);
  return message.weight === 0 || metadata?.is_visually_hidden_from_conversation === true;
}

function messageMetadata(message: JsonObject, context: ParseContext): JsonObject {
  const content = asObject(message.content);
  const metadata = asObject(message.metadata) ?? {};
  const type = asText(content?.content_type);
  const recipient = asText(message.recipient);
  const language = asText(content?.language);
  const attachments = asList(metadata.attachments);
  return withoutUndefined({
    source: SOURCE,
    imported_at: context.importedAt,
    model: firstText(metadata, ["model_slug", "default_model_slug"]),
    content_type: type === "text" ? undefined : type,
    recipient: recipient === "all" ? undefined : recipient,
    language: language === "unknown" ? undefined : language,
    attachments:
      attachments === undefined || attachments.length === 0 ? undefined : cleanJson(attachments),
  });
}

function conversationMetadata(
  value: JsonObject,
  { id, branch, context }: { id: string | undefined; branch: Node[]; context: ParseContext },
): JsonObject {
  return withoutUndefined({
    source: SOURCE,
    imported_at: context.importedAt,
    source_id: id,
    model: asText(value.default_model_slug),
    gizmo_id: asText(value.gizmo_id),
    starred: value.is_starred === true ? true : undefined,
    custom_instructions: customInstructions(branch),
  });
}

/** The person's own instructions stand hidden at the start; they are no turn but theirs to keep. */
function customInstructions(branch: Node[]): string | undefined {
  for (const { message } of branch) {
    const content = asObject(message?.content);
    if (
      message !== undefined &&
      isHidden(message) &&
      content?.content_type === "user_editable_context"
    ) {
      return asText(readChatGptContent(content).content);
    }
  }
  return undefined;
}
