/** A time as the API reads it: ISO 8601 (UTC without a zone), Unix time, or a Date. */
export type Time = string | number | Date;

/** Which conversations; everything given has to hold. */
export interface ConversationFilters {
  /** Exact label; for count(), a part of it. */
  label?: string | undefined;
  /** Only these. */
  ids?: readonly string[] | undefined;
  /** Ids that begin so. */
  id_prefix?: string | undefined;
  label_contains?: string | undefined;
  /** This folder and everything below it. */
  folder?: string | undefined;
  /** All of these tags. */
  tags?: readonly string[] | undefined;
  status?: "active" | "archived" | "pinned" | "all" | undefined;
  pinned?: boolean | undefined;
  archived?: boolean | undefined;
  session_id?: string | undefined;
  min_importance?: number | undefined;
  max_importance?: number | undefined;
  /** Updated at or after. */
  since?: Time | undefined;
  /** Updated at or before. */
  until?: Time | undefined;
}

export interface ListQuery extends ConversationFilters {
  page?: number | undefined;
  page_size?: number | undefined;
  limit?: number | undefined;
  offset?: number | undefined;
  sort?: "updated_at" | "created_at" | "label" | "importance_score" | "message_count" | undefined;
  order?: "asc" | "desc" | undefined;
}

export interface MessagesQuery {
  limit?: number | undefined;
  offset?: number | undefined;
}

export interface GetQuery {
  message_limit?: number | undefined;
  message_offset?: number | undefined;
}

export interface ExportQuery extends ConversationFilters {
  format?: "jsonl" | "json" | "markdown" | "md" | undefined;
  conversation_id?: string | undefined;
}

export interface ImportQuery {
  /** Store below this folder instead of /imports/…. */
  folder?: string | undefined;
  /** Name to report and to label by. */
  filename?: string | undefined;
}

export interface Backup {
  /** Bytes, when the server said how many. */
  size: number | null;
  stream: ReadableStream<Uint8Array>;
}
