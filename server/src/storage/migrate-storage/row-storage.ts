import type { MigratedTable, Row } from "./migrated-tables.ts";

export interface PageRequest {
  /** Columns that order the rows: the table's key, or another unique one. */
  order: readonly string[];
  /** The last row of the page before. */
  after: Row | null;
  limit: number;
}

/** Reads one engine's rows as they are. */
export interface RowReader {
  /** The place, without a password. */
  readonly name: string;
  count(table: MigratedTable): Promise<number>;
  page(table: MigratedTable, request: PageRequest): Promise<Row[]>;
  /** What the migration noted there; null when none was begun. */
  note(): Promise<string | null>;
  close(): Promise<void>;
}

/** Writes rows as they are, and makes what its engine derives from them. */
export interface RowWriter extends RowReader {
  /** The rows and the note in one transaction. */
  write(table: MigratedTable, rows: readonly Row[], note: string): Promise<void>;
  /** Once everything is there: numbers go on behind the last, and the note says so. */
  finish(note: string): Promise<void>;
}
