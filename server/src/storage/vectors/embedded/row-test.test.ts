import { expect, it } from "vitest";
import { RowColumns } from "./row-columns.ts";
import { RowTest } from "./row-test.ts";
import { SequenceSet } from "./sequence-set.ts";

it("estimates the share of passing rows where data have a period", () => {
  const columns = new RowColumns();
  const rows = 100_000;
  columns.reserve(rows);
  for (let row = 0; row < rows; row += 1) {
    columns.sequence[row] = row + 1;
    columns.conversation[row] = 1 + Math.floor(row / 100);
  }
  const everyTenth = Array.from({ length: 100 }, (_, at) => at * 10 + 1);
  const test = new RowTest(columns, {}, new SequenceSet(everyTenth));
  expect(test.share(rows)).toBeCloseTo(0.1, 1);
  expect(test.select(rows)).toHaveLength(10_000);
});

it("lets rows through whose role has no code, and no erased ones", () => {
  const columns = new RowColumns();
  columns.reserve(4);
  for (const [row, role] of ["user", "tool", "unlisted", "user"].entries()) {
    columns.sequence[row] = row + 1;
    columns.role[row] = role === "unlisted" ? 0xffff : columns.roleCode(role);
  }
  columns.erase(3);
  expect(new RowTest(columns, { roles: ["user"] }, null).select(4)).toEqual([0, 2]);
});
