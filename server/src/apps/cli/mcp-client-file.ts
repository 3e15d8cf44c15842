import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { CliError } from "./cli-error.ts";
import { ENTRY_NAME, type ServerEntry } from "./mcp-clients.ts";

interface Settings {
  [key: string]: unknown;
}

/** What writing the entry would do to the client's file. */
export interface FileChange {
  kind: "none" | "create" | "add" | "replace";
  /** The whole file afterwards. */
  text: string;
}

/** @throws CliError for a file that is not plain JSON: rewriting it would lose what a person wrote there. */
export function changeOf(file: string, section: string, entry: ServerEntry): FileChange {
  const before = textOf(file);
  const settings = before === null ? {} : parsed(file, before);
  const servers = settings[section] ?? {};
  if (!isSettings(servers)) throw notPlain(file, `"${section}" is not an object`);
  const known = servers[ENTRY_NAME];
  // JSON's view of it: what is undefined is not there.
  const wanted: unknown = JSON.parse(JSON.stringify(entry));
  if (before !== null && isDeepStrictEqual(known, wanted)) return { kind: "none", text: before };
  const changed = { ...settings, [section]: { ...servers, [ENTRY_NAME]: wanted } };
  const text = `${JSON.stringify(changed, null, indentOf(before ?? ""))}\n`;
  if (before === null) return { kind: "create", text };
  return { kind: known === undefined ? "add" : "replace", text };
}

/** Writes the file whole or not at all; returns the copy of what was there, null when nothing was. */
export function writeChange(
  file: string,
  { kind, text }: FileChange,
  stamp: string,
): string | null {
  mkdirSync(dirname(file), { recursive: true });
  // A link into a person's own collection of settings stays a link.
  const target = kind === "create" ? file : realpathSync(file);
  const backup = kind === "create" ? null : `${target}.before-sekha-${stamp}`;
  if (backup !== null) copyFileSync(target, backup);
  const written = `${target}.sekha-new`;
  // It may hold keys, also of other servers.
  const mode = kind === "create" ? 0o600 : statSync(target).mode & 0o777;
  writeFileSync(written, text, { mode: 0o600 });
  chmodSync(written, mode);
  renameSync(written, target);
  return backup;
}

function textOf(file: string): string | null {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
}

function parsed(file: string, text: string): Settings {
  if (text.trim() === "") return {};
  let value: unknown;
  try {
    value = JSON.parse(text.replace(/^\uFEFF/, ""));
  } catch (error) {
    throw notPlain(file, error instanceof Error ? error.message : String(error));
  }
  if (isSettings(value)) return value;
  throw notPlain(file, "it is not an object");
}

function isSettings(value: unknown): value is Settings {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function notPlain(file: string, reason: string): CliError {
  return new CliError(`${file} is not plain JSON (${reason}); it was left as it is.`, {
    fix: "Add the entry by hand: `sekha mcp config` with the same client prints it.",
  });
}

/** As the file has it: two spaces where there is nothing to see. */
function indentOf(text: string): string {
  return /^\s*\{\r?\n([ \t]+)"/.exec(text)?.[1] ?? "  ";
}
