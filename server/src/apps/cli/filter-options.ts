import type { Command } from "commander";
import type { Session } from "./session.ts";
import { parseTime } from "./time-option.ts";

export interface FilterOptions {
  folder?: string;
  label?: string;
  tag?: string[];
  since?: string;
  until?: string;
}

/** The filters that search, list and export share. */
export function addFilterOptions(command: Command, { when }: { when: string }): Command {
  return command
    .option("--folder <folder>", "this folder and everything below it")
    .option("--label <label>", "exact label")
    .option("--tag <tag>", "this tag; repeat it to ask for several", collect)
    .option("--since <time>", `${when} at or after: 2026-01-25, or 7d`)
    .option("--until <time>", `${when} at or before: 2026-01-25, or 12h`);
}

/** The filters as the API names them. Throws a usage error for what is no time. */
export function filtersOf({ io }: Session, { folder, label, tag, since, until }: FilterOptions) {
  const { now } = io;
  return {
    folder,
    label,
    tags: tag,
    since: since && parseTime(since, { option: "--since", end: false, now }),
    until: until && parseTime(until, { option: "--until", end: true, now }),
  };
}

/** For options that may be given several times. */
export function collect(value: string, previous: readonly string[] = []): string[] {
  return [...previous, value];
}
