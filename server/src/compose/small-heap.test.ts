import { execFileSync } from "node:child_process";
import process from "node:process";
import { describe, expect, test } from "vitest";
import { keepHeapSmall } from "./small-heap.ts";

const MODULE = JSON.stringify(new URL("./small-heap.ts", import.meta.url).href);

/** Mebibytes of the young generation after much of it lived for a while, in a process of its own. */
function youngAfterWork(prepare: string): number {
  const work = `
    import { getHeapSpaceStatistics } from "node:v8";
    import { keepHeapSmall } from ${MODULE};
    ${prepare}
    const living = [];
    for (let at = 0; at < 3_000_000; at += 1) living[at % 300_000] = { at };
    const young = getHeapSpaceStatistics().find(({ space_name }) => space_name === "new_space");
    process.stdout.write(String(young.space_size / 2 ** 20));`;
  const options = ["--no-warnings", "--experimental-strip-types", "--input-type=module"];
  return Number(execFileSync(process.execPath, [...options, "-e", work], { encoding: "utf8" }));
}

describe("the heap of a bridge alone", () => {
  test("keeps its young generation small, which grows otherwise", () => {
    expect(youngAfterWork("keepHeapSmall([])")).toBeLessThanOrEqual(4);
    expect(youngAfterWork("")).toBeGreaterThan(4);
  });

  test("gives back what its young generation grew by before", () => {
    const grown =
      "const old = []; for (let at = 0; at < 3_000_000; at += 1) old[at % 300_000] = [at];";
    expect(youngAfterWork(`${grown} keepHeapSmall([]);`)).toBeLessThanOrEqual(4);
  });

  test("lets the young generation grow as far as who started the process said", () => {
    expect(youngAfterWork('keepHeapSmall(["--max-semi-space-size=16"])')).toBeGreaterThan(4);
  });

  test.each([
    "--max_old_space_size=512",
    "--max-old-space-size-percentage=20",
    "--max-heap-size=300",
    "--optimize-for-size",
    "--enable-source-maps --max-old-space-size=512",
  ])("is left to who started the process with %s", (flag) => {
    expect(keepHeapSmall(["--no-warnings", flag])).toBe(false);
  });
});
