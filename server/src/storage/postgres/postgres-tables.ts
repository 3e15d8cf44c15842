import type { ConversationsTable, Tables } from "../sql/tables.ts";

/** `label` in lower case, as JavaScript makes it: PostgreSQL's own `lower` depends on the server's locale. */
export interface PostgresConversationsTable extends ConversationsTable {
  label_folded: string;
}

export interface MessageWordsTable {
  message_seq: number;
  part: number;
  owner: string;
  /** Words in this part. */
  length: number;
  words: string;
}

/** The common schema and what only PostgreSQL needs. */
export interface PostgresTables extends Omit<Tables, "conversations"> {
  conversations: PostgresConversationsTable;
  message_words: MessageWordsTable;
}
