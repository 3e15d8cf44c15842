import type { Kysely } from "kysely";
import type {
  Conversation,
  ConversationFilter,
  Owner,
} from "../../core/conversations/conversation.ts";
import { SekhaError } from "../../core/errors.ts";
import type {
  ConversationCounts,
  ConversationSort,
  NamedCount,
  Page,
} from "../../core/ports/conversation-store.ts";
import {
  type ConversationRow,
  selectConversations,
  selectMessages,
  toConversation,
} from "./conversation-rows.ts";
import type { SqlEngine } from "./engine.ts";
import { conversationConditionsOf } from "./filters.ts";
import type { Tables } from "./tables.ts";

/** More names than this are not listed. */
const MOST_NAMES = 10_000;

/** The queries of lists, counts and statistics, as both engines run them. */
export class ConversationQueries {
  readonly #db: Kysely<Tables>;
  readonly #engine: SqlEngine;

  constructor(db: Kysely<Tables>, engine: SqlEngine) {
    this.#db = db;
    this.#engine = engine;
  }

  byId(owner: Owner, id: string) {
    return selectConversations(this.#db, this.#engine)
      .where("conversations.owner", "=", owner)
      .where("conversations.id", "=", id)
      .compile();
  }

  list(
    owner: Owner,
    { filter, page }: { filter: ConversationFilter; page: Page & { sort?: ConversationSort } },
  ) {
    const sort = page.sort ?? { by: "updated_at", direction: "desc" };
    // The page first, by number: sorting whole conversations costs their tags and states too.
    const shown = this.#matching(owner, filter)
      .select("conversations.seq")
      .orderBy(`conversations.${sort.by}`, sort.direction)
      .orderBy("conversations.seq", sort.direction)
      .limit(page.limit)
      .offset(page.offset);
    return selectConversations(this.#db, this.#engine)
      .where("conversations.seq", "in", shown)
      .orderBy(`conversations.${sort.by}`, sort.direction)
      .orderBy("conversations.seq", sort.direction)
      .compile();
  }

  count(owner: Owner, filter: ConversationFilter) {
    return this.#matching(owner, filter)
      .select((eb) => eb.fn.countAll<number>().as("count"))
      .compile();
  }

  countsByState(owner: Owner, filter: ConversationFilter) {
    return this.#matching(owner, filter)
      .select(["status", "pinned"])
      .select((eb) => eb.fn.countAll<number>().as("count"))
      .groupBy(["status", "pinned"])
      .compile();
  }

  ids(owner: Owner, { filter, limit }: { filter: ConversationFilter; limit: number }) {
    return this.#matching(owner, filter).select("id").orderBy("seq").limit(limit).compile();
  }

  /** Export order is the order of storing; the cursor is the last row's number. One row more tells whether to go on. */
  scan(
    owner: Owner,
    { filter, page }: { filter: ConversationFilter; page: { limit: number; cursor?: string } },
  ) {
    const after = page.cursor === undefined ? 0 : Number(page.cursor);
    if (!Number.isSafeInteger(after)) throw new SekhaError("invalid_request", "Unknown cursor");
    return selectConversations(this.#db, this.#engine)
      .where((eb) => this.#conditions(eb, owner, filter))
      .where("conversations.seq", ">", after)
      .orderBy("conversations.seq")
      .limit(page.limit + 1)
      .compile();
  }

  namedCounts(
    owner: Owner,
    { filter, column }: { filter: ConversationFilter; column: "folder" | "label" },
  ) {
    return this.#matching(owner, filter)
      .select([`${column} as name`])
      .select((eb) => eb.fn.countAll<number>().as("count"))
      .groupBy(column)
      .orderBy("count", "desc")
      .orderBy("name")
      .limit(MOST_NAMES)
      .$castTo<NamedCount>()
      .compile();
  }

  tagCounts(owner: Owner, filter: ConversationFilter) {
    return this.#matching(owner, filter)
      .innerJoin("conversation_tags", "conversation_tags.conversation_seq", "conversations.seq")
      .select(["conversation_tags.tag as name"])
      .select((eb) => eb.fn.countAll<number>().as("count"))
      .groupBy("conversation_tags.tag")
      .orderBy("count", "desc")
      .orderBy("name")
      .limit(MOST_NAMES)
      .$castTo<NamedCount>()
      .compile();
  }

  messageTimes(owner: Owner, filter: ConversationFilter) {
    return this.#db
      .selectFrom("messages")
      .select((eb) => [
        eb.fn.min<number | null>("timestamp").as("oldest"),
        eb.fn.max<number | null>("timestamp").as("newest"),
      ])
      .where("conversation_seq", "in", this.#matching(owner, filter).select("conversations.seq"))
      .compile();
  }

  sums(owner: Owner, filter: ConversationFilter) {
    return this.#matching(owner, filter)
      .select((eb) => [
        eb.fn.coalesce(eb.fn.sum<number>("message_count"), eb.lit(0)).as("messages"),
        eb.fn.coalesce(eb.fn.sum<number>("word_count"), eb.lit(0)).as("words"),
        eb.fn.coalesce(eb.fn.avg<number>("importance_score"), eb.lit(0)).as("importance"),
      ])
      .compile();
  }

  /** By position, oldest first. */
  messages(conversation: number, { from, page }: { from: number; page?: Page }) {
    const query = selectMessages(this.#db)
      .where("messages.conversation_seq", "=", conversation)
      .where("messages.position", ">=", from)
      .orderBy("messages.position");
    return (page === undefined ? query : query.limit(page.limit).offset(page.offset)).compile();
  }

  /** The same turn may come several times. Parameters: owner, ids, reach, reach. */
  turnsAround(owner: Owner, { ids, reach }: { ids: readonly string[]; reach: number }) {
    return selectMessages(this.#db)
      .innerJoin("messages as hit", "hit.conversation_seq", "messages.conversation_seq")
      .where("hit.owner", "=", owner)
      .where(this.#engine.inTexts("hit.id", ids))
      .where((eb) => eb("messages.position", ">=", eb("hit.position", "-", reach)))
      .where((eb) => eb("messages.position", "<=", eb("hit.position", "+", reach)))
      .compile();
  }

  messageById(owner: Owner, id: string) {
    return selectMessages(this.#db)
      .where("messages.owner", "=", owner)
      .where("messages.id", "=", id)
      .compile();
  }

  get #conditions() {
    return conversationConditionsOf(this.#engine);
  }

  #matching(owner: Owner, filter: ConversationFilter) {
    return this.#db.selectFrom("conversations").where((eb) => this.#conditions(eb, owner, filter));
  }
}

/** The counts of a filter from its rows by state, and the total without any. */
export function toCounts(
  rows: readonly { status: "active" | "archived"; pinned: number; count: number }[],
  total: number,
): ConversationCounts {
  const byStatus = { active: 0, archived: 0, pinned: 0 };
  for (const row of rows) {
    byStatus[row.status === "active" && row.pinned === 1 ? "pinned" : row.status] += row.count;
  }
  return { count: byStatus.active + byStatus.archived + byStatus.pinned, total, byStatus };
}

/** A page of a scan from its rows, of which one may be too many. */
export function toScanPage(
  rows: readonly ConversationRow[],
  limit: number,
): { items: Conversation[]; cursor?: string } {
  const shown = rows.slice(0, limit);
  const items = shown.map(toConversation);
  const last = rows.length > limit ? shown.at(-1) : undefined;
  return last === undefined ? { items } : { items, cursor: String(last.seq) };
}
