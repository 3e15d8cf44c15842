import { readdir, stat } from "node:fs/promises";
import { basename, join, relative, resolve, sep } from "node:path";
import { IMPORTABLE_EXTENSIONS, selectImportable } from "../../core/transfer/import-selection.ts";
import { CliError } from "./cli-error.ts";

export interface ImportFile {
  path: string;
  /** As it is shown: below the folder that was named. */
  name: string;
  size: number;
}

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
        fix: `Files with conversations end in ${[...IMPORTABLE_EXTENSIONS].join(", ")}.`,
      });
    }
    for (const entry of entries) files.set(entry.path, entry);
  }
  return [...files.values()];
}

/** What is worth importing of a folder with everything below it. */
async function filesBelow(folder: string, name: string): Promise<ImportFile[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(
    (error: unknown) => {
      throw unreadable(folder, error);
    },
  );
  const paths = entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).replaceAll(sep, "/"));
  return Promise.all(
    selectImportable(paths).map(async (below) => {
      const path = join(folder, below);
      return { path, name: `${name}/${below}`, size: (await stat(path)).size };
    }),
  );
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
