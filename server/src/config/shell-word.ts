import type { Environment } from "./expand-variables.ts";

/** The shell would not read this as a plain assignment. */
export class NotPlain extends Error {
  override name = "NotPlain";
}

/** The shell would run something, or use an expansion that is not read here. */
export class NotReadHere extends Error {
  override name = "NotReadHere";
}

/** A quote or brace that is never closed: the shell would refuse the whole file. */
export class NeverClosed extends Error {
  override name = "NeverClosed";
  readonly offset: number;

  constructor(what: string, offset: number) {
    super(`the ${what} that opens here is never closed`);
    this.offset = offset;
  }
}

const variableName = /[A-Za-z_]\w*/y;
const braceHead = /\{([A-Za-z_]\w*)(:?[-=+])?/y;
const wordEnd = /[ \t\n;]/;
const operator = /[&|<>()]/;

/** What follows a backslash inside double quotes and loses it (POSIX 2.2.3). */
const escapedInQuotes = '$`"\\';

const ansiEscapes: Readonly<Record<string, string>> = {
  ...{ a: "\u0007", b: "\b", e: "\u001b", f: "\f", n: "\n", r: "\r", t: "\t", v: "\u000b" },
  ...{ "\\": "\\", "'": "'", '"': '"', "?": "?" },
};

/**
 * Reads the words of a shell's assignments (POSIX Shell Command Language, 2.2, 2.6): quotes,
 * backslashes, `$NAME`, `${NAME:-word}` and its kin, `~`, and bash's `$'…'`. Nothing is ever run.
 */
export class ShellWords {
  readonly text: string;
  position = 0;
  /** Variables that the file has set so far; looked at before the environment. */
  readonly set = new Map<string, string>();
  readonly #environment: Environment;

  constructor(text: string, environment: Environment) {
    this.text = text;
    this.#environment = environment;
  }

  get next(): string {
    return this.text.charAt(this.position);
  }

  get atEnd(): boolean {
    return this.position >= this.text.length;
  }

  value(name: string): string | undefined {
    return this.set.get(name) ?? this.#environment[name];
  }

  /** Reads to the end of the word. `isValue`: a tilde stands for the home directory. */
  word(isValue: boolean): string {
    let result = "";
    let tildeMayStand = isValue;
    while (!this.atEnd && !wordEnd.test(this.next)) {
      const character = this.next;
      if (operator.test(character)) throw new NotPlain(`it has ${character} outside quotes`);
      const home = tildeMayStand ? this.#tilde() : undefined;
      result += home ?? this.#piece();
      tildeMayStand = isValue && character === ":";
    }
    return result;
  }

  /** `text` with references replaced; quotes and everything else are what they are. */
  withReferences(text: string): string {
    const inner = new ShellWords(text, this.#environment);
    for (const [name, value] of this.set) inner.set.set(name, value);
    let result = "";
    while (!inner.atEnd) result += inner.next === "$" ? inner.#dollar(true) : inner.#take();
    return result;
  }

  #take(): string {
    const character = this.next;
    this.position += 1;
    return character;
  }

  #match(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.position;
    const found = pattern.exec(this.text);
    if (found !== null) this.position = pattern.lastIndex;
    return found;
  }

  #tilde(): string | undefined {
    if (!/^~(?=[/:; \t\n]|$)/.test(this.text.slice(this.position, this.position + 2))) {
      return undefined;
    }
    const home = this.value("HOME");
    if (home !== undefined) this.position += 1;
    return home;
  }

  /** One character, or one quoted or expanded part, outside double quotes. */
  #piece(): string {
    const character = this.next;
    if (character === "'") return this.#single();
    if (character === '"') return this.#double();
    if (character === "\\") return this.#backslash();
    if (character === "$") return this.#dollar(false);
    if (character === "`") throw new NotReadHere("runs a command (`…`)");
    return this.#take();
  }

  #backslash(): string {
    this.position += 1;
    if (this.atEnd) return "\\";
    const escaped = this.#take();
    return escaped === "\n" ? "" : escaped;
  }

  #single(): string {
    const end = this.text.indexOf("'", this.position + 1);
    if (end < 0) throw new NeverClosed("quote", this.position);
    const inside = this.text.slice(this.position + 1, end);
    this.position = end + 1;
    return inside;
  }

  #double(): string {
    const start = this.position;
    this.position += 1;
    let result = "";
    while (this.next !== '"') {
      if (this.atEnd) throw new NeverClosed("quote", start);
      result += this.#quotedPiece(escapedInQuotes);
    }
    this.position += 1;
    return result;
  }

  #quotedPiece(escapable: string): string {
    const character = this.next;
    if (character === "$") return this.#dollar(true);
    if (character === "`") throw new NotReadHere("runs a command (`…`)");
    if (character !== "\\") return this.#take();
    const escaped = this.text.charAt(this.position + 1);
    if (escaped === "\n") {
      this.position += 2;
      return "";
    }
    if (escaped === "" || !escapable.includes(escaped)) return this.#take();
    this.position += 2;
    return escaped;
  }

  #dollar(quoted: boolean): string {
    this.position += 1;
    const character = this.next;
    if (character === "{") return this.#braces(quoted);
    if (character === "(") throw new NotReadHere("runs a command or calculates ($(…))");
    const name = this.#match(variableName)?.[0];
    if (name !== undefined) return this.value(name) ?? "";
    if (/[\d@*#?$!-]/.test(character)) throw new NotReadHere(`uses $${character}`);
    if (!quoted && character === "'") return this.#ansi();
    return !quoted && character === '"' ? this.#double() : "$";
  }

  /** `${NAME}`, `${NAME:-word}`, `${NAME-word}`, and the same with `=` and `+`. */
  #braces(quoted: boolean): string {
    const start = this.position;
    const head = this.#match(braceHead);
    if (head === null) throw new NotReadHere("uses an expansion that is not read here");
    const [, name = "", operation = ""] = head;
    if (operation === "" && this.next !== "}") {
      throw new NotReadHere(`uses an expansion of ${name} that is not read here`);
    }
    const word = this.#braceWord(quoted, start);
    const found = this.value(name);
    const present = found !== undefined && !(operation.startsWith(":") && found === "");
    if (operation.endsWith("+")) return present ? word : "";
    if (present) return found;
    if (operation.endsWith("=")) this.set.set(name, word);
    return word;
  }

  #braceWord(quoted: boolean, start: number): string {
    let result = "";
    while (this.next !== "}") {
      if (this.atEnd) throw new NeverClosed("brace", start);
      if (!quoted) result += this.#piece();
      else if (this.next === '"') result += this.#double();
      else result += this.#quotedPiece(`${escapedInQuotes}}`);
    }
    this.position += 1;
    return result;
  }

  /** bash's `$'…'`. */
  #ansi(): string {
    const start = this.position;
    this.position += 1;
    let result = "";
    while (this.next !== "'") {
      if (this.atEnd) throw new NeverClosed("quote", start);
      result += this.next === "\\" ? this.#ansiEscape() : this.#take();
    }
    this.position += 1;
    return result;
  }

  #ansiEscape(): string {
    this.position += 1;
    const code = this.#match(/x([\dA-Fa-f]{1,2})|u([\dA-Fa-f]{1,4})|([0-7]{1,3})/y);
    if (code !== null) {
      const [, hex, unicode, octal] = code;
      const digits = hex ?? octal;
      const byte = Number.parseInt(digits ?? "0", hex === undefined ? 8 : 16);
      // Further bytes are parts of a character of several.
      if (byte > 0x7f) throw new NotReadHere("writes a character as single bytes");
      return String.fromCodePoint(unicode === undefined ? byte : Number.parseInt(unicode, 16));
    }
    const character = this.#take();
    return ansiEscapes[character] ?? `\\${character}`;
  }
}
