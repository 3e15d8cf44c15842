import { UNREAD } from "../sql/fact-queries.ts";
import { TO_JUDGE } from "../sql/to-judge.ts";
import type { Session } from "./session.ts";
import { TEXT_FUNCTIONS } from "./text-functions.ts";

/** One step of the schema; its number is its place in the list, counted from 1. */
export interface Migration {
  name: string;
  /** Statements, or work that needs answers between them. */
  up: string | ((session: Session) => Promise<void>);
}

/**
 * Applied in order, each in a transaction of its own. Never edit one that was released. Texts compare byte by byte
 * (COLLATE "C"), so that order and ranges are the same everywhere. Tables with a column `owner` get their row-level
 * security from access.ts.
 */
export const MIGRATIONS: readonly Migration[] = [
  {
    name: "conversations, messages, full text, embeddings, keys",
    up: `
CREATE TABLE conversations (
  seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  owner text COLLATE "C" NOT NULL,
  id text COLLATE "C" NOT NULL,
  label text COLLATE "C" NOT NULL,
  label_folded text COLLATE "C" NOT NULL,
  folder text COLLATE "C" NOT NULL,
  status text COLLATE "C" NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'archived')),
  pinned smallint NOT NULL DEFAULT 0,
  importance_score double precision NOT NULL DEFAULT 5,
  importance_source text COLLATE "C" NOT NULL DEFAULT 'default',
  importance_before_pin double precision,
  created_at bigint NOT NULL,
  updated_at bigint NOT NULL,
  message_count integer NOT NULL DEFAULT 0,
  word_count bigint NOT NULL DEFAULT 0,
  session_id text COLLATE "C",
  session_count integer NOT NULL DEFAULT 1,
  metadata text NOT NULL DEFAULT '{}',
  UNIQUE (owner, id)
);
CREATE INDEX conversations_by_owner ON conversations (owner, seq);
CREATE INDEX conversations_by_update ON conversations (owner, updated_at, seq);
CREATE INDEX conversations_archived ON conversations (owner) WHERE status = 'archived';
CREATE INDEX conversations_by_folder ON conversations (owner, folder);
-- A hash, since a label may be longer than an entry of an index.
CREATE INDEX conversations_by_label ON conversations USING hash (label);

CREATE TABLE conversation_tags (
  conversation_seq bigint NOT NULL REFERENCES conversations (seq) ON DELETE CASCADE,
  owner text COLLATE "C" NOT NULL,
  tag text COLLATE "C" NOT NULL,
  PRIMARY KEY (conversation_seq, tag)
);
CREATE INDEX conversation_tags_by_tag ON conversation_tags (owner, tag);

CREATE TABLE messages (
  seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  owner text COLLATE "C" NOT NULL,
  conversation_seq bigint NOT NULL REFERENCES conversations (seq) ON DELETE CASCADE,
  position integer NOT NULL,
  id text COLLATE "C" NOT NULL,
  role text COLLATE "C" NOT NULL,
  name text COLLATE "C",
  timestamp bigint NOT NULL,
  embedding_state text COLLATE "C" NOT NULL DEFAULT 'pending'
    CHECK (embedding_state IN ('pending', 'embedded', 'failed', 'none')),
  import_key text COLLATE "C",
  -- UTF-16 units of content
  text_length integer NOT NULL DEFAULT 0,
  metadata text NOT NULL DEFAULT '{}',
  content text NOT NULL,
  parts text,
  UNIQUE (owner, id),
  UNIQUE (conversation_seq, position)
);
CREATE INDEX messages_by_owner ON messages (owner, seq);
CREATE INDEX messages_unembedded ON messages (conversation_seq, embedding_state)
  WHERE embedding_state IN ('pending', 'failed');
-- The speakers of a memory, read name by name.
CREATE INDEX messages_by_name ON messages (owner, name) WHERE name IS NOT NULL;
CREATE INDEX messages_empty ON messages (owner) WHERE embedding_state = 'none';
CREATE UNIQUE INDEX messages_by_import_key ON messages (conversation_seq, import_key)
  WHERE import_key IS NOT NULL;

-- What a message says, as stems with their places; a long message has several parts.
CREATE TABLE message_words (
  message_seq bigint NOT NULL REFERENCES messages (seq) ON DELETE CASCADE,
  part integer NOT NULL,
  owner text COLLATE "C" NOT NULL,
  length integer NOT NULL,
  words tsvector NOT NULL,
  PRIMARY KEY (message_seq, part)
);
-- Words stay in their row: to fetch them from elsewhere takes ten times as long as to look at them.
ALTER TABLE message_words SET (toast_tuple_target = 8160);
CREATE INDEX message_words_by_owner ON message_words (owner, message_seq);
CREATE INDEX message_words_by_word ON message_words USING gin (words)
  WITH (gin_pending_list_limit = 512);

CREATE TABLE embedding_models (
  seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  id text COLLATE "C" NOT NULL UNIQUE,
  name text NOT NULL,
  dimension integer NOT NULL
);

-- Those that hold claims or leases; one that gave no sign for minutes is dead.
CREATE TABLE processes (
  id text COLLATE "C" PRIMARY KEY,
  seen_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE embedding_queue (
  message_seq bigint PRIMARY KEY REFERENCES messages (seq) ON DELETE CASCADE,
  owner text COLLATE "C" NOT NULL,
  state text COLLATE "C" NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'claimed', 'parked')),
  attempts integer NOT NULL DEFAULT 0,
  due_at bigint NOT NULL,
  queued_at bigint NOT NULL,
  reason text,
  -- the process that claimed it last
  holder text COLLATE "C"
);
CREATE INDEX embedding_queue_by_due ON embedding_queue (state, due_at, message_seq);
CREATE INDEX embedding_queue_by_owner ON embedding_queue (owner, state);

-- The truth about vectors, whatever engine searches them: which message has which chunks of which model.
CREATE TABLE vectors (
  seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  owner text COLLATE "C" NOT NULL,
  model_seq bigint NOT NULL REFERENCES embedding_models (seq),
  message_seq bigint NOT NULL REFERENCES messages (seq) ON DELETE CASCADE,
  conversation_seq bigint NOT NULL,
  chunk integer NOT NULL,
  start_offset integer NOT NULL,
  end_offset integer NOT NULL,
  -- little-endian float32, unit length; null where pgvector's table of its dimension has it
  vector bytea,
  UNIQUE (message_seq, model_seq, chunk)
);
ALTER TABLE vectors ALTER COLUMN vector SET STORAGE EXTERNAL;
CREATE INDEX vectors_by_owner ON vectors (owner, model_seq, seq);

CREATE TABLE summaries (
  seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  owner text COLLATE "C" NOT NULL,
  conversation_seq bigint REFERENCES conversations (seq) ON DELETE CASCADE,
  level text COLLATE "C" NOT NULL,
  text text NOT NULL,
  range_start bigint NOT NULL,
  range_end bigint NOT NULL,
  model text NOT NULL,
  generated_at bigint NOT NULL
);
CREATE INDEX summaries_by_conversation ON summaries (conversation_seq, level);

CREATE TABLE import_ledger (
  owner text COLLATE "C" NOT NULL,
  source text COLLATE "C" NOT NULL,
  external_id text COLLATE "C" NOT NULL,
  conversation_seq bigint NOT NULL REFERENCES conversations (seq) ON DELETE CASCADE,
  imported_at bigint NOT NULL,
  PRIMARY KEY (owner, source, external_id)
);
CREATE INDEX import_ledger_by_conversation ON import_ledger (conversation_seq);

CREATE TABLE idempotency_keys (
  owner text COLLATE "C" NOT NULL,
  key text COLLATE "C" NOT NULL,
  body_hash text COLLATE "C" NOT NULL,
  conversation_id text COLLATE "C" NOT NULL,
  -- the answer as it was given, so that a repeat gets the same
  response text NOT NULL,
  created_at bigint NOT NULL,
  PRIMARY KEY (owner, key)
);
CREATE INDEX idempotency_keys_by_conversation ON idempotency_keys (owner, conversation_id);

CREATE TABLE api_keys (
  id text COLLATE "C" PRIMARY KEY,
  owner text COLLATE "C" NOT NULL,
  name text COLLATE "C" NOT NULL,
  prefix text COLLATE "C" NOT NULL,
  hash text COLLATE "C" NOT NULL UNIQUE,
  scopes text COLLATE "C" NOT NULL DEFAULT 'read write admin',
  created_at bigint NOT NULL,
  expires_at bigint,
  rotated_at bigint,
  -- The secret before, and until when it works.
  previous_hash text COLLATE "C",
  previous_until bigint,
  last_used_at bigint,
  revoked_at bigint
);
CREATE UNIQUE INDEX api_keys_by_previous_hash ON api_keys (previous_hash)
  WHERE previous_hash IS NOT NULL;
CREATE INDEX api_keys_by_owner ON api_keys (owner, created_at);

CREATE TABLE settings (
  owner text COLLATE "C" NOT NULL,
  key text COLLATE "C" NOT NULL,
  value text NOT NULL,
  PRIMARY KEY (owner, key)
);

CREATE TABLE jobs (
  id text COLLATE "C" PRIMARY KEY,
  owner text COLLATE "C" NOT NULL,
  kind text COLLATE "C" NOT NULL,
  state text COLLATE "C" NOT NULL,
  done bigint NOT NULL DEFAULT 0,
  total bigint NOT NULL DEFAULT 0,
  detail text NOT NULL DEFAULT '{}',
  error text,
  created_at bigint NOT NULL,
  updated_at bigint NOT NULL
);
CREATE INDEX jobs_by_owner ON jobs (owner, created_at);
`,
  },
  {
    name: "what calls of models cost",
    up: `
-- Sums, so that they stay small however many requests there are. Money in nano-dollars.
CREATE TABLE costs (
  owner text COLLATE "C" NOT NULL,
  -- UTC, as 2026-11-25
  day text COLLATE "C" NOT NULL,
  provider text COLLATE "C" NOT NULL,
  model text COLLATE "C" NOT NULL,
  task text COLLATE "C" NOT NULL,
  -- id of the API key, '' without one
  key text COLLATE "C" NOT NULL,
  nano bigint NOT NULL,
  requests bigint NOT NULL,
  -- of these, the requests whose price is not known
  unpriced bigint NOT NULL,
  prompt_tokens bigint NOT NULL,
  completion_tokens bigint NOT NULL,
  cached_tokens bigint NOT NULL,
  PRIMARY KEY (owner, day, provider, model, task, key)
);

-- What requests under way may cost at most.
CREATE TABLE cost_leases (
  owner text COLLATE "C" NOT NULL,
  id text COLLATE "C" NOT NULL,
  day text COLLATE "C" NOT NULL,
  provider text COLLATE "C" NOT NULL,
  model text COLLATE "C" NOT NULL,
  task text COLLATE "C" NOT NULL,
  key text COLLATE "C" NOT NULL,
  nano bigint NOT NULL,
  -- the process that took it
  holder text COLLATE "C" NOT NULL,
  PRIMARY KEY (owner, id)
);

-- The last group of each writer, so that one sent twice is written once.
CREATE TABLE cost_writers (
  writer text COLLATE "C" PRIMARY KEY,
  number bigint NOT NULL,
  written_at timestamptz NOT NULL DEFAULT now()
);
`,
  },
  {
    name: "importance that a model judged",
    up: `
-- So many messages a model had read when it judged the importance; 0: none did.
ALTER TABLE conversations ADD COLUMN judged_messages integer NOT NULL DEFAULT 0;
-- What a model may judge: never judged, or grown by a quarter since. The index is the queue (to-judge.ts).
CREATE INDEX conversations_to_judge ON conversations (updated_at)
  WHERE ${TO_JUDGE};
`,
  },
  {
    name: "summaries that are made and kept true",
    up: `
ALTER TABLE summaries ADD COLUMN id text COLLATE "C" NOT NULL DEFAULT gen_random_uuid()::text;
-- model or rules
ALTER TABLE summaries ADD COLUMN method text COLLATE "C" NOT NULL DEFAULT 'model';
-- What it stands for, once for each owner, conversation and level: 0 for a whole conversation, the first position of a
-- stretch, the start of a period. NULL for what version 1 wrote.
ALTER TABLE summaries ADD COLUMN part bigint;
-- Of a conversation: how many messages there were up to its end.
ALTER TABLE summaries ADD COLUMN messages bigint;
-- Of a period: what it was made from, as JSON; '' when a part of that was deleted, and the text with it.
ALTER TABLE summaries ADD COLUMN sources text;
CREATE UNIQUE INDEX summaries_by_part ON summaries (owner, coalesce(conversation_seq, 0), level, part)
  WHERE part IS NOT NULL;
CREATE INDEX summaries_by_time ON summaries (owner, range_start);
`,
  },
  {
    name: "which messages hold a word, for ranking in the process",
    up: TEXT_FUNCTIONS,
  },
  {
    name: "facts that a model found",
    up: `
-- So many messages from the beginning were read for facts.
ALTER TABLE conversations ADD COLUMN facts_messages integer NOT NULL DEFAULT 0;
-- What is left to read. The index is the queue (fact-queries.ts).
CREATE INDEX conversations_unread_for_facts ON conversations (updated_at)
  WHERE ${UNREAD};

CREATE TABLE facts (
  seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  owner text COLLATE "C" NOT NULL,
  message_seq bigint NOT NULL REFERENCES messages (seq) ON DELETE CASCADE,
  subject text NOT NULL,
  -- as it is looked for (fact-key.ts)
  subject_key text COLLATE "C" NOT NULL,
  attribute text NOT NULL,
  value text NOT NULL,
  model text NOT NULL
);
CREATE INDEX facts_by_message ON facts (message_seq);
CREATE INDEX facts_by_subject ON facts (owner, subject_key);
`,
  },
  {
    name: "pinned conversations by an index",
    up: `
-- Each context asks for them, and they are few.
CREATE INDEX conversations_pinned ON conversations (owner) WHERE pinned = 1;
`,
  },
];
