import { overlappingPieces } from "../../core/search/unspaced-scripts.ts";
import { type ExpressionToken, expressionTokens } from "../sql/text-expression.ts";
import { piecesOf, stemsOf } from "./text-words.ts";

/** An expression as PostgreSQL searches for it. */
export interface ExpressionQuery {
  /** A tsquery made of quoted stems, operators and brackets. */
  query: string;
  /** The tsqueries of its words and phrases that a hit may have, for ranking. */
  wanted: string[];
}

/** The tsquery of a word; of one that is several ("dog-friendly") as a phrase. Null when it has no letters or digits. */
export function wordQuery(word: string): string | null {
  return phrase(stemsOf(word), false);
}

/** The tsqueries of the pieces by which a run of a script without spaces is found: its pairs of neighbours. */
export function runQueries(run: string): string[] {
  return overlappingPieces(run, 2).flatMap((piece) => {
    const longest = piecesOf(piece).at(-1);
    return longest === undefined ? [] : [quotedWord(longest)];
  });
}

/** Null when it is not an expression, or has no word at all. */
export function expressionQuery(expression: string): ExpressionQuery | null {
  const tokens = expressionTokens(expression);
  return tokens === null ? null : new ExpressionParser(tokens).parse();
}

/** NOT binds before AND, AND before OR, and neighbouring words belong together before all of them, as in FTS5. */
class ExpressionParser {
  readonly #tokens: readonly ExpressionToken[];
  #at = 0;

  constructor(tokens: readonly ExpressionToken[]) {
    this.#tokens = tokens;
  }

  parse(): ExpressionQuery | null {
    return this.#joined("OR", "|", () =>
      this.#joined("AND", "&", () => this.#joined("NOT", "& !", () => this.#operand())),
    );
  }

  /** Operands without any word are left out. */
  #joined(
    operator: string,
    sign: string,
    next: () => ExpressionQuery | null,
  ): ExpressionQuery | null {
    let left = next();
    while (this.#takes(operator)) {
      const right = next();
      if (left === null) left = operator === "NOT" ? null : right;
      else if (right !== null) left = combined(left, sign, right);
    }
    return left;
  }

  #operand(): ExpressionQuery | null {
    if (this.#tokens[this.#at]?.shape === "(") {
      this.#at += 1;
      const inner = this.parse();
      this.#at += 1;
      return inner;
    }
    let all: ExpressionQuery | null = null;
    for (let token = this.#tokens[this.#at]; token?.shape === "w"; token = this.#tokens[this.#at]) {
      this.#at += 1;
      const query = phrase(stemsOf(token.text), token.prefix);
      if (query === null) continue;
      const one = { query, wanted: [query] };
      all = all === null ? one : combined(all, "&", one);
    }
    return all;
  }

  #takes(operator: string): boolean {
    const token = this.#tokens[this.#at];
    if (token?.shape !== "o" || token.text !== operator) return false;
    this.#at += 1;
    return true;
  }
}

function combined(left: ExpressionQuery, sign: string, right: ExpressionQuery): ExpressionQuery {
  return {
    query: `(${left.query} ${sign} ${right.query})`,
    wanted: sign === "& !" ? left.wanted : [...left.wanted, ...right.wanted],
  };
}

function phrase(stems: readonly string[], prefix: boolean): string | null {
  if (stems.length === 0) return null;
  const words = stems.map(quotedWord).join(" <-> ");
  const whole = prefix ? `${words}:*` : words;
  return stems.length === 1 ? whole : `(${whole})`;
}

/** Stems are letters and digits. */
function quotedWord(word: string): string {
  return `'${word}'`;
}
