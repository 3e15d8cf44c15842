import { DatabaseSync } from "node:sqlite";
import type { RowStore } from "../../row-store.ts";
import { openSqliteStore } from "../../sqlite/sqlite-store.ts";

export const MODEL = { id: "test@f32", name: "test", dimension: 4 };

const START = Date.UTC(2026, 0, 5);
const CONVERSATIONS = 12;
const TURNS = 40;
const TEXTS = [
  "the tulip garden in spring",
  "a bicycle from Delft, repaired twice",
  "我们下周在京都见面 about the tulip",
  "with a nul \0 and a noncharacter \uFDD0 and 😀",
  " ",
];

/** A SQLite file with something in every table that a memory has. */
export async function filledSqlite(file: string): Promise<void> {
  const store = await openSqliteStore({ file, readers: 1 });
  await storeConversations(store);
  await embedSome(store);
  await storeTheRest(store);
  await store.close();
  const database = new DatabaseSync(file);
  database.exec(`INSERT INTO summaries
    (owner, conversation_seq, level, text, range_start, range_end, model, generated_at,
     id, method, part, messages, sources)
    VALUES ('local', 2, 'daily', 'a summary', 1, 2, 'm', 3, 'v1', 'model', NULL, NULL, NULL),
      ('local', 2, 'daily', 'another', 1, 2, 'm', 3, 'one', 'rules', 0, 40, NULL),
      ('local', NULL, 'weekly', '', 0, 604800000, 'm', 3, 'two', 'model', 0, NULL, '')`);
  database.exec(`UPDATE conversations SET facts_messages = 7 WHERE seq = 2;
    INSERT INTO facts (owner, message_seq, subject, subject_key, attribute, value, model)
    VALUES ('local', 50, 'The bicycle', 'the bicycle', 'city', 'Delft', 'm')`);
  database.close();
}

async function storeConversations({ conversations }: RowStore): Promise<void> {
  for (let at = 0; at < CONVERSATIONS; at += 1) {
    await conversations.create(
      at % 8 === 0 ? "bob" : "local",
      {
        label: `Talk ${at} Ünder`,
        folder: at % 3 === 0 ? "/work/sekha" : "/",
        tags: at % 2 === 0 ? ["red", "blue"] : [],
        pinned: at % 9 === 0,
        status: at % 7 === 0 ? "archived" : "active",
        metadata: { at, odd: "\0" },
        createdAt: START + at,
        updatedAt: START + at * 2,
        messages: Array.from({ length: TURNS }, (_, turn) => turnOf(at, turn)),
      },
      { key: `key-${at}`, bodyHash: "hash" },
    );
  }
  await conversations.import(
    "local",
    { source: "chatgpt", externalId: "abc" },
    {
      label: "Imported",
      folder: "/",
      messages: Array.from({ length: 5 }, (_, at) => ({ role: "user", content: `old ${at}` })),
    },
  );
}

function turnOf(conversation: number, turn: number) {
  const text = TEXTS[turn % TEXTS.length] ?? "";
  return {
    role: turn % 2 === 0 ? "user" : "assistant",
    name: turn % 4 === 0 ? "Ann" : null,
    content: text.trim() === "" ? text : `${text} ${conversation} ${turn}`,
    timestamp: START + turn,
    metadata: { turn },
    parts: turn % 10 === 0 ? [{ type: "text", text: "part" }] : null,
    importKey: `${conversation}-${turn}`,
  };
}

async function embedSome({ queue }: RowStore): Promise<void> {
  const now = Date.now() + 1000;
  const tasks = await queue.claim({ limit: 300, now, leaseMs: 1000 });
  await queue.complete(
    MODEL,
    tasks.slice(0, 250).map(({ owner, message, conversation }, at) => ({
      owner,
      message,
      vectors: [0, 1].map((chunk) => ({
        message,
        conversation,
        chunk,
        start: 0,
        end: 3,
        vector: vectorOf(at, chunk),
      })),
    })),
  );
  const failed = tasks.slice(250, 260);
  await queue.fail(
    failed.map(({ message }) => ({ message, reason: "too odd", retryAt: null })),
    now,
  );
}

/** Some have no direction: they stay in their rows. */
function vectorOf(at: number, chunk: number): Float32Array {
  return Float32Array.from(at % 50 === 0 ? [0, 0, 0, 0] : [Math.cos(at), Math.sin(at), 0, chunk]);
}

async function storeTheRest({ keys, jobs, costs }: RowStore): Promise<void> {
  await keys.create(
    {
      id: "key-1",
      owner: "local",
      name: "laptop",
      prefix: "sk-sekha-abc",
      scopes: ["read"],
      createdAt: START,
      expiresAt: null,
      rotatedAt: null,
      previousUntil: null,
      lastUsedAt: null,
      revokedAt: null,
    },
    "hash-of-test-key",
  );
  await jobs.put("local", {
    id: "job-1",
    kind: "import",
    state: "done",
    progress: { done: 3, total: 3 },
    detail: { file: "a.zip" },
    error: null,
    createdAt: START,
    updatedAt: START,
  });
  const cost = { owner: "local", provider: "openai", model: "gpt", task: "chat", key: "" };
  const tokens = { day: "2026-01-05", promptTokens: 5, completionTokens: 6, cachedTokens: 0 };
  await costs.write({
    // More than a number holds exactly.
    settle: [{ ...cost, ...tokens, id: "1", nano: 9_007_199_254_740_993n, state: "settled" }],
    reserve: [{ ...cost, ...tokens, id: "2", nano: 12n, state: "reserved" }],
    release: [],
  });
}
