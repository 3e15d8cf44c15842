import type {
  ConversationFilter,
  MessageFilter,
  Owner,
} from "../../../core/conversations/conversation.ts";

/** A condition over `conversations c` and, for messages, `messages m`; values in order. */
export interface Condition {
  sql: string;
  values: (string | number)[];
}

/** The function that folds case for labels; registered by vector-rows.ts. */
export const FOLD_FUNCTION = "sekha_fold";

/** The part of a filter that conversations decide; null when it lets all of them pass. */
export function conversationCondition(owner: Owner, filter: ConversationFilter): Condition | null {
  return conjunction([
    ...anyOf("c.id", filter.ids),
    ...compared("c.id >=", filter.idPrefix),
    ...compared("c.id <", filter.idPrefix === undefined ? undefined : `${filter.idPrefix}g`),
    ...folderConditions(filter),
    ...(filter.label === undefined ? [] : [{ sql: "c.label = ?", values: [filter.label] }]),
    ...anyOf("c.label", filter.labels),
    ...labelPart(filter.labelContains),
    ...(filter.tags ?? []).map((tag) => ({
      sql: "c.seq IN (SELECT conversation_seq FROM conversation_tags WHERE owner = ? AND tag = ?)",
      values: [owner, tag],
    })),
    ...anyOf("c.status", filter.statuses),
    ...compared("c.pinned =", filter.pinned === undefined ? undefined : Number(filter.pinned)),
    ...compared("c.importance_score >=", filter.minImportance),
    ...compared("c.importance_score <=", filter.maxImportance),
    ...(filter.sessionId === undefined
      ? []
      : [{ sql: "c.session_id IS ?", values: [filter.sessionId] }]),
    ...compared("c.updated_at >=", filter.updatedSince),
    ...compared("c.updated_at <=", filter.updatedUntil),
  ]);
}

/** The whole filter; null when it lets all messages pass. */
export function messageCondition(owner: Owner, filter: MessageFilter): Condition | null {
  const conversations = conversationCondition(owner, filter);
  return conjunction([
    ...(conversations === null ? [] : [conversations]),
    ...anyOf("m.role", filter.roles),
    ...compared("m.timestamp >=", filter.since),
    ...compared("m.timestamp <=", filter.until),
  ]);
}

function folderConditions(filter: ConversationFilter): Condition[] {
  const included = filter.folder === undefined ? [] : [within(filter.folder)];
  const excluded = (filter.excludedFolders ?? []).map((folder) => {
    const inside = within(folder);
    return { sql: `NOT (${inside.sql})`, values: inside.values };
  });
  return [...included, ...excluded];
}

/** The folder itself and all below it: "0" is the character after "/". */
function within(folder: string): Condition {
  const path = folder.replace(/\/+$/, "");
  return {
    sql: "c.folder = ? OR (c.folder >= ? AND c.folder < ?)",
    values: [path === "" ? "/" : path, `${path}/`, `${path}0`],
  };
}

/** An empty list matches nothing: none of nothing. */
function anyOf(column: string, values: readonly string[] | undefined): Condition[] {
  if (values === undefined) {
    return [];
  }
  return [
    {
      sql: `${column} IN (SELECT value FROM json_each(?))`,
      values: [JSON.stringify(values)],
    },
  ];
}

function compared(comparison: string, value: number | string | undefined): Condition[] {
  return value === undefined ? [] : [{ sql: `${comparison} ?`, values: [value] }];
}

function labelPart(part: string | undefined): Condition[] {
  if (part === undefined) {
    return [];
  }
  return [{ sql: `instr(${FOLD_FUNCTION}(c.label), ?) > 0`, values: [foldCase(part)] }];
}

/** Case is folded by JavaScript: SQLite's lower() knows ASCII only. */
export function foldCase(text: string): string {
  return text.toLowerCase();
}

function conjunction(conditions: Condition[]): Condition | null {
  if (conditions.length === 0) {
    return null;
  }
  return {
    sql: conditions.map((condition) => `(${condition.sql})`).join(" AND "),
    values: conditions.flatMap((condition) => condition.values),
  };
}
