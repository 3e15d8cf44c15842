const OPERATORS = new Set(["AND", "OR", "NOT"]);
const MAXIMUM_TOKENS = 200;
const MAXIMUM_DEPTH = 30;
const TOKEN = /"(?:[^"]|"")*"\*?|[()]|[^\s()"]+|"/gu;
const MISPLACED = /^o|o$|o[o)]|\([o)]/u;
const BARE_JOINTS = new Set([")w", ")(", "w("]);

/** `shape`: w for a word or phrase, o for an operator, or the bracket itself. */
interface Token {
  shape: "w" | "o" | "(" | ")";
  syntax: string;
}

/** An FTS5 string: whatever the text, it is data, never syntax. FTS5 stops reading at a NUL. */
export function quoted(text: string): string {
  return `"${text.replaceAll('"', '""').replaceAll("\0", " ")}"`;
}

function toToken(text: string): Token {
  if (text === "(" || text === ")") return { shape: text, syntax: text };
  if (OPERATORS.has(text)) return { shape: "o", syntax: text };
  const prefix = text.length > 1 && text.endsWith("*");
  const operand = prefix ? text.slice(0, -1) : text;
  const isPhrase = operand.startsWith('"');
  const content = isPhrase ? operand.slice(1, -1).replaceAll('""', '"') : operand;
  return { shape: "w", syntax: `${quoted(content)}${prefix ? "*" : ""}` };
}

/** Brackets pair up and every operator stands between two operands. */
function isWellFormed(shape: string): boolean {
  if (shape === "" || MISPLACED.test(shape)) return false;
  let depth = 0;
  for (const part of shape) {
    if (part === "(") depth += 1;
    if (part === ")") depth -= 1;
    if (depth < 0 || depth > MAXIMUM_DEPTH) return false;
  }
  return depth === 0;
}

/**
 * A user's expression (AND, OR, NOT, "phrases", prefix*, brackets) as FTS5 syntax made of nothing
 * but quoted strings, these operators and paired brackets, so that it can neither name a column
 * nor leave the brackets it is put in. Null when it is not such an expression.
 */
export function toMatchSyntax(expression: string): string | null {
  const pieces: readonly string[] = expression.match(TOKEN) ?? [];
  if (pieces.includes('"') || pieces.length > MAXIMUM_TOKENS) return null;
  const tokens = pieces.map(toToken);
  if (!isWellFormed(tokens.map((token) => token.shape).join(""))) return null;
  return tokens
    .map(({ shape, syntax }, index) => {
      // FTS5 joins neighbouring strings by itself, but not a bracket and its neighbour.
      const joint = `${tokens[index - 1]?.shape ?? ""}${shape}`;
      return BARE_JOINTS.has(joint) ? `AND ${syntax}` : syntax;
    })
    .join(" ");
}

/** The plain words of an expression, its operators left out unless there is nothing else. */
export function expressionWords(expression: string): string[] {
  const words = expression.split(/[\s"()]+/u).filter((word) => word !== "");
  const plain = words.filter((word) => !OPERATORS.has(word));
  return plain.length > 0 ? plain : words;
}
