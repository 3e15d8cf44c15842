import type { Owner } from "../../core/conversations/conversation.ts";
import type {
  FrozenBlock,
  KnownTurn,
  NewTurn,
  ProxyConversation,
  SpoolEntry,
  TurnMark,
  WaitingEntry,
} from "../../core/ports/proxy-store.ts";
import type { Connection } from "../sqlite/connection.ts";

type Owned<T> = { owner: Owner } & T;
type FirstArguments<Operation> = Operation extends (first: Connection, second: infer A) => unknown
  ? A
  : never;

/** What the thread of `proxy.db` can be asked; each runs in one transaction. */
export const PROXY_OPERATIONS = {
  conversation: (connection: Connection, { owner, id }: Owned<{ id: string }>) => {
    const [row] = connection.rows<ConversationRow>(`${CONVERSATION} WHERE owner = ? AND id = ?`, [
      owner,
      id,
    ]);
    return row === undefined ? null : toConversation(row);
  },

  findByHistory: (connection: Connection, { owner, hashes }: Owned<{ hashes: string[] }>) => {
    const [row] = connection.rows<ConversationRow & { place: number }>(
      // CROSS keeps the order: the history is short, the turns of an owner are many.
      `SELECT c.*, f.place FROM (
         SELECT t.conversation_id AS id, max(h.key) AS place
         FROM json_each(?2) AS h CROSS JOIN turns AS t ON t.owner = ?1 AND t.hash = h.value
         GROUP BY t.conversation_id
       ) AS f JOIN conversations AS c ON c.owner = ?1 AND c.id = f.id
       ORDER BY f.place DESC, c.tip IN (SELECT value FROM json_each(?2)) DESC, c.touched_at DESC
       LIMIT 1`,
      [owner, JSON.stringify(hashes)],
    );
    return row === undefined ? null : { conversation: toConversation(row), place: row.place };
  },

  findByWindow: (connection: Connection, { owner, windows }: Owned<{ windows: string[] }>) => {
    const [row] = connection.rows<ConversationRow & { place: number }>(
      `SELECT c.*, w.key AS place FROM json_each(?2) AS w
       CROSS JOIN conversations AS c INDEXED BY conversations_by_window ON c.owner = ?1 AND c.window = w.value AND c.window <> ''
       ORDER BY w.key DESC, c.touched_at DESC LIMIT 1`,
      [owner, JSON.stringify(windows)],
    );
    return row === undefined ? null : { conversation: toConversation(row), place: row.place };
  },

  turns: (
    connection: Connection,
    { owner, conversationId, ...by }: Owned<{ conversationId: string } & TurnKeys>,
  ): KnownTurn[] => {
    const [column, keys] = "hashes" in by ? ["hash", by.hashes] : ["pair", by.pairs];
    return connection
      .rows<TurnRow>(
        `SELECT t.hash, t.pair, t.state, t.message_id, t.block_id, b.text, b.tokens, b.citations
         FROM turns AS t LEFT JOIN blocks AS b ON b.owner = t.owner AND b.id = t.block_id
         WHERE t.owner = ? AND t.conversation_id = ?
           AND t.${column} IN (SELECT value FROM json_each(?))`,
        [owner, conversationId, JSON.stringify(keys)],
      )
      .map(toTurn);
  },

  add: (
    connection: Connection,
    { owner, conversation, branch }: Owned<{ conversation: NewConversation; branch?: Branch }>,
  ): void => {
    const { id, tip, touchedAt } = conversation;
    connection.execute(
      `INSERT INTO conversations (owner, id, tip, touched_at) VALUES (?, ?, ?, ?)
       ON CONFLICT DO NOTHING`,
      [owner, id, tip.hash, touchedAt],
    );
    if (branch !== undefined) copyTurns(connection, owner, { to: id, ...branch });
    putTurn(connection, { owner, conversationId: id }, { ...tip, ...UNKNOWN_TURN });
  },

  freeze: (
    connection: Connection,
    { owner, conversationId, turn, blockId, block, touchedAt }: Owned<Freezing>,
  ): FrozenBlock => {
    connection.execute("UPDATE conversations SET touched_at = ? WHERE owner = ? AND id = ?", [
      touchedAt,
      owner,
      conversationId,
    ]);
    putTurn(connection, { owner, conversationId }, { ...turn, ...UNKNOWN_TURN });
    const isEmpty = block.text === "";
    const { changes } = connection.execute(
      `UPDATE turns SET block_id = ? WHERE owner = ? AND conversation_id = ? AND hash = ?
       AND block_id IS NULL`,
      [isEmpty ? "" : blockId, owner, conversationId, turn.hash],
    );
    if (changes === 0) return frozenBlock(connection, { owner, conversationId, hash: turn.hash });
    if (!isEmpty) putBlock(connection, { owner, id: blockId, block });
    return block;
  },

  dropBlocks: (
    connection: Connection,
    { owner, conversationId, hashes }: Owned<{ conversationId: string; hashes: string[] }>,
  ): void => {
    connection.execute(
      `UPDATE turns SET block_id = '' WHERE owner = ? AND conversation_id = ?
       AND hash IN (SELECT value FROM json_each(?))`,
      [owner, conversationId, JSON.stringify(hashes)],
    );
    removeUnusedBlocks(connection);
  },

  skip: (
    connection: Connection,
    { owner, conversationId, turns }: Owned<{ conversationId: string; turns: TurnMark[] }>,
  ): void => {
    for (const turn of turns) {
      const skipped = { ...turn, state: "skipped", messageId: null, blockId: null } as const;
      putTurn(connection, { owner, conversationId }, skipped);
    }
  },

  spool: (connection: Connection, { owner, ...kept }: Owned<Spooling>): void => {
    const { conversationId, tip, window, touchedAt, turns, entry } = kept;
    connection.execute(
      `INSERT INTO conversations (owner, id, tip, window, stored, touched_at)
       VALUES (?, ?, ?, ?, ?, ?)
       ON CONFLICT (owner, id) DO UPDATE SET tip = excluded.tip, window = excluded.window,
         stored = max(stored, excluded.stored), touched_at = excluded.touched_at`,
      [owner, conversationId, tip, window, entry === null ? 0 : 1, touchedAt],
    );
    for (const turn of turns) putTurn(connection, { owner, conversationId }, turn);
    if (entry === null) return;
    connection.execute(
      "INSERT INTO spool (owner, conversation_id, entry, messages) VALUES (?, ?, ?, ?)",
      [owner, conversationId, JSON.stringify(entry), entry.messages.length],
    );
  },

  waiting: (connection: Connection, { limit, except }: Waiting): WaitingEntry[] =>
    connection
      .rows<{ number: number; owner: string; entry: string }>(
        `SELECT number, owner, entry FROM spool WHERE number IN (
           SELECT min(number) FROM spool
           WHERE refused IS NULL AND owner NOT IN (SELECT value FROM json_each(?))
           GROUP BY owner, conversation_id
         ) ORDER BY number LIMIT ?`,
        [JSON.stringify(except), limit],
      )
      .map(({ number, owner, entry }) => ({ number, owner, ...(JSON.parse(entry) as SpoolEntry) })),

  counts: (connection: Connection) => {
    const [row] = connection.rows<{ waiting: number; setAside: number }>(
      `SELECT coalesce(sum(messages) FILTER (WHERE refused IS NULL), 0) AS waiting,
         coalesce(sum(messages) FILTER (WHERE refused IS NOT NULL), 0) AS setAside FROM spool`,
    );
    return { waiting: row?.waiting ?? 0, setAside: row?.setAside ?? 0 };
  },

  delivered: (connection: Connection, { number }: { number: number }): void => {
    connection.execute("DELETE FROM spool WHERE number = ?", [number]);
  },

  setAside: (connection: Connection, argument: { number: number; reason: string }): void => {
    connection.execute("UPDATE spool SET refused = ? WHERE number = ?", [
      argument.reason,
      argument.number,
    ]);
  },

  tryRefusedAgain: (connection: Connection): void => {
    connection.execute("UPDATE spool SET refused = NULL WHERE refused IS NOT NULL");
  },

  forget: (connection: Connection, { owner, ids }: Owned<{ ids: string[] }>): void => {
    for (const id of ids) {
      connection.execute(
        `UPDATE turns SET block_id = '' WHERE owner = ?1 AND block_id IN (
           SELECT block_id FROM block_citations WHERE owner = ?1 AND conversation_id = ?2)`,
        [owner, id],
      );
      connection.execute(
        `DELETE FROM blocks WHERE owner = ?1 AND id IN (
           SELECT block_id FROM block_citations WHERE owner = ?1 AND conversation_id = ?2)`,
        [owner, id],
      );
      // Hashes stay, so that a client that goes on does not bring back what was erased.
      connection.execute(
        `UPDATE turns SET state = 'skipped', message_id = NULL, block_id = ''
         WHERE owner = ? AND conversation_id = ?`,
        [owner, id],
      );
      connection.execute("UPDATE conversations SET stored = 0 WHERE owner = ? AND id = ?", [
        owner,
        id,
      ]);
      connection.execute("DELETE FROM spool WHERE owner = ? AND conversation_id = ?", [owner, id]);
    }
    removeUnusedBlocks(connection);
  },

  forgetOwner: (connection: Connection, { owner }: { owner: Owner }): void => {
    for (const table of ["turns", "conversations", "blocks", "spool"]) {
      connection.execute(`DELETE FROM ${table} WHERE owner = ?`, [owner]);
    }
  },

  mentioned: (connection: Connection): { owner: Owner; conversationIds: string[] }[] => {
    const rows = connection.rows<{ owner: string; id: string }>(
      `SELECT owner, conversation_id AS id FROM block_citations
       UNION
       SELECT owner, id FROM conversations AS c WHERE stored = 1 AND NOT EXISTS (
         SELECT 1 FROM spool AS s WHERE s.owner = c.owner AND s.conversation_id = c.id)`,
    );
    return [...Map.groupBy(rows, (row) => row.owner)].map(([owner, group]) => ({
      owner,
      conversationIds: group.map((row) => row.id),
    }));
  },

  expire: (connection: Connection, { before }: { before: number }): void => {
    const old = connection.rows<{ owner: string; id: string }>(
      `SELECT owner, id FROM conversations AS c WHERE touched_at < ? AND NOT EXISTS (
         SELECT 1 FROM spool AS s WHERE s.owner = c.owner AND s.conversation_id = c.id)`,
      [before],
    );
    for (const { owner, id } of old) removeConversation(connection, owner, id);
    removeUnusedBlocks(connection);
  },
} as const;

