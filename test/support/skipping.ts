import process from "node:process";
import { describe, test } from "vitest";

const told = new Set<string>();

/**
 * `test` and `describe` that run where something is there that npm does not bring, say loudly that they are skipped where
 * it is not, and fail in CI, where it must be.
 */
export function where(available: boolean, what: string, howToGetIt: string) {
  if (available || process.env.SEKHA_CI !== undefined) return { test, describe };
  if (!told.has(what)) {
    told.add(what);
    process.stderr.write(`SKIPPED: tests that need ${what}. To run them: ${howToGetIt}\n`);
  }
  return { test: test.skip, describe: describe.skip };
}
