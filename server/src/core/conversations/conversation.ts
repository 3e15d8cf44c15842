/** JSON as it is stored and answered. */
export type JsonValue =
  | string
  | number
  | boolean
  | null
  | JsonValue[]
  | { [key: string]: JsonValue };
export type JsonObject = { [key: string]: JsonValue };

/**
 * Whose memory. Every storage call, search, job and import carries it (decisions.md 28).
 * `local` until keys belong to users.
 */
export type Owner = string;
export const LOCAL_OWNER: Owner = "local";

export type ConversationStatus = "active" | "archived";

/** `default`: nobody judged it. `user`: a person set it and nothing automatic may change it. */
export type ImportanceSource = "default" | "heuristic" | "model" | "user";

/** Progress of a message or conversation towards being found by meaning. */
export type EmbeddingStatus = "pending" | "embedded" | "failed" | "none";

/** A multimodal content part, kept as the client sent it. */
export type ContentPart = JsonObject;

export interface Message {
  id: string;
  conversationId: string;
  /** 0-based place in the conversation. */
  position: number;
  /** Free text: user, assistant, system, tool, … */
  role: string;
  /** The speaker, where the role alone does not say. */
  name: string | null;
  /** Plain text: what is indexed and embedded. */
  content: string;
  /** The original parts when the content was multimodal. */
  parts: ContentPart[] | null;
  /** Milliseconds since the epoch, UTC. */
  timestamp: number;
  metadata: JsonObject;
  embeddingStatus: EmbeddingStatus;
}

export interface Conversation {
  id: string;
  label: string;
  /** Slash-separated path that begins with `/`. */
  folder: string;
  status: ConversationStatus;
  pinned: boolean;
  /** 1 (forget soon) to 10 (keep always). */
  importanceScore: number;
  importanceSource: ImportanceSource;
  /** Milliseconds since the epoch, UTC. */
  createdAt: number;
  updatedAt: number;
  messageCount: number;
  wordCount: number;
  sessionId: string | null;
  sessionCount: number;
  tags: string[];
  metadata: JsonObject;
  embeddingStatus: EmbeddingStatus;
}

export interface MessageDraft {
  /** Given only when a stored message is restored from an export. */
  id?: string;
  role: string;
  name?: string | null;
  content: string;
  parts?: ContentPart[] | null;
  timestamp?: number;
  metadata?: JsonObject;
  /** Identity in the source of an import; unique within the conversation. */
  importKey?: string;
}

export interface ConversationDraft {
  id?: string;
  label: string;
  folder: string;
  messages: MessageDraft[];
  tags?: string[];
  metadata?: JsonObject;
  sessionId?: string | null;
  importanceScore?: number;
  importanceSource?: ImportanceSource;
  status?: ConversationStatus;
  pinned?: boolean;
  createdAt?: number;
  updatedAt?: number;
}

/** What may be changed of a conversation; absent keys stay as they are. */
export interface ConversationPatch {
  label?: string;
  folder?: string;
  status?: ConversationStatus;
  pinned?: boolean;
  importanceScore?: number;
  importanceSource?: ImportanceSource;
  metadata?: JsonObject;
  /** Replaces all tags. */
  tags?: string[];
  addTags?: string[];
  removeTags?: string[];
}

/** Narrows lists, searches, exports and bulk deletes. Absent means "any". */
export interface ConversationFilter {
  ids?: string[];
  /** Beginning of the id, in lower case. */
  idPrefix?: string;
  /** `/work` matches `/work` and everything below it. */
  folder?: string;
  excludedFolders?: string[];
  /** Exact label. */
  label?: string;
  labels?: string[];
  /** Case-insensitive part of the label. */
  labelContains?: string;
  /** All of these tags. */
  tags?: string[];
  statuses?: ConversationStatus[];
  pinned?: boolean;
  minImportance?: number;
  maxImportance?: number;
  sessionId?: string;
  /** On updated_at, milliseconds since the epoch, inclusive. */
  updatedSince?: number;
  updatedUntil?: number;
}

/** Narrows a search to messages. `since`/`until` are on the message's own timestamp, inclusive. */
export interface MessageFilter extends ConversationFilter {
  roles?: string[];
  since?: number;
  until?: number;
}
