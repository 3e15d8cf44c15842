import { readdir, stat } from "node:fs/promises";
import { basename, extname, join, resolve } from "node:path";
import { CliError } from "./cli-error.ts";

export interface ImportFile {
  path: string;
  /** As it is shown: below the folder that was named. */
  name: string;
  size: number;
}

const EXTENSIONS = new Set([
  ".json",
  ".jsonl",
  ".ndjson",
  ".xml",
  ".md",
  ".markdown",
  ".txt",
  ".zip",
]);
/** Newer ChatGPT exports number them: conversations-000.json, conversations-001.json, … */
const CONVERSATIONS = /^conversations(?:[-_]\d+)?\.json$/i;

/**
 * The files to import: named ones as they are, and of folders those that can hold conversations,
 * sorted, without hidden ones. Throws CliError for a path that does not exist.
 */
export async function importFiles(paths: readonly string[], cwd: string): Promise<ImportFile[]> {
  const files = new Map<string, ImportFile>();
  for (const given of paths) {
    const path = resolve(cwd, given);
    const found = await stat(path).catch((error: unknown) => {
      throw unreadable(given, error);
    });
    const entries = found.isDirectory()
      ? await filesBelow(path, basename(path))
      : [{ path, name: basename(path), size: found.size }];
    if (entries.length === 0) {
      throw new CliError(`${given} holds no file that can be imported.`, {
        fix: `Files with conversations end in ${[...EXTENSIONS].join(", ")}.`,
      });
    }
    for (const entry of entries) files.set(entry.path, entry);
  }
  return [...files.values()];
}

/** Beside a conversations.json nothing else counts: the rest of such an export is attachments. */
async function filesBelow(folder: string, name: string): Promise<ImportFile[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: unknown) => {
    throw unreadable(folder, error);
  });
  const visible = entries
    .filter((entry) => !entry.name.startsWith(".") && entry.name !== "__MACOSX")
    .sort((left, right) => (left.name < right.name ? -1 : 1));
  const files = visible.filter((entry) => entry.isFile() && isImportable(entry.name));
  const conversations = files.filter((entry) => CONVERSATIONS.test(entry.name));
  const chosen = conversations.length > 0 ? conversations : files;
  const found: ImportFile[] = [];
  for (const entry of chosen) {
    const path = join(folder, entry.name);
    found.push({ path, name: `${name}/${entry.name}`, size: (await stat(path)).size });
  }
  if (conversations.length > 0) return found;
  for (const entry of visible.filter((one) => one.isDirectory())) {
    found.push(...(await filesBelow(join(folder, entry.name), `${name}/${entry.name}`)));
  }
  return found;
}

function isImportable(name: string): boolean {
  return EXTENSIONS.has(extname(name).toLowerCase());
}

function unreadable(path: string, error: unknown): CliError {
  const { code } = error as { code?: unknown };
  if (code === "ENOENT") {
    return new CliError(`There is no file or folder ${path}.`, {
      fix: "Check the name.",
      cause: error,
    });
  }
  return new CliError(`${path} cannot be read (${String(code)}).`, {
    fix: "Give the user that runs this command the right to read it.",
    cause: error,
  });
}
