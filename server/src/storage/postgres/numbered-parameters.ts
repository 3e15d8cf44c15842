/** With parameters as PostgreSQL numbers them. */
export function numbered<Statements extends Record<string, string>>(
  statements: Statements,
): Statements {
  const entries = Object.entries(statements).map(([name, sql]) => [
    name,
    sql.replaceAll(/\?(\d+)/g, "$$$1"),
  ]);
  return Object.fromEntries(entries) as Statements;
}
