import { UNREAD } from "../sql/fact-queries.ts";
import { TO_JUDGE } from "../sql/to-judge.ts";

/** One step of the schema; its number is its place in the list, counted from 1. */
export interface Migration {
  name: string;
  sql: string;
}

/** Applied in order, each in a transaction of its own. Never edit one that was released. */
export const MIGRATIONS: readonly Migration[] = [
  {
    name: "conversations, messages, full text, embeddings, keys",
    sql: `
CREATE TABLE conversations (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  owner TEXT NOT NULL,
  id TEXT NOT NULL,
  label TEXT NOT NULL,
  folder TEXT NOT NULL,
  status TEXT NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'archived')),
  pinned INTEGER NOT NULL DEFAULT 0,
  importance_score REAL NOT NULL DEFAULT 5,
  importance_source TEXT NOT NULL DEFAULT 'default',
  importance_before_pin REAL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  message_count INTEGER NOT NULL DEFAULT 0,
  word_count INTEGER NOT NULL DEFAULT 0,
  session_id TEXT,
  session_count INTEGER NOT NULL DEFAULT 1,
  metadata TEXT NOT NULL DEFAULT '{}',
  UNIQUE (owner, id)
) STRICT;
-- In the order of storing, for scans in pages.
CREATE INDEX conversations_by_owner ON conversations (owner);
CREATE INDEX conversations_by_update ON conversations (owner, updated_at);
-- Empty for most people, and then a search need not look at conversations at all.
CREATE INDEX conversations_archived ON conversations (owner) WHERE status = 'archived';
CREATE INDEX conversations_by_folder ON conversations (owner, folder);
CREATE INDEX conversations_by_label ON conversations (owner, label);

CREATE TABLE conversation_tags (
  conversation_seq INTEGER NOT NULL REFERENCES conversations (seq) ON DELETE CASCADE,
  owner TEXT NOT NULL,
  tag TEXT NOT NULL,
  PRIMARY KEY (conversation_seq, tag)
) STRICT, WITHOUT ROWID;
CREATE INDEX conversation_tags_by_tag ON conversation_tags (owner, tag);

CREATE TABLE messages (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  owner TEXT NOT NULL,
  conversation_seq INTEGER NOT NULL REFERENCES conversations (seq) ON DELETE CASCADE,
  position INTEGER NOT NULL,
  id TEXT NOT NULL,
  role TEXT NOT NULL,
  name TEXT,
  timestamp INTEGER NOT NULL,
  -- 1 when the text has scripts that put no space between words: it is in messages_trigram too.
  unspaced INTEGER NOT NULL DEFAULT 0,
  embedding_state TEXT NOT NULL DEFAULT 'pending'
    CHECK (embedding_state IN ('pending', 'embedded', 'failed', 'none')),
  import_key TEXT,
  -- UTF-16 units of content, so that ranking need not read the text, which stands last.
  text_length INTEGER NOT NULL DEFAULT 0,
  metadata TEXT NOT NULL DEFAULT '{}',
  content TEXT NOT NULL,
  parts TEXT,
  UNIQUE (owner, id),
  UNIQUE (conversation_seq, position)
) STRICT;
CREATE INDEX messages_unembedded ON messages (conversation_seq, embedding_state)
  WHERE embedding_state IN ('pending', 'failed');
-- The speakers of a memory, read name by name.
CREATE INDEX messages_by_name ON messages (owner, name) WHERE name IS NOT NULL;
CREATE INDEX messages_empty ON messages (owner) WHERE embedding_state = 'none';
CREATE UNIQUE INDEX messages_by_import_key ON messages (conversation_seq, import_key)
  WHERE import_key IS NOT NULL;
CREATE INDEX messages_unspaced ON messages (owner) WHERE unspaced = 1;

-- What messages_fts indexes; the owner as one word of its own (owner-token.ts).
CREATE VIEW messages_text AS
  SELECT seq, conversation_seq, 'o' || hex(owner) || '0' AS owner, name, content FROM messages;
CREATE VIRTUAL TABLE messages_fts USING fts5(
  owner, name, content,
  content = 'messages_text', content_rowid = 'seq',
  tokenize = 'porter unicode61 remove_diacritics 2'
);
INSERT INTO messages_fts (messages_fts, rank) VALUES ('secure-delete', 1);
CREATE VIRTUAL TABLE messages_trigram USING fts5(
  content,
  content = 'messages', content_rowid = 'seq',
  tokenize = 'trigram remove_diacritics 1'
);
INSERT INTO messages_trigram (messages_trigram, rank) VALUES ('secure-delete', 1);

CREATE TABLE embedding_models (
  seq INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  dimension INTEGER NOT NULL
) STRICT;

CREATE TABLE embedding_queue (
  message_seq INTEGER PRIMARY KEY REFERENCES messages (seq) ON DELETE CASCADE,
  owner TEXT NOT NULL,
  state TEXT NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'claimed', 'parked')),
  attempts INTEGER NOT NULL DEFAULT 0,
  due_at INTEGER NOT NULL,
  queued_at INTEGER NOT NULL,
  reason TEXT
) STRICT;
CREATE INDEX embedding_queue_by_due ON embedding_queue (state, due_at, message_seq);

-- The truth about vectors; every index that serves searches is derived from it.
-- seq only grows, so a reader learns what is new by asking for seq > the last it saw.
CREATE TABLE vectors (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  owner TEXT NOT NULL,
  model_seq INTEGER NOT NULL REFERENCES embedding_models (seq),
  message_seq INTEGER NOT NULL REFERENCES messages (seq) ON DELETE CASCADE,
  conversation_seq INTEGER NOT NULL,
  chunk INTEGER NOT NULL,
  start_offset INTEGER NOT NULL,
  end_offset INTEGER NOT NULL,
  -- little-endian float32, unit length
  vector BLOB NOT NULL,
  UNIQUE (message_seq, model_seq, chunk)
) STRICT;
CREATE INDEX vectors_by_owner ON vectors (owner, model_seq, seq);

CREATE TABLE summaries (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  owner TEXT NOT NULL,
  conversation_seq INTEGER REFERENCES conversations (seq) ON DELETE CASCADE,
  level TEXT NOT NULL,
  text TEXT NOT NULL,
  range_start INTEGER NOT NULL,
  range_end INTEGER NOT NULL,
  model TEXT NOT NULL,
  generated_at INTEGER NOT NULL
) STRICT;
CREATE INDEX summaries_by_conversation ON summaries (conversation_seq, level);

CREATE TABLE import_ledger (
  owner TEXT NOT NULL,
  source TEXT NOT NULL,
  external_id TEXT NOT NULL,
  conversation_seq INTEGER NOT NULL REFERENCES conversations (seq) ON DELETE CASCADE,
  imported_at INTEGER NOT NULL,
  PRIMARY KEY (owner, source, external_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX import_ledger_by_conversation ON import_ledger (conversation_seq);

CREATE TABLE idempotency_keys (
  owner TEXT NOT NULL,
  key TEXT NOT NULL,
  body_hash TEXT NOT NULL,
  conversation_id TEXT NOT NULL,
  -- the answer as it was given, so that a repeat gets the same
  response TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (owner, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX idempotency_keys_by_conversation ON idempotency_keys (owner, conversation_id);

CREATE TABLE api_keys (
  id TEXT PRIMARY KEY,
  owner TEXT NOT NULL,
  name TEXT NOT NULL,
  prefix TEXT NOT NULL,
  hash TEXT NOT NULL UNIQUE,
  scopes TEXT NOT NULL DEFAULT 'read write admin',
  created_at INTEGER NOT NULL,
  expires_at INTEGER,
  last_used_at INTEGER,
  revoked_at INTEGER
) STRICT;

CREATE TABLE settings (
  owner TEXT NOT NULL,
  key TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (owner, key)
) STRICT, WITHOUT ROWID;

CREATE TABLE jobs (
  id TEXT PRIMARY KEY,
  owner TEXT NOT NULL,
  kind TEXT NOT NULL,
  state TEXT NOT NULL,
  done INTEGER NOT NULL DEFAULT 0,
  total INTEGER NOT NULL DEFAULT 0,
  detail TEXT NOT NULL DEFAULT '{}',
  error TEXT,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
) STRICT;
CREATE INDEX jobs_by_owner ON jobs (owner, created_at);
`,
  },
  {
    name: "what calls of models cost",
    sql: `
-- Sums, so that they stay small however many requests there are. Money in nano-dollars.
CREATE TABLE costs (
  owner TEXT NOT NULL,
  -- UTC, as 2026-11-25
  day TEXT NOT NULL,
  provider TEXT NOT NULL,
  model TEXT NOT NULL,
  task TEXT NOT NULL,
  -- id of the API key, '' without one
  key TEXT NOT NULL,
  nano INTEGER NOT NULL,
  requests INTEGER NOT NULL,
  -- of these, the requests whose price is not known
  unpriced INTEGER NOT NULL,
  prompt_tokens INTEGER NOT NULL,
  completion_tokens INTEGER NOT NULL,
  cached_tokens INTEGER NOT NULL,
  PRIMARY KEY (owner, day, provider, model, task, key)
) STRICT, WITHOUT ROWID;

-- What requests under way may cost at most.
CREATE TABLE cost_leases (
  owner TEXT NOT NULL,
  id TEXT NOT NULL,
  day TEXT NOT NULL,
  provider TEXT NOT NULL,
  model TEXT NOT NULL,
  task TEXT NOT NULL,
  key TEXT NOT NULL,
  nano INTEGER NOT NULL,
  PRIMARY KEY (owner, id)
) STRICT, WITHOUT ROWID;

-- The last group of each writer, so that one sent twice is written once.
CREATE TABLE cost_writers (
  writer TEXT PRIMARY KEY,
  number INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
`,
  },
  {
    name: "keys whose secret changes",
    sql: `
ALTER TABLE api_keys ADD COLUMN rotated_at INTEGER;
-- The secret before, and until when it works.
ALTER TABLE api_keys ADD COLUMN previous_hash TEXT;
ALTER TABLE api_keys ADD COLUMN previous_until INTEGER;
CREATE UNIQUE INDEX api_keys_by_previous_hash ON api_keys (previous_hash)
  WHERE previous_hash IS NOT NULL;
CREATE INDEX api_keys_by_owner ON api_keys (owner, created_at);
`,
  },
  {
    name: "importance that a model judged",
    sql: `
-- So many messages a model had read when it judged the importance; 0: none did.
ALTER TABLE conversations ADD COLUMN judged_messages INTEGER NOT NULL DEFAULT 0;
-- What a model may judge: never judged, or grown by a quarter since. The index is the queue (to-judge.ts).
CREATE INDEX conversations_to_judge ON conversations (updated_at)
  WHERE ${TO_JUDGE};
`,
  },
  {
    name: "summaries that are made and kept true",
    sql: `
-- A UUID; '' until it is given below, since SQLite adds no column with a default that differs by row.
ALTER TABLE summaries ADD COLUMN id TEXT NOT NULL DEFAULT '';
UPDATE summaries SET id = lower(hex(randomblob(4)) || '-' || hex(randomblob(2))
  || '-4' || substr(hex(randomblob(2)), 2) || '-8' || substr(hex(randomblob(2)), 2)
  || '-' || hex(randomblob(6)));
-- model or rules
ALTER TABLE summaries ADD COLUMN method TEXT NOT NULL DEFAULT 'model';
-- What it stands for, once for each owner, conversation and level: 0 for a whole conversation, the first position of a
-- stretch, the start of a period. NULL for what version 1 wrote.
ALTER TABLE summaries ADD COLUMN part INTEGER;
-- Of a conversation: how many messages there were up to its end.
ALTER TABLE summaries ADD COLUMN messages INTEGER;
-- Of a period: what it was made from, as JSON; '' when a part of that was deleted, and the text with it.
ALTER TABLE summaries ADD COLUMN sources TEXT;
CREATE UNIQUE INDEX summaries_by_part ON summaries (owner, coalesce(conversation_seq, 0), level, part)
  WHERE part IS NOT NULL;
CREATE INDEX summaries_by_time ON summaries (owner, range_start);
`,
  },
  {
    name: "facts that a model found",
    sql: `
-- So many messages from the beginning were read for facts.
ALTER TABLE conversations ADD COLUMN facts_messages INTEGER NOT NULL DEFAULT 0;
-- What is left to read. The index is the queue (fact-queries.ts).
CREATE INDEX conversations_unread_for_facts ON conversations (updated_at)
  WHERE ${UNREAD};

CREATE TABLE facts (
  seq INTEGER PRIMARY KEY,
  owner TEXT NOT NULL,
  message_seq INTEGER NOT NULL REFERENCES messages (seq) ON DELETE CASCADE,
  subject TEXT NOT NULL,
  -- as it is looked for (fact-key.ts)
  subject_key TEXT NOT NULL,
  attribute TEXT NOT NULL,
  value TEXT NOT NULL,
  model TEXT NOT NULL
) STRICT;
CREATE INDEX facts_by_message ON facts (message_seq);
CREATE INDEX facts_by_subject ON facts (owner, subject_key);
`,
  },
  {
    name: "pinned conversations by an index",
    sql: `
-- Each context asks for them, and they are few.
CREATE INDEX conversations_pinned ON conversations (owner) WHERE pinned = 1;
`,
  },
];
