import type { Migration } from "../sqlite/migrations.ts";

/** Schema of `proxy.db`. Applied in order, each in a transaction of its own. Never edit one that was released. */
export const PROXY_MIGRATIONS: readonly Migration[] = [
  {
    name: "conversations, turns, blocks, spool",
    sql: `
CREATE TABLE conversations (
  owner TEXT NOT NULL,
  id TEXT NOT NULL,
  tip TEXT NOT NULL,
  window TEXT NOT NULL DEFAULT '',
  stored INTEGER NOT NULL DEFAULT 0,
  touched_at INTEGER NOT NULL,
  PRIMARY KEY (owner, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX conversations_by_window ON conversations (owner, window) WHERE window <> '';
CREATE INDEX conversations_by_touch ON conversations (touched_at);

CREATE TABLE turns (
  owner TEXT NOT NULL,
  conversation_id TEXT NOT NULL,
  hash TEXT NOT NULL,
  pair TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('seen', 'stored', 'skipped')),
  message_id TEXT,
  -- NULL: nothing was ever recalled; '': nothing stands there; else a block.
  block_id TEXT,
  PRIMARY KEY (owner, conversation_id, hash)
) STRICT, WITHOUT ROWID;
CREATE INDEX turns_by_hash ON turns (owner, hash);
CREATE INDEX turns_by_pair ON turns (owner, conversation_id, pair);
CREATE INDEX turns_by_block ON turns (owner, block_id) WHERE block_id <> '';

CREATE TABLE blocks (
  owner TEXT NOT NULL,
  id TEXT NOT NULL,
  text TEXT NOT NULL,
  tokens INTEGER NOT NULL,
  citations TEXT NOT NULL,
  PRIMARY KEY (owner, id)
) STRICT;

CREATE TABLE block_citations (
  owner TEXT NOT NULL,
  conversation_id TEXT NOT NULL,
  block_id TEXT NOT NULL,
  PRIMARY KEY (owner, conversation_id, block_id),
  FOREIGN KEY (owner, block_id) REFERENCES blocks (owner, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX block_citations_by_block ON block_citations (owner, block_id);

CREATE TABLE spool (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  owner TEXT NOT NULL,
  conversation_id TEXT NOT NULL,
  entry TEXT NOT NULL,
  messages INTEGER NOT NULL,
  -- Why the controller refuses it; NULL: it waits.
  refused TEXT
) STRICT;
CREATE INDEX spool_by_conversation ON spool (owner, conversation_id, number);
CREATE INDEX spool_waiting ON spool (number) WHERE refused IS NULL;
`,
  },
];
