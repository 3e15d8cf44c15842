import type { Conversation, Message } from "../../conversations/conversation.ts";
import type { ContextCandidate, ContextMessage } from "../context-types.ts";

export interface MessageChoices {
  id?: string;
  role?: string;
  name?: string | null;
  conversation?: string;
  label?: string;
  folder?: string;
  /** Of January 2026, from 1. */
  day?: number;
  position?: number;
  relevance?: number;
  pinned?: boolean;
  importance?: number;
  supersededBy?: string;
  supersedes?: string[];
}

let made = 0;

export function contextCandidate(content: string, choices: MessageChoices = {}): ContextCandidate {
  made += 1;
  const timestamp = Date.UTC(2026, 0, choices.day ?? 1, 12);
  const conversation: Conversation = {
    id: choices.conversation ?? "a",
    label: choices.label ?? "Talk",
    folder: choices.folder ?? "/",
    status: "active",
    pinned: choices.pinned ?? false,
    importanceScore: choices.importance ?? 5,
    importanceSource: "default",
    createdAt: timestamp,
    updatedAt: timestamp,
    messageCount: 1,
    wordCount: 1,
    sessionId: null,
    sessionCount: 1,
    tags: [],
    metadata: {},
    embeddingStatus: "embedded",
  };
  const message: Message = {
    id: choices.id ?? `m${made}`,
    conversationId: conversation.id,
    position: choices.position ?? made,
    role: choices.role ?? "user",
    name: choices.name ?? null,
    content,
    parts: null,
    timestamp,
    metadata: {},
    embeddingStatus: "embedded",
  };
  return {
    message,
    conversation,
    relevance: choices.relevance ?? 0.5,
    sources: new Set(["search"]),
  };
}

export function contextMessage(content: string, choices: MessageChoices = {}): ContextMessage {
  const { message, conversation, relevance } = contextCandidate(content, choices);
  return {
    message,
    conversation,
    text: content,
    isExcerpt: false,
    isSummary: false,
    relevance,
    supersededBy: choices.supersededBy ?? null,
    supersedes: choices.supersedes ?? [],
  };
}