export type ProxyOperations = typeof PROXY_OPERATIONS;
export type ProxyArgument<Name extends keyof ProxyOperations> = FirstArguments<
  ProxyOperations[Name]
>;

type Waiting = { limit: number; except: Owner[] };
type NewConversation = { id: string; tip: TurnMark; touchedAt: number };
type Branch = { from: string; hashes: string[] };
type TurnKeys = { hashes: string[] } | { pairs: string[] };
type Freezing = {
  conversationId: string;
  turn: TurnMark;
  blockId: string;
  block: FrozenBlock;
  touchedAt: number;
};
type Spooling = {
  conversationId: string;
  tip: string;
  window: string;
  touchedAt: number;
  turns: NewTurn[];
  entry: SpoolEntry | null;
};

interface ConversationRow {
  id: string;
  tip: string;
  window: string;
  stored: number;
  touched_at: number;
}

interface TurnRow {
  hash: string;
  pair: string;
  state: KnownTurn["state"];
  message_id: string | null;
  block_id: string | null;
  text: string | null;
  tokens: number | null;
  citations: string | null;
}

const CONVERSATION = "SELECT id, tip, window, stored, touched_at FROM conversations";
const UNKNOWN_TURN = { state: "seen", messageId: null, blockId: null } as const;
const NOTHING: FrozenBlock = { text: "", tokens: 0, citations: [] };

