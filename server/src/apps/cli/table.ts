import { fitText, padText, safeLine, widthOf } from "./terminal-text.ts";

export interface Column<Row> {
  title: string;
  value: (row: Row) => string;
  align?: "left" | "right";
  /** Columns it may shrink to when the terminal is narrow; without it the column keeps its width. */
  shrinksTo?: number;
  /** Left out, from the right, when shrinking is not enough. */
  droppable?: boolean;
}

interface TableOptions {
  /** Columns of the terminal; Infinity writes everything in full. */
  width: number;
  heading?: (text: string) => string;
}

const GAP = "  ";

/** Rows below a line of titles, fitted to the width. Values are made safe to print. */
export function renderTable<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  { width, heading = (text) => text }: TableOptions,
): string {
  const measured = columns.map((column) => {
    const cells = rows.map((row) => safeLine(column.value(row)));
    const natural = Math.max(widthOf(column.title), ...cells.map(widthOf));
    return { column, cells, width: natural };
  });
  const shown = fitColumns(measured, width);
  const line = (cellOf: (entry: Measured<Row>) => string) =>
    shown
      .map((entry) => padText(fitText(cellOf(entry), entry.width), entry.width, entry.column.align))
      .join(GAP)
      .trimEnd();
  const lines = rows.map((_, index) => line(({ cells }) => cells[index] ?? ""));
  return [heading(line(({ column }) => column.title)), ...lines].join("\n");
}

interface Measured<Row> {
  column: Column<Row>;
  cells: string[];
  width: number;
}

/** Shrinks the widest first; then drops what may be dropped; then cuts the last ones. */
function fitColumns<Row>(columns: Measured<Row>[], width: number): Measured<Row>[] {
  let shown = columns.map((column) => ({ ...column }));
  shrink(shown, width);
  while (totalWidth(shown) > width) {
    const dropped = shown.findLast(({ column }) => column.droppable === true);
    if (dropped === undefined) break;
    const kept = new Set(shown.filter((entry) => entry !== dropped).map(({ column }) => column));
    shown = columns.filter(({ column }) => kept.has(column)).map((column) => ({ ...column }));
    shrink(shown, width);
  }
  for (const entry of [...shown].reverse()) {
    const excess = totalWidth(shown) - width;
    if (excess > 0) entry.width = Math.max(1, entry.width - excess);
  }
  return shown;
}

function shrink<Row>(columns: Measured<Row>[], width: number): void {
  for (let excess = totalWidth(columns) - width; excess > 0; excess -= 1) {
    const widest = columns
      .filter(({ column, width: current }) => current > (column.shrinksTo ?? Infinity))
      .reduce<Measured<Row> | undefined>(
        (best, entry) => (best === undefined || entry.width > best.width ? entry : best),
        undefined,
      );
    if (widest === undefined) return;
    widest.width -= 1;
  }
}

function totalWidth(columns: readonly { width: number }[]): number {
  const gaps = GAP.length * Math.max(0, columns.length - 1);
  return columns.reduce((sum, { width }) => sum + width, gaps);
}

/** `Name:  value` lines with the values in one column. */
export function renderPairs(pairs: readonly (readonly [name: string, value: string])[]): string {
  const width = Math.max(0, ...pairs.map(([name]) => widthOf(name)));
  return pairs.map(([name, value]) => `${padText(name, width)}  ${value}`.trimEnd()).join("\n");
}
