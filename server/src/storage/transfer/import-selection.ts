import { posix } from "node:path";

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
 * Which of these relative paths (with `/`) are worth importing, sorted. Hidden files are not.
 * Below a folder with a `conversations.json` nothing else counts: the rest of such an export
 * is about the account, or files that were attached to messages.
 */
export function selectImportable(paths: string[]): string[] {
  const visible = paths.filter((path) => !path.split("/").some(isHidden));
  const exports = new Set(visible.filter(isConversations).map((path) => posix.dirname(path)));
  return visible
    .filter((path) => EXTENSIONS.has(posix.extname(path).toLowerCase()))
    .filter((path) => isConversations(path) || !ancestors(path).some((dir) => exports.has(dir)))
    .sort((left, right) => (left < right ? -1 : 1));
}

function isConversations(path: string): boolean {
  return CONVERSATIONS.test(posix.basename(path));
}

function isHidden(name: string): boolean {
  return (name.startsWith(".") && name !== "." && name !== "..") || name === "__MACOSX";
}

function ancestors(path: string): string[] {
  const found = [posix.dirname(path)];
  for (let parent = posix.dirname(found[0] ?? "."); parent !== found.at(-1); ) {
    found.push(parent);
    parent = posix.dirname(parent);
  }
  return found;
}
