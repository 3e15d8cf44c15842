import type {
  Conversation,
  ConversationFilter,
  Message,
  Owner,
} from "../../core/conversations/conversation.ts";
import { SekhaError } from "../../core/errors.ts";
import type {
  ConversationCounts,
  ConversationSort,
  MemoryStats,
  NamedCount,
  Page,
  PageOf,
} from "../../core/ports/conversation-store.ts";
import {
  selectConversations,
  selectMessages,
  toConversation,
  toMessage,
} from "../sql/conversation-rows.ts";
import { conversationConditions } from "../sql/filters.ts";
import type { Connection } from "./connection.ts";
import { requireConversation } from "./conversation-writes.ts";

export function readMessages(
  connection: Connection,
  owner: Owner,
  { id, page }: { id: string; page: Page },
): PageOf<Message> {
  const { seq, conversation } = requireConversation(connection, owner, id);
  const rows = connection.all(
    selectMessages(connection.sql)
      .where("messages.conversation_seq", "=", seq)
      .where("messages.position", ">=", 0)
      .orderBy("messages.position")
      .limit(page.limit)
      .offset(page.offset)
      .compile(),
  );
  return { items: rows.map(toMessage), total: conversation.messageCount };
}

function countMatching(connection: Connection, owner: Owner, filter: ConversationFilter): number {
  const row = connection.first(
    connection.sql
      .selectFrom("conversations")
      .select((eb) => eb.fn.countAll<number>().as("count"))
      .where((eb) => conversationConditions(eb, owner, filter))
      .compile(),
  );
  return row?.count ?? 0;
}

export function listConversations(
  connection: Connection,
  owner: Owner,
  { filter, page }: { filter: ConversationFilter; page: Page & { sort?: ConversationSort } },
): PageOf<Conversation> {
  const sort = page.sort ?? { by: "updated_at", direction: "desc" };
  // The page first, by number: sorting whole conversations costs their tags and states too.
  const shown = connection.sql
    .selectFrom("conversations")
    .select("conversations.seq")
    .where((eb) => conversationConditions(eb, owner, filter))
    .orderBy(`conversations.${sort.by}`, sort.direction)
    .orderBy("conversations.seq", sort.direction)
    .limit(page.limit)
    .offset(page.offset);
  const rows = connection.all(
    selectConversations(connection.sql)
      .where("conversations.seq", "in", shown)
      .orderBy(`conversations.${sort.by}`, sort.direction)
      .orderBy("conversations.seq", sort.direction)
      .compile(),
  );
  return { items: rows.map(toConversation), total: countMatching(connection, owner, filter) };
}

export function countConversations(
  connection: Connection,
  owner: Owner,
  filter: ConversationFilter,
): ConversationCounts {
  const rows = connection.all(
    connection.sql
      .selectFrom("conversations")
      .select(["status", "pinned"])
      .select((eb) => eb.fn.countAll<number>().as("count"))
      .where((eb) => conversationConditions(eb, owner, filter))
      .groupBy(["status", "pinned"])
      .compile(),
  );
  const byStatus = { active: 0, archived: 0, pinned: 0 };
  for (const row of rows) {
    byStatus[row.status === "active" && row.pinned === 1 ? "pinned" : row.status] += row.count;
  }
  const count = byStatus.active + byStatus.archived + byStatus.pinned;
  return { count, total: countMatching(connection, owner, {}), byStatus };
}

export function conversationIds(
  connection: Connection,
  owner: Owner,
  { filter, limit }: { filter: ConversationFilter; limit: number },
): string[] {
  return connection
    .all(
      connection.sql
        .selectFrom("conversations")
        .select("id")
        .where((eb) => conversationConditions(eb, owner, filter))
        .orderBy("seq")
        .limit(limit)
        .compile(),
    )
    .map((row) => row.id);
}

