import { expressionTokens } from "../sql/text-expression.ts";

export { expressionWords } from "../sql/text-expression.ts";

/** An FTS5 string: whatever the text, it is data, never syntax. FTS5 stops reading at a NUL. */
export function quoted(text: string): string {
  return `"${text.replaceAll('"', '""').replaceAll("\0", " ")}"`;
}

/**
 * A user's expression as FTS5 syntax made of nothing but quoted strings, operators and paired brackets, so that it can
 * neither name a column nor leave the brackets it is put in. Null when it is not such an expression.
 */
export function toMatchSyntax(expression: string): string | null {
  const tokens = expressionTokens(expression);
  if (tokens === null) return null;
  return tokens
    .map(({ shape, text, prefix }) =>
      shape === "w" ? `${quoted(text)}${prefix ? "*" : ""}` : text,
    )
    .join(" ");
}
