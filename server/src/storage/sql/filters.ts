import type { Expression, ExpressionBuilder, SqlBool } from "kysely";
import { sql } from "kysely";
import type { ConversationFilter, Owner } from "../../core/conversations/conversation.ts";
import { SQLITE_ENGINE, type SqlEngine } from "./engine.ts";
import type { Tables } from "./tables.ts";

type Builder = ExpressionBuilder<Tables, "conversations">;

/** A folder and everything below it, as a range, so that an index serves it. */
function insideFolder(eb: Builder, path: string): Expression<SqlBool> {
  const folder = path.replace(/\/+$/u, "");
  if (folder === "") return sql<SqlBool>`1 = 1`;
  return eb.or([
    eb("conversations.folder", "=", folder),
    // "0" is the character after "/".
    eb.and([
      eb("conversations.folder", ">=", `${folder}/`),
      eb("conversations.folder", "<", `${folder}0`),
    ]),
  ]);
}

function tagConditions(eb: Builder, tags: readonly string[]): Expression<SqlBool>[] {
  return tags.map((tag) =>
    eb.exists(
      eb
        .selectFrom("conversation_tags")
        .select("conversation_tags.tag")
        .whereRef("conversation_tags.conversation_seq", "=", "conversations.seq")
        .where("conversation_tags.tag", "=", tag),
    ),
  );
}

function placeConditions(
  engine: SqlEngine,
  eb: Builder,
  filter: ConversationFilter,
): Expression<SqlBool>[] {
  const conditions: Expression<SqlBool>[] = [];
  if (filter.folder !== undefined) conditions.push(insideFolder(eb, filter.folder));
  for (const folder of filter.excludedFolders ?? []) {
    conditions.push(eb.not(insideFolder(eb, folder)));
  }
  if (filter.label !== undefined) conditions.push(eb("conversations.label", "=", filter.label));
  if (filter.labels !== undefined) {
    conditions.push(engine.inTexts("conversations.label", filter.labels));
  }
  if (filter.labelContains !== undefined) {
    conditions.push(engine.labelContains(filter.labelContains));
  }
  if (filter.sessionId !== undefined) {
    conditions.push(eb("conversations.session_id", "=", filter.sessionId));
  }
  return conditions;
}

function stateConditions(
  engine: SqlEngine,
  eb: Builder,
  filter: ConversationFilter,
): Expression<SqlBool>[] {
  const conditions: Expression<SqlBool>[] = [];
  if (filter.statuses !== undefined) {
    conditions.push(engine.isOneOf("conversations.status", filter.statuses));
  }
  if (filter.pinned !== undefined) {
    // Written out, so that the index of the pinned ones is seen to fit.
    conditions.push(eb("conversations.pinned", "=", eb.lit(filter.pinned ? 1 : 0)));
  }
  if (filter.minImportance !== undefined) {
    conditions.push(eb("conversations.importance_score", ">=", filter.minImportance));
  }
  if (filter.maxImportance !== undefined) {
    conditions.push(eb("conversations.importance_score", "<=", filter.maxImportance));
  }
  if (filter.updatedSince !== undefined) {
    conditions.push(eb("conversations.updated_at", ">=", filter.updatedSince));
  }
  if (filter.updatedUntil !== undefined) {
    conditions.push(eb("conversations.updated_at", "<=", filter.updatedUntil));
  }
  return conditions;
}

/** A condition for the owner's conversations that pass the filter. */
export type ConversationConditions = (
  eb: Builder,
  owner: Owner,
  filter: ConversationFilter,
) => Expression<SqlBool>;

/** The owner's conversations that pass the filter, in SQLite. */
export const conversationConditions = conversationConditionsOf(SQLITE_ENGINE);

export function conversationConditionsOf(engine: SqlEngine): ConversationConditions {
  return (eb, owner, filter) => {
    const conditions = [
      eb("conversations.owner", "=", owner),
      ...placeConditions(engine, eb, filter),
      ...stateConditions(engine, eb, filter),
      ...tagConditions(eb, filter.tags ?? []),
    ];
    if (filter.idPrefix !== undefined) {
      // "g" is the character after the last hexadecimal digit.
      conditions.push(
        eb("conversations.id", ">=", filter.idPrefix),
        eb("conversations.id", "<", `${filter.idPrefix}g`),
      );
    }
    if (filter.ids !== undefined) {
      conditions.push(engine.inTexts("conversations.id", filter.ids));
    }
    return eb.and(conditions);
  };
}

/** Whether the filter narrows anything but the message's own fields. */
export function narrowsConversations(filter: ConversationFilter): boolean {
  const { ids, folder, excludedFolders, label, labels, labelContains, tags } = filter;
  const narrowing = [
    ids,
    filter.idPrefix,
    label,
    labels,
    labelContains,
    filter.pinned,
    filter.sessionId,
  ];
  const ranges = [
    filter.minImportance,
    filter.maxImportance,
    filter.updatedSince,
    filter.updatedUntil,
    filter.statuses,
  ];
  return (
    [...narrowing, ...ranges].some((value) => value !== undefined) ||
    (folder !== undefined && folder !== "/") ||
    (excludedFolders ?? []).length > 0 ||
    (tags ?? []).length > 0
  );
}
