/** Endings of the files that can hold conversations. */
export const IMPORTABLE_EXTENSIONS = new Set([
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
 * Which of these relative paths (with `/`) are worth importing, sorted. Hidden files are not.
 * Below a folder with a `conversations.json` nothing else counts: the rest of such an export
 * is about the account, or files that were attached to messages.
 */
export function selectImportable(paths: string[]): string[] {
  const visible = paths.filter((path) => !path.split("/").some(isHidden));
  const exports = new Set(visible.filter(isConversations).map(folderOf));
  return visible
    .filter((path) => IMPORTABLE_EXTENSIONS.has(extensionOf(path)))
    .filter((path) => isConversations(path) || !ancestors(path).some((dir) => exports.has(dir)))
    .sort((left, right) => (left < right ? -1 : 1));
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

/** `.` for what stands in no folder. */
function folderOf(path: string): string {
  const slash = path.lastIndexOf("/");
  return slash <= 0 ? "." : path.slice(0, slash);
}

function extensionOf(path: string): string {
  return /[^.](\.[^.]*)$/.exec(nameOf(path))?.[1]?.toLowerCase() ?? "";
}

function isConversations(path: string): boolean {
  return CONVERSATIONS.test(nameOf(path));
}

function isHidden(name: string): boolean {
  return (name.startsWith(".") && name !== "." && name !== "..") || name === "__MACOSX";
}

/** The folders a path stands in, the innermost first, the top (`.`) last. */
function ancestors(path: string): string[] {
  const folder = folderOf(path);
  return folder === "." ? ["."] : [folder, ...ancestors(folder)];
}