function toConversation(row: ConversationRow): ProxyConversation {
  const { id, tip, window, stored, touched_at: touchedAt } = row;
  return { id, tip, window, isStored: stored === 1, touchedAt };
}

function toTurn(row: TurnRow): KnownTurn {
  const { hash, pair, state, message_id: messageId, block_id: blockId } = row;
  return { hash, pair, state, messageId, blockId, block: blockId === null ? null : toBlock(row) };
}

function toBlock({ text, tokens, citations }: Pick<TurnRow, "text" | "tokens" | "citations">) {
  if (text === null) return NOTHING;
  return { text, tokens: tokens ?? 0, citations: JSON.parse(citations ?? "[]") };
}

/** A turn that is known keeps its state once it was stored or skipped, and its block. */
function putTurn(
  connection: Connection,
  { owner, conversationId }: { owner: Owner; conversationId: string },
  { hash, pair, state, messageId, blockId }: NewTurn,
): void {
  connection.execute(
    `INSERT INTO turns (owner, conversation_id, hash, pair, state, message_id, block_id)
     VALUES (?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (owner, conversation_id, hash) DO UPDATE SET
       message_id = CASE WHEN state = 'seen' THEN excluded.message_id ELSE message_id END,
       state = CASE WHEN state = 'seen' THEN excluded.state ELSE state END,
       block_id = coalesce(block_id, excluded.block_id)`,
    [owner, conversationId, hash, pair, state, messageId, blockId],
  );
}

