import { type Expression, type SqlBool, sql } from "kysely";

/** What the two engines say differently in the queries that they share. */
export interface SqlEngine {
  /** `column IN (…)` for any number of texts in one statement. */
  inTexts: (column: string, texts: readonly string[]) => Expression<SqlBool>;
  /** `column IN (…)` for any number of numbers in one statement. */
  inNumbers: (column: string, numbers: readonly number[]) => Expression<boolean>;
  /** For some few texts that a partial index may know; also for none. */
  isOneOf: (column: string, texts: readonly string[]) => Expression<SqlBool>;
  /** Case-insensitive part of the label. */
  labelContains: (part: string) => Expression<SqlBool>;
  /** The conversation's tags as a JSON array, in any order. */
  tags: Expression<string>;
}

export const SQLITE_ENGINE: SqlEngine = {
  inTexts: inJsonArray,
  inNumbers: inJsonArray,
  isOneOf: (column, texts) => sql<SqlBool>`${sql.ref(column)} IN (${sql.join(texts)})`,
  labelContains: (part) =>
    sql<SqlBool>`instr(lower(conversations.label), ${part.toLowerCase()}) > 0`,
  tags: sql<string>`(
  SELECT json_group_array(tag) FROM conversation_tags
  WHERE conversation_tags.conversation_seq = conversations.seq
)`,
};

export const POSTGRES_ENGINE: SqlEngine = {
  inTexts: isAnyText,
  inNumbers: (column, numbers) => sql<boolean>`${sql.ref(column)} = ANY(${numbers}::bigint[])`,
  isOneOf: isAnyText,
  labelContains: (part) =>
    sql<SqlBool>`strpos(conversations.label_folded, ${part.toLowerCase()}) > 0`,
  tags: sql<string>`(
  SELECT coalesce(json_agg(tag), '[]') FROM conversation_tags
  WHERE conversation_tags.conversation_seq = conversations.seq
)`,
};

function inJsonArray(
  column: string,
  values: readonly string[] | readonly number[],
): Expression<boolean> {
  return sql<boolean>`${sql.ref(column)} IN (SELECT value FROM json_each(${JSON.stringify(values)}))`;
}

function isAnyText(column: string, texts: readonly string[]): Expression<SqlBool> {
  return sql<SqlBool>`${sql.ref(column)} = ANY(${texts}::text[])`;
}
