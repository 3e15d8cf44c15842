import type { Environment } from "./expand-variables.ts";
import { NeverClosed, NotPlain, NotReadHere, ShellWords } from "./shell-word.ts";

export interface EnvFile {
  /** What `set -a; . FILE` would export. */
  variables: ReadonlyMap<string, string>;
  /** Lines that a shell would not have read so, or that are not read at all. */
  remarks: readonly EnvRemark[];
}

export interface EnvRemark {
  /** Counted from 1. */
  line: number;
  message: string;
}

/** The shell would refuse the whole file. */
export class EnvFileError extends Error {
  override name = "EnvFileError";
  readonly line: number;

  constructor(line: number, cause: NeverClosed) {
    super(`line ${line}: ${cause.message}`, { cause });
    this.line = line;
  }
}

const assignment = /([A-Za-z_]\w*)(\+?)=/y;
const looseLine = /^[ \t]*(?:export[ \t]+)?([A-Za-z_]\w*)[ \t]*=[ \t]*(.*?)(?:[ \t]+#.*)?[ \t]*$/;

/**
 * Reads a `.env` file as a POSIX shell or bash would, without running anything. Windows line ends
 * count as line ends. A line that a shell would not take for an assignment (`NAME=two words`) is
 * read as Docker Compose does, and remarked on.
 * @throws EnvFileError when a quote is never closed.
 */
export function readEnvFile(text: string, environment: Environment): EnvFile {
  const words = new ShellWords(text.replace(/^\uFEFF/, "").replaceAll("\r\n", "\n"), environment);
  const remarks: EnvRemark[] = [];
  while (skipToStatement(words)) {
    const start = words.position;
    try {
      statement(words);
    } catch (error) {
      if (error instanceof NeverClosed) {
        throw new EnvFileError(lineAt(words.text, error.offset), error);
      }
      if (!(error instanceof NotPlain || error instanceof NotReadHere)) throw error;
      const message = readLoosely(words, start, error);
      remarks.push({ line: lineAt(words.text, start), message });
    }
  }
  return { variables: words.set, remarks };
}

/** Passes blanks, empty lines, `;` and comments. False at the end of the file. */
function skipToStatement(words: ShellWords): boolean {
  const blank = /(?:[ \t\n;]|\\\n|#[^\n]*)*/y;
  blank.lastIndex = words.position;
  blank.exec(words.text);
  words.position = blank.lastIndex;
  return !words.atEnd;
}

/** `NAME=value …` or `export NAME=value NAME …`; all of it, or nothing. */
function statement(words: ShellWords): void {
  const before = new Map(words.set);
  try {
    for (const [name, value] of assignments(words)) words.set.set(name, value);
  } catch (error) {
    words.set.clear();
    for (const [name, value] of before) words.set.set(name, value);
    throw error;
  }
}

/** Sets what comes one after the other, and returns what is set at the end. */
function assignments(words: ShellWords): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  const exporting = beginsWithExport(words);
  while (inStatement(words)) {
    const name = assignedName(words);
    if (name === undefined) {
      const word = words.word(false);
      if (exporting && /^[A-Za-z_]\w*$/.test(word)) continue;
      throw new NotPlain(`it runs ${word}`);
    }
    const value = words.word(true);
    // A later assignment of the line sees the earlier ones; the arguments of a command do not.
    const target = exporting ? found : words.set;
    target.set(name.text, name.appends ? (words.value(name.text) ?? "") + value : value);
  }
  return found;
}

function beginsWithExport(words: ShellWords): boolean {
  const found = words.text.startsWith("export", words.position);
  if (!found || !/^[ \t\n;]?$/.test(words.text.charAt(words.position + 6))) return false;
  words.position += 6;
  return true;
}

/** Passes blanks inside a statement; a `#` after one begins a comment. */
function inStatement(words: ShellWords): boolean {
  const blank = /(?:[ \t]|\\\n)*/y;
  blank.lastIndex = words.position;
  blank.exec(words.text);
  words.position = blank.lastIndex;
  return !words.atEnd && !"\n;#".includes(words.next);
}

function assignedName(words: ShellWords): { text: string; appends: boolean } | undefined {
  assignment.lastIndex = words.position;
  const found = assignment.exec(words.text);
  if (found === null) return undefined;
  words.position = assignment.lastIndex;
  return { text: found[1] ?? "", appends: found[2] === "+" };
}

/** The line as Docker Compose reads it; a line that holds no assignment, or runs something, is left out. */
function readLoosely(words: ShellWords, start: number, cause: Error): string {
  const newline = words.text.indexOf("\n", start);
  const end = newline < 0 ? words.text.length : newline;
  words.position = end;
  const [, name, written = ""] = looseLine.exec(words.text.slice(start, end)) ?? [];
  if (name === undefined) return `is not an assignment (${cause.message}) and was left out.`;
  try {
    if (cause instanceof NotReadHere) throw cause;
    words.set.set(name, words.withReferences(written));
    return `${name} is read to the end of its line; a shell would not (${cause.message}). Put its value in quotes.`;
  } catch (error) {
    if (!(error instanceof NotReadHere)) throw error;
    words.set.delete(name);
    return `${name} ${error.message}; it was left out. Write the value itself, or set ${name} in the environment.`;
  }
}

function lineAt(text: string, offset: number): number {
  return text.slice(0, offset).split("\n").length;
}
