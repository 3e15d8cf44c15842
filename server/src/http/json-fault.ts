/** Where a text stops being JSON, counted from 1, in UTF-16 units. */
export interface JsonFault {
  line: number;
  column: number;
  problem: string;
}

/** What the grammar allows next. */
type Expectation = "value" | "first-item" | "first-key" | "key" | "colon" | "after-value";

const EXPECTED: Record<Expectation, string> = {
  value: "a value",
  "first-item": "a value or ]",
  "first-key": "a quoted name or }",
  key: "a quoted name",
  colon: "a colon",
  "after-value": "a comma or a closing bracket",
};

/**
 * Finds the first fault of a text that JSON.parse refused. V8 names a position only for some
 * faults and repeats the content for others, which may be private. Iterative: depth is no danger.
 */
export function locateJsonFault(text: string): JsonFault | null {
  const open: ("{" | "[")[] = [];
  let expectation: Expectation = "value";
  let at = skipSpace(text, 0);
  while (at < text.length) {
    const step = advance({ text, at, open, expectation });
    if (step === null) return faultAt(text, at, problemAt(text, at, { open, expectation }));
    expectation = step.expectation;
    at = skipSpace(text, step.at);
  }
  if (open.length === 0 && expectation === "after-value") return null;
  return faultAt(text, at, "it ends too early");
}

interface Position {
  text: string;
  at: number;
  open: ("{" | "[")[];
  expectation: Expectation;
}

function advance(position: Position): { at: number; expectation: Expectation } | null {
  switch (position.expectation) {
    case "after-value":
      return advanceAfterValue(position);
    case "colon":
      return position.text[position.at] === ":"
        ? { at: position.at + 1, expectation: "value" }
        : null;
    case "key":
    case "first-key":
      return advanceKey(position);
    default:
      return advanceValue(position);
  }
}

function advanceKey(position: Position): { at: number; expectation: Expectation } | null {
  const { text, at, expectation } = position;
  if (expectation === "first-key" && text[at] === "}") return close(position);
  return moved(at, endOfString(text, at), "colon");
}

function advanceValue(position: Position): { at: number; expectation: Expectation } | null {
  const { text, at, open, expectation } = position;
  const character = text[at];
  if (expectation === "first-item" && character === "]") return close(position);
  if (character === "{" || character === "[") {
    open.push(character);
    return { at: at + 1, expectation: character === "{" ? "first-key" : "first-item" };
  }
  const end = character === '"' ? endOfString(text, at) : endOfScalar(text, at);
  return moved(at, end, "after-value");
}

function advanceAfterValue(position: Position): { at: number; expectation: Expectation } | null {
  const { text, at, open } = position;
  const innermost = open.at(-1);
  if (innermost === undefined) return null;
  if (text[at] === ",") return { at: at + 1, expectation: innermost === "{" ? "key" : "value" };
  return text[at] === (innermost === "{" ? "}" : "]") ? close(position) : null;
}

function close({ at, open }: Position): { at: number; expectation: Expectation } {
  open.pop();
  return { at: at + 1, expectation: "after-value" };
}

function moved(from: number, to: number, expectation: Expectation) {
  return to > from ? { at: to, expectation } : null;
}

// Loops, not regular expressions: those run out of stack on texts of some megabytes.

function skipSpace(text: string, start: number): number {
  let at = start;
  while (at < text.length && " \t\n\r".includes(text.charAt(at))) at += 1;
  return at;
}

/** The place after a string, or `start` when there is no whole one. */
function endOfString(text: string, start: number): number {
  if (text[start] !== '"') return start;
  let at = start + 1;
  while (at < text.length && text[at] !== '"') {
    if (text.charCodeAt(at) < 0x20) return start;
    if (text[at] !== "\\") at += 1;
    else if (/^\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/.test(text.slice(at, at + 6))) at += 2;
    else return start;
  }
  return at < text.length ? at + 1 : start;
}

/** The place after a number, true, false or null, or `start` when it is none. */
function endOfScalar(text: string, start: number): number {
  let at = start;
  while (at < text.length && /[\w.+-]/.test(text.charAt(at))) at += 1;
  try {
    JSON.parse(text.slice(start, at));
    return at;
  } catch {
    // No scalar: that is what the caller wants to know.
    return start;
  }
}

function problemAt(
  text: string,
  at: number,
  { open, expectation }: Pick<Position, "open" | "expectation">,
): string {
  if (expectation === "after-value" && open.length === 0) return "nothing more may follow here";
  if (text[at] === '"' && expectation !== "colon" && expectation !== "after-value") {
    return "this text is not closed, or has a raw line break or a bad \\ escape";
  }
  return `expected ${EXPECTED[expectation]}`;
}

function faultAt(text: string, at: number, problem: string): JsonFault {
  const before = text.slice(0, at).split("\n");
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1, problem };
}