/** Export order is the order of storing; the cursor is the last row's number. */
export function scanConversations(
  connection: Connection,
  owner: Owner,
  { filter, page }: { filter: ConversationFilter; page: { limit: number; cursor?: string } },
): { items: Conversation[]; cursor?: string } {
  const after = page.cursor === undefined ? 0 : Number(page.cursor);
  if (!Number.isSafeInteger(after)) throw new SekhaError("invalid_request", "Unknown cursor");
  const rows = connection.all(
    selectConversations(connection.sql)
      .where((eb) => conversationConditions(eb, owner, filter))
      .where("conversations.seq", ">", after)
      .orderBy("conversations.seq")
      .limit(page.limit + 1)
      .compile(),
  );
  const shown = rows.slice(0, page.limit);
  const items = shown.map(toConversation);
  const last = rows.length > page.limit ? shown.at(-1) : undefined;
  return last === undefined ? { items } : { items, cursor: String(last.seq) };
}

function countsBy(
  connection: Connection,
  owner: Owner,
  { filter, column }: { filter: ConversationFilter; column: "folder" | "label" },
): NamedCount[] {
  return connection.all(
    connection.sql
      .selectFrom("conversations")
      .select([`${column} as name`])
      .select((eb) => eb.fn.countAll<number>().as("count"))
      .where((eb) => conversationConditions(eb, owner, filter))
      .groupBy(column)
      .orderBy("count", "desc")
      .orderBy("name")
      .limit(10_000)
      .compile(),
  );
}

function tagCounts(connection: Connection, owner: Owner, filter: ConversationFilter): NamedCount[] {
  return connection.all(
    connection.sql
      .selectFrom("conversations")
      .innerJoin("conversation_tags", "conversation_tags.conversation_seq", "conversations.seq")
      .select(["conversation_tags.tag as name"])
      .select((eb) => eb.fn.countAll<number>().as("count"))
      .where((eb) => conversationConditions(eb, owner, filter))
      .groupBy("conversation_tags.tag")
      .orderBy("count", "desc")
      .orderBy("name")
      .limit(10_000)
      .compile(),
  );
}

function messageTimes(connection: Connection, owner: Owner, filter: ConversationFilter) {
  const matching = connection.sql
    .selectFrom("conversations")
    .select("conversations.seq")
    .where((eb) => conversationConditions(eb, owner, filter));
  return connection.first(
    connection.sql
      .selectFrom("messages")
      .select((eb) => [
        eb.fn.min<number | null>("timestamp").as("oldest"),
        eb.fn.max<number | null>("timestamp").as("newest"),
      ])
      .where("conversation_seq", "in", matching)
      .compile(),
  );
}

export function memoryStats(
  connection: Connection,
  owner: Owner,
  filter: ConversationFilter,
): MemoryStats {
  const sums = connection.first(
    connection.sql
      .selectFrom("conversations")
      .select((eb) => [
        eb.fn.coalesce(eb.fn.sum<number>("message_count"), eb.lit(0)).as("messages"),
        eb.fn.coalesce(eb.fn.sum<number>("word_count"), eb.lit(0)).as("words"),
        eb.fn.coalesce(eb.fn.avg<number>("importance_score"), eb.lit(0)).as("importance"),
      ])
      .where((eb) => conversationConditions(eb, owner, filter))
      .compile(),
  );
  const ends = messageTimes(connection, owner, filter);
  return {
    conversations: countConversations(connection, owner, filter),
    messages: sums?.messages ?? 0,
    words: sums?.words ?? 0,
    averageImportance: sums?.importance ?? 0,
    oldestMessageAt: ends?.oldest ?? null,
    newestMessageAt: ends?.newest ?? null,
    folders: countsBy(connection, owner, { filter, column: "folder" }),
    labels: countsBy(connection, owner, { filter, column: "label" }),
    tags: tagCounts(connection, owner, filter),
  };
}

export function readMessage(
  connection: Connection,
  owner: Owner,
  id: string,
): { message: Message; conversation: Conversation } {
  const row = connection.first(
    selectMessages(connection.sql)
      .where("messages.owner", "=", owner)
      .where("messages.id", "=", id)
      .compile(),
  );
  if (row === undefined) throw new SekhaError("not_found", "Message not found");
  const { conversation } = requireConversation(connection, owner, row.conversation_id);
  return { message: toMessage(row), conversation };
}
