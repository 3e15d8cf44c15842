import { describe, expect, test } from "vitest";
import { type Column, renderPairs, renderTable } from "./table.ts";
import { widthOf } from "./terminal-text.ts";

interface Row {
  id: string;
  label: string;
  folder: string;
  count: number;
}

const columns: Column<Row>[] = [
  { title: "ID", value: ({ id }) => id },
  { title: "Label", value: ({ label }) => label, shrinksTo: 8 },
  { title: "Folder", value: ({ folder }) => folder, shrinksTo: 6, droppable: true },
  { title: "Messages", value: ({ count }) => String(count), align: "right", droppable: true },
];
const rows: Row[] = [
  {
    id: "6f1c2b34",
    label: "データベースの移行について話し合う",
    folder: "/arbeit/projekte",
    count: 7,
  },
  { id: "99aa0011", label: "Spare keys 🔑", folder: "/home", count: 1234 },
];

describe.each([20, 40, 80, 200])("at %i columns", (width) => {
  test("no line is wider than the terminal [req:cli.tables]", () => {
    const lines = renderTable(rows, columns, { width }).split("\n");
    expect(lines).toHaveLength(3);
    for (const line of lines) expect(widthOf(line)).toBeLessThanOrEqual(width);
  });
});

test("shows everything where there is room, numbers to the right", () => {
  expect(renderTable(rows, columns, { width: 80 }).split("\n")).toEqual([
    "ID        Label                               Folder            Messages",
    "6f1c2b34  データベースの移行について話し合う  /arbeit/projekte         7",
    "99aa0011  Spare keys 🔑                       /home                 1234",
  ]);
});

test("drops columns from the right when shrinking is not enough", () => {
  const [head = ""] = renderTable(rows, columns, { width: 30 }).split("\n");
  expect(head).toContain("Label");
  expect(head).not.toContain("Messages");
});

test("marks what was cut", () => {
  expect(renderTable(rows, columns, { width: 40 })).toContain("…");
  expect(renderTable(rows, columns, { width: Number.POSITIVE_INFINITY })).not.toContain("…");
});

test("values cannot break the table or the terminal", () => {
  const row = { id: "1", label: "a\nb\u001b[2Jc", folder: "/", count: 0 };
  const text = renderTable([row], columns, { width: 80 });
  expect(text.split("\n")).toHaveLength(2);
  expect(text).not.toContain("\u001b");
});

test("pairs stand in two columns", () => {
  expect(
    renderPairs([
      ["a", "1"],
      ["long", "2"],
    ]),
  ).toBe("a     1\nlong  2");
  expect(renderPairs([])).toBe("");
});
