import { type ConfigError, type ConfigProblem, problemPlace } from "./config-error.ts";

interface FormatOptions {
  color?: boolean;
}

/** The error as several lines for a person: where, which key, what is wrong, what to do. */
export function formatConfigError(error: ConfigError, options: FormatOptions = {}): string {
  const count = error.problems.length;
  const title = `The configuration has ${count} ${count === 1 ? "problem" : "problems"}:`;
  return [paint(title, "31", options), formatConfigProblems(error.problems, options)].join("\n\n");
}

/** The same layout for warnings, without the title. */
export function formatConfigProblems(
  problems: readonly ConfigProblem[],
  options: FormatOptions = {},
): string {
  return problems.map((problem) => formatProblem(problem, options)).join("\n\n");
}

function formatProblem(problem: ConfigProblem, options: FormatOptions): string {
  const place = problemPlace(problem);
  const lines: string[] = [];
  if (place !== "") lines.push(`  ${paint(place, "36", options)}`);
  const subject = problem.key === undefined ? "" : `${paint(problem.key, "1", options)} `;
  lines.push(`    ${subject}${problem.message}`);
  if (problem.hint !== undefined) lines.push(`    ${paint(problem.hint, "2", options)}`);
  return lines.join("\n");
}

function paint(text: string, code: string, { color = false }: FormatOptions): string {
  return color ? `\u001b[${code}m${text}\u001b[0m` : text;
}
