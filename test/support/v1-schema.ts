/**
 * Tables, indexes and triggers of a version 1 `sekha.db` (wire.md 5.1): what its seven migrations make of an empty
 * file. Ids have the column types that version 1 gives them; SQLite keeps blobs and texts in them alike.
 */
export const V1_SCHEMA = `
CREATE TABLE seaql_migrations (version varchar NOT NULL PRIMARY KEY, applied_at bigint NOT NULL);

CREATE TABLE conversations (
  id uuid_text NOT NULL PRIMARY KEY,
  label varchar NOT NULL,
  folder varchar NOT NULL,
  status varchar NOT NULL DEFAULT 'active',
  importance_score integer NOT NULL DEFAULT 5,
  word_count integer NOT NULL DEFAULT 0,
  session_count integer NOT NULL DEFAULT 1,
  created_at timestamp_text NOT NULL DEFAULT CURRENT_TIMESTAMP,
  updated_at timestamp_text NOT NULL DEFAULT CURRENT_TIMESTAMP
);
CREATE INDEX idx_conversations_label_status ON conversations (label, status);
CREATE INDEX idx_conversations_folder_updated ON conversations (folder, updated_at);

CREATE TABLE messages (
  id uuid_text NOT NULL PRIMARY KEY,
  conversation_id uuid_text NOT NULL,
  role varchar(20) NOT NULL,
  content text NOT NULL,
  timestamp timestamp_text NOT NULL,
  embedding_id uuid_text,
  metadata json_text,
  CONSTRAINT fk_message_conversation FOREIGN KEY (conversation_id)
    REFERENCES conversations (id) ON DELETE CASCADE
);
CREATE INDEX idx_messages_conversation_id ON messages (conversation_id);
CREATE INDEX idx_messages_timestamp ON messages (timestamp);

CREATE TABLE semantic_tags (
  id varchar NOT NULL PRIMARY KEY,
  conversation_id varchar NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
  tag varchar NOT NULL,
  confidence float NOT NULL,
  extracted_at varchar NOT NULL
);
CREATE INDEX idx_tags_conversation ON semantic_tags (conversation_id);

CREATE TABLE hierarchical_summaries (
  id varchar NOT NULL PRIMARY KEY,
  conversation_id varchar NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
  level varchar NOT NULL CHECK (level IN ('daily', 'weekly', 'monthly')),
  summary_text text NOT NULL,
  timestamp_range varchar NOT NULL,
  generated_at varchar NOT NULL,
  model_used varchar,
  token_count integer
);
CREATE INDEX idx_summaries_conversation ON hierarchical_summaries (conversation_id);

CREATE TABLE knowledge_graph_edges (
  subject_id varchar NOT NULL,
  predicate varchar NOT NULL,
  object_id varchar NOT NULL,
  conversation_id varchar NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
  extracted_at varchar NOT NULL,
  PRIMARY KEY (subject_id, predicate, object_id, conversation_id)
);

CREATE TRIGGER update_conversations_updated_at AFTER UPDATE ON conversations BEGIN
  UPDATE conversations SET updated_at = CURRENT_TIMESTAMP WHERE id = NEW.id;
END;
CREATE TRIGGER update_messages_timestamp AFTER UPDATE ON messages BEGIN
  UPDATE messages SET timestamp = CURRENT_TIMESTAMP WHERE id = NEW.id;
END;

CREATE VIRTUAL TABLE messages_fts USING fts5(content, tokenize = 'porter');
CREATE TRIGGER messages_ai AFTER INSERT ON messages BEGIN
  INSERT INTO messages_fts (rowid, content) VALUES (NEW.rowid, NEW.content);
END;
CREATE TRIGGER messages_ad AFTER DELETE ON messages BEGIN
  DELETE FROM messages_fts WHERE rowid = OLD.rowid;
END;
CREATE TRIGGER messages_au AFTER UPDATE ON messages BEGIN
  DELETE FROM messages_fts WHERE rowid = OLD.rowid;
  INSERT INTO messages_fts (rowid, content) VALUES (NEW.rowid, NEW.content);
END;
`;

export const V1_MIGRATIONS = [
  "m20241211_000001_create_conversations",
  "m20241211_000002_create_messages",
  "m20241211_000003_create_semantic_tags",
  "m20241211_000004_create_hierarchical_summaries",
  "m20241211_000005_create_knowledge_graph_edges",
  "m20241211_000006_add_updated_at_triggers",
  "m20241211_000007_create_fts",
] as const;
