import type { DatabaseSync } from "node:sqlite";
import { SekhaError } from "../../core/errors.ts";
import { APPLICATION_ID } from "../sqlite/application-id.ts";

/** Columns of version 1's tables (wire.md 5.1); those after `|` may be missing in older files. */
const TABLES = {
  conversations:
    "id label folder created_at updated_at status importance_score | word_count session_count",
  messages: "id conversation_id role content timestamp | embedding_id metadata",
  semantic_tags: "id conversation_id tag confidence | extracted_at",
  hierarchical_summaries:
    "id conversation_id level summary_text timestamp_range generated_at | model_used token_count",
  knowledge_graph_edges: "subject_id predicate object_id conversation_id | extracted_at",
} as const;

export type V1Table = keyof typeof TABLES;

const NEEDED: readonly V1Table[] = ["conversations", "messages"];
/** Its own bookkeeping, and what is made again: nothing in them is lost. */
const DERIVED = /^(sqlite_|seaql_migrations$|_sqlx_migrations$|messages_fts(_|$))/;
/** The last of version 1's migrations that this version knows. */
const LAST_MIGRATION = 7;

export interface V1Tables {
  /** The columns of each table that is there. */
  columns: ReadonlyMap<V1Table, ReadonlySet<string>>;
  /** Tables with rows that version 1 never had: they stay in the old file. */
  foreign: string[];
}

/** What the file must be called in messages. */
interface Place {
  database: DatabaseSync;
  file: string;
}

function tableNames(database: DatabaseSync): string[] {
  return database
    .prepare("SELECT name FROM sqlite_schema WHERE type = 'table'")
    .all()
    .map((row) => String(row.name));
}

function columnsOf(database: DatabaseSync, table: string): string[] {
  return database
    .prepare("SELECT name FROM pragma_table_info(?)")
    .all(table)
    .map((row) => String(row.name));
}

/** Whether these are version 1's tables, whatever its version. */
export function hasV1Tables(database: DatabaseSync): boolean {
  return NEEDED.every((table) => {
    const [needed = ""] = TABLES[table].split("|");
    const found = new Set(columnsOf(database, table));
    return needed
      .trim()
      .split(" ")
      .every((column) => found.has(column));
  });
}

function refusal(file: string, reason: string, advice: string): SekhaError {
  return new SekhaError("invalid_request", `${file} ${reason} It was left as it is. ${advice}`);
}

/**
 * @throws SekhaError `invalid_request` when a table or column is missing or unknown, or when a
 * newer version 1 wrote the file.
 */
export function readV1Tables(place: Place): V1Tables {
  const id = Object.values(place.database.prepare("PRAGMA application_id").get() ?? {})[0];
  if (id === APPLICATION_ID) {
    throw refusal(
      place.file,
      "is a memory of Sekha 2 already.",
      "Name the old file; `sekha restore` takes a backup of Sekha 2.",
    );
  }
  const names = tableNames(place.database);
  if (!NEEDED.every((table) => names.includes(table))) {
    throw refusal(
      place.file,
      "is not a memory of Sekha 1: it has no tables conversations and messages.",
      "Name the right file, often sekha.db or data/sekha.db.",
    );
  }
  checkMigrations(place, names);
  const present = Object.keys(TABLES).filter((name) => names.includes(name)) as V1Table[];
  return {
    columns: new Map(present.map((table) => [table, checkedColumns(place, table)])),
    foreign: names.filter(
      (name) =>
        !Object.hasOwn(TABLES, name) && !DERIVED.test(name) && hasRows(place.database, name),
    ),
  };
}

/** Names such as `m20241211_000007_create_fts`. */
function checkMigrations({ database, file }: Place, names: readonly string[]): void {
  if (!names.includes("seaql_migrations")) return;
  const versions = database.prepare("SELECT version FROM seaql_migrations").all();
  for (const { version } of versions) {
    const number = /^m\d{8}_(\d{6})_/.exec(String(version))?.[1];
    if (number !== undefined && Number(number) <= LAST_MIGRATION) continue;
    throw refusal(
      file,
      `was written by a newer Sekha 1 than this version knows (migration ${String(version)}).`,
      "Install a newer Sekha 2, or export from Sekha 1 and use `sekha import`.",
    );
  }
}

function checkedColumns({ database, file }: Place, table: V1Table): ReadonlySet<string> {
  const [needed = "", optional = ""] = TABLES[table].split("|").map((part) => part.trim());
  const found = columnsOf(database, table);
  const missing = needed.split(" ").find((column) => !found.includes(column));
  const known = new Set([...needed.split(" "), ...optional.split(" ")]);
  const unknown = found.find((column) => !known.has(column));
  if (missing === undefined && unknown === undefined) return new Set(found);
  const fault =
    missing === undefined
      ? `has a column ${table}.${unknown} that this version does not know.`
      : `has no column ${table}.${missing}.`;
  throw refusal(file, fault, "Was it written by Sekha 1? `sekha migrate data FILE` names another.");
}

function hasRows(database: DatabaseSync, table: string): boolean {
  const quoted = `"${table.replaceAll('"', '""')}"`;
  return database.prepare(`SELECT 1 FROM ${quoted} LIMIT 1`).get() !== undefined;
}
