const OPERATORS = new Set(["AND", "OR", "NOT"]);
const MAXIMUM_TOKENS = 200;
const MAXIMUM_DEPTH = 30;
const TOKEN = /"(?:[^"]|"")*"\*?|[()]|[^\s()"]+|"/gu;
const MISPLACED = /^o|o$|o[o)]|\([o)]/u;
const BARE_JOINTS = new Set([")w", ")(", "w("]);

/** `shape`: w for a word or phrase, o for an operator, or the bracket itself. */
export interface ExpressionToken {
  shape: "w" | "o" | "(" | ")";
  /** Of a word or phrase without its quotes. */
  text: string;
  /** Whether the last word is only the beginning of one. */
  prefix: boolean;
}

/**
 * The tokens of a user's expression (AND, OR, NOT, "phrases", prefix*, brackets): every operator stands between two
 * operands and brackets pair up; a bracket and its neighbour are joined by AND, neighbouring words are left as they
 * are. Null when it is not such an expression.
 */
export function expressionTokens(expression: string): ExpressionToken[] | null {
  const pieces: readonly string[] = expression.match(TOKEN) ?? [];
  if (pieces.includes('"') || pieces.length > MAXIMUM_TOKENS) return null;
  const tokens = pieces.map(toToken);
  if (!isWellFormed(tokens.map((token) => token.shape).join(""))) return null;
  return tokens.flatMap((token, index) => {
    const joint = `${tokens[index - 1]?.shape ?? ""}${token.shape}`;
    return BARE_JOINTS.has(joint) ? [{ shape: "o", text: "AND", prefix: false }, token] : [token];
  });
}

/** The plain words of an expression, its operators left out unless there is nothing else. */
export function expressionWords(expression: string): string[] {
  const words = expression.split(/[\s"()]+/u).filter((word) => word !== "");
  const plain = words.filter((word) => !OPERATORS.has(word));
  return plain.length > 0 ? plain : words;
}

function toToken(text: string): ExpressionToken {
  if (text === "(" || text === ")") return { shape: text, text, prefix: false };
  if (OPERATORS.has(text)) return { shape: "o", text, prefix: false };
  const prefix = text.length > 1 && text.endsWith("*");
  const operand = prefix ? text.slice(0, -1) : text;
  const isPhrase = operand.startsWith('"');
  const content = isPhrase ? operand.slice(1, -1).replaceAll('""', '"') : operand;
  return { shape: "w", text: content, prefix };
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
