import type {
  ConversationOutput,
  CreateConversation,
  ListedHit,
  MessageInput,
  MessageOutput,
} from "@sekha/sdk/contract";
import type {
  Conversation,
  ConversationDraft,
  JsonObject,
  Message,
  MessageDraft,
} from "../../core/conversations/conversation.ts";
import { deriveLabel } from "../../core/conversations/label.ts";

/** Stands where a hit is a conversation and no message (wire.md §1.1). */
const NO_MESSAGE = "00000000-0000-0000-0000-000000000000";

/** Milliseconds since the epoch as ISO 8601 in UTC. */
export function isoTimeOf(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}

export function statusToWire(conversation: Conversation): ConversationOutput["status"] {
  return conversation.pinned && conversation.status === "active" ? "pinned" : conversation.status;
}

export function conversationToWire(conversation: Conversation): ConversationOutput {
  return {
    id: conversation.id,
    conversation_id: conversation.id,
    label: conversation.label,
    folder: conversation.folder,
    status: statusToWire(conversation),
    pinned: conversation.pinned,
    archived: conversation.status === "archived",
    message_count: conversation.messageCount,
    word_count: conversation.wordCount,
    session_id: conversation.sessionId,
    session_count: conversation.sessionCount,
    importance_score: conversation.importanceScore,
    importance_source: conversation.importanceSource,
    tags: conversation.tags,
    metadata: conversation.metadata,
    embedding_status: conversation.embeddingStatus,
    created_at: isoTimeOf(conversation.createdAt),
    updated_at: isoTimeOf(conversation.updatedAt),
  };
}

/** A conversation in the shape of a search hit, as v1 lists are. */
export function listedHitToWire(conversation: Conversation): ListedHit {
  return {
    conversation_id: conversation.id,
    message_id: NO_MESSAGE,
    score: 1,
    content: conversation.label,
    metadata: {
      folder: conversation.folder,
      status: statusToWire(conversation),
      importance_score: conversation.importanceScore,
    },
    label: conversation.label,
    folder: conversation.folder,
    timestamp: isoTimeOf(conversation.updatedAt),
  };
}

export function messageToWire(message: Message): MessageOutput {
  return {
    id: message.id,
    conversation_id: message.conversationId,
    role: message.role,
    name: message.name,
    // Parts come back as the client sent them, each with its type.
    content: (message.parts as MessageOutput["content"] | null) ?? message.content,
    text: message.content,
    timestamp: isoTimeOf(message.timestamp),
    position: message.position,
    metadata: message.metadata,
    embedding_status: message.embeddingStatus,
    embedding_id: message.embeddingStatus === "embedded" ? message.id : null,
  };
}

export function messageFromWire(message: MessageInput): MessageDraft {
  const parts = typeof message.content === "string" ? null : message.content;
  return {
    role: message.role,
    name: message.name ?? null,
    content: typeof message.content === "string" ? message.content : textOf(message.content),
    // Parsed from JSON, so that it is JSON.
    parts: parts as JsonObject[] | null,
    ...(message.timestamp == null ? {} : { timestamp: message.timestamp }),
    ...(message.metadata == null ? {} : { metadata: message.metadata as JsonObject }),
    // Also its import key, by which a message that is there already is left out.
    ...(message.chosen_id == null ? {} : { id: message.chosen_id, importKey: message.chosen_id }),
  };
}

/** The text parts, a line each; lone surrogates and NUL go, as from all text. */
function textOf(parts: { [key: string]: unknown }[]): string {
  return parts
    .flatMap((part) => (typeof part.text === "string" ? [part.text] : []))
    .join("\n")
    .toWellFormed()
    .replaceAll("\0", "");
}

export function draftFromWire(body: CreateConversation): ConversationDraft {
  const messages = body.messages.map(messageFromWire);
  const importanceScore = body.importance_score ?? body.importanceScore;
  return {
    label: body.label ?? deriveLabel(messages),
    folder: body.folder ?? "/",
    messages,
    tags: body.tags ?? [],
    metadata: (body.metadata ?? {}) as JsonObject,
    sessionId: body.session_id ?? null,
    ...(importanceScore == null ? {} : { importanceScore, importanceSource: "user" }),
    ...(body.created_at == null ? {} : { createdAt: body.created_at }),
    ...(body.chosen_id == null ? {} : { id: body.chosen_id }),
  };
}
