/** One thing wrong (or doubtful) in the configuration, and where it was written. */
export interface ConfigProblem {
  /** A sentence without its subject when `key` is set ("must be a whole number"). Never holds a secret. */
  message: string;
  file?: string;
  /** Counted from 1. */
  line?: number;
  /** Counted from 1. */
  column?: number;
  /** As the reader would write it: `llm_providers[0].api_key`. */
  key?: string;
  /** The environment variable the value came from, or that is missing. */
  variable?: string;
  /** What to do about it. */
  hint?: string;
}

/** The configuration cannot be used. Holds every problem found, not only the first. */
export class ConfigError extends Error {
  readonly problems: readonly ConfigProblem[];

  constructor(problems: readonly ConfigProblem[], options: { cause?: unknown } = {}) {
    super(summaryLine(problems), options.cause === undefined ? {} : { cause: options.cause });
    this.name = "ConfigError";
    this.problems = problems;
  }
}

/** More problems than anyone reads; the rest is counted, not listed. */
export const mostProblems = 100;

/** `config.yaml:12:3 (SEKHA__SERVER__PORT) server.port must be a whole number. Did you …` */
export function problemLine(problem: ConfigProblem): string {
  const place = problemPlace(problem);
  const subject = problem.key === undefined ? "" : `${problem.key} `;
  const hint = problem.hint === undefined ? "" : ` ${problem.hint}`;
  return `${place === "" ? "" : `${place}: `}${subject}${problem.message}${hint}`;
}

/** File, line and column, or the variable, or nothing. */
export function problemPlace({ file, line, column, variable }: ConfigProblem): string {
  const position = [file ?? (line === undefined ? undefined : "line"), line, column]
    .filter((part) => part !== undefined)
    .join(":");
  if (variable === undefined) return position;
  const named = `environment variable ${variable}`;
  return position === "" ? named : `${position} (${named})`;
}

function summaryLine(problems: readonly ConfigProblem[]): string {
  const [first] = problems;
  if (first === undefined) return "The configuration cannot be used.";
  const more = problems.length === 1 ? "" : ` (and ${problems.length - 1} more)`;
  return `${problemLine(first)}${more}`;
}