function copyTurns(
  connection: Connection,
  owner: Owner,
  { from, to, hashes }: Branch & { to: string },
): void {
  connection.execute(
    `INSERT INTO turns (owner, conversation_id, hash, pair, state, message_id, block_id)
     SELECT owner, ?3, hash, pair, state, message_id, block_id FROM turns
     WHERE owner = ?1 AND conversation_id = ?2 AND hash IN (SELECT value FROM json_each(?4))
     ON CONFLICT DO NOTHING`,
    [owner, from, to, JSON.stringify(hashes)],
  );
}

function putBlock(
  connection: Connection,
  { owner, id, block }: { owner: Owner; id: string; block: FrozenBlock },
): void {
  connection.execute(
    "INSERT INTO blocks (owner, id, text, tokens, citations) VALUES (?, ?, ?, ?, ?)",
    [owner, id, block.text, block.tokens, JSON.stringify(block.citations)],
  );
  for (const cited of new Set(block.citations.map((one) => one.conversationId))) {
    connection.execute(
      "INSERT INTO block_citations (owner, conversation_id, block_id) VALUES (?, ?, ?)",
      [owner, cited, id],
    );
  }
}

function frozenBlock(
  connection: Connection,
  { owner, conversationId, hash }: { owner: Owner; conversationId: string; hash: string },
): FrozenBlock {
  const [row] = connection.rows<Pick<TurnRow, "text" | "tokens" | "citations">>(
    `SELECT b.text, b.tokens, b.citations FROM turns AS t
     LEFT JOIN blocks AS b ON b.owner = t.owner AND b.id = t.block_id
     WHERE t.owner = ? AND t.conversation_id = ? AND t.hash = ?`,
    [owner, conversationId, hash],
  );
  return row === undefined ? NOTHING : toBlock(row);
}

function removeConversation(connection: Connection, owner: Owner, id: string): void {
  connection.execute("DELETE FROM turns WHERE owner = ? AND conversation_id = ?", [owner, id]);
  connection.execute("DELETE FROM conversations WHERE owner = ? AND id = ?", [owner, id]);
}

/** A block may stand in several conversations that branched off each other. */
function removeUnusedBlocks(connection: Connection): void {
  connection.execute(
    `DELETE FROM blocks WHERE NOT EXISTS (
       SELECT 1 FROM turns AS t WHERE t.owner = blocks.owner AND t.block_id = blocks.id AND t.block_id <> '')`,
  );
}
