import { existsSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { pathToFileURL } from "node:url";
import { errorMessage, SekhaError } from "../../core/errors.ts";
import { APPLICATION_ID } from "./application-id.ts";
import { MIGRATIONS } from "./migrations.ts";

/**
 * Looks into a file without changing it, and leaves nothing beside it. What a write-ahead log beside it holds does not
 * count: a backup is one file.
 * @throws SekhaError `invalid_request` when it is missing, damaged, or not of this Sekha.
 */
export function checkDatabaseFile(file: string): { conversations: number; messages: number } {
  if (!existsSync(file)) throw refusal(`There is no file ${file}.`);
  let database: DatabaseSync;
  try {
    const address = pathToFileURL(file);
    address.searchParams.set("immutable", "1");
    database = new DatabaseSync(address, { readOnly: true });
  } catch (error) {
    throw refusal(`${file} cannot be opened: ${errorMessage(error)}.`);
  }
  try {
    return inspect(database, file);
  } catch (error) {
    if (error instanceof SekhaError) throw error;
    throw refusal(`${file} is not a sound database: ${errorMessage(error)}.`);
  } finally {
    database.close();
  }
}

function inspect(database: DatabaseSync, file: string) {
  const first = (sql: string) => Object.values(database.prepare(sql).get() ?? {})[0];
  if (first("PRAGMA application_id") !== APPLICATION_ID) {
    throw refusal(`${file} is not a Sekha 2 database.`);
  }
  if (Number(first("PRAGMA user_version")) > MIGRATIONS.length) {
    throw refusal(`${file} was written by a newer Sekha. Install that version first.`);
  }
  const finding = first("PRAGMA quick_check(1)");
  if (finding !== "ok") throw refusal(`${file} is damaged: ${String(finding)}.`);
  return {
    conversations: Number(first("SELECT count(*) FROM conversations")),
    messages: Number(first("SELECT count(*) FROM messages")),
  };
}

function refusal(message: string): SekhaError {
  return new SekhaError("invalid_request", message);
}
