import { readFileSync } from "node:fs";
import process from "node:process";
import type { ConfigReport } from "@sekha/sdk/contract";
import { checkConfigText } from "../config/check-config-text.ts";
import type { Config } from "../config/config.ts";

/** Checks a text as if it stood in the place of the file in use, so that `.env` beside that one supplies references. */
export function configReport(text: string, { file }: Config): ConfigReport {
  const { valid, errors, warnings, notes, summary } = checkConfigText(text, process.env, {
    ...(file === undefined ? {} : { file }),
    readFile: (path: string) => readFileSync(path, "utf8"),
  });
  return {
    valid,
    errors: errors.map((problem) => ({ ...problem })),
    warnings: [...warnings.map((warning) => warning.message), ...notes],
    ...(summary === undefined ? {} : { summary: { ...summary } }),
  };
}
