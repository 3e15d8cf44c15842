import { SekhaApiError } from "@sekha/sdk";
import { CommanderError } from "commander";
import { ConfigError } from "../../config/config-error.ts";
import { formatConfigError } from "../../config/format-config-error.ts";
import { EXIT } from "./exit-codes.ts";

/** An error with one line of cause and one line of what to do. */
export class CliError extends Error {
  override name = "CliError";
  readonly fix: string | undefined;
  readonly exitCode: number;

  constructor(cause: string, options: { fix?: string; exitCode?: number; cause?: unknown } = {}) {
    super(cause, options.cause === undefined ? {} : { cause: options.cause });
    this.fix = options.fix;
    this.exitCode = options.exitCode ?? EXIT.failure;
  }
}

export function usageError(cause: string, fix: string): CliError {
  return new CliError(cause, { fix, exitCode: EXIT.usage });
}

export interface Failure {
  message: string;
  fix: string | undefined;
  code: string;
  exitCode: number;
  details?: unknown;
}

/** What a person is told of anything thrown. `command` is the one whose help helps with wrong usage. */
export function failureOf(
  error: unknown,
  { colour, command = "sekha" }: { colour: boolean; command?: string },
): Failure {
  if (error instanceof CliError) {
    const { message, fix, exitCode } = error;
    return { message, fix, exitCode, code: exitCode === EXIT.usage ? "usage" : "failed" };
  }
  if (error instanceof CommanderError) return usageFailure(error, command);
  if (error instanceof ConfigError) {
    const message = formatConfigError(error, { color: colour });
    const fix = "`sekha config check` checks the file again after a correction.";
    return { message, fix, code: "config", exitCode: EXIT.failure, details: error.problems };
  }
  if (error instanceof SekhaApiError) return apiFailure(error);
  const message = error instanceof Error ? error.message : String(error);
  return { message, fix: undefined, code: codeOf(error), exitCode: EXIT.failure };
}

/** Commander writes "error: unknown command 'x'\n(Did you mean y?)". */
function usageFailure(error: CommanderError, command: string): Failure {
  const [first = "", ...rest] = error.message.replace(/^error: /, "").split("\n");
  const suggestion = rest
    .join(" ")
    .trim()
    .replace(/^\((.*)\)$/, "$1");
  const message = `${first.charAt(0).toUpperCase()}${first.slice(1)}.`.replace(/\.\.$/, ".");
  const fix = suggestion === "" ? `\`${command} --help\` lists what there is.` : suggestion;
  return { message, fix, code: "usage", exitCode: EXIT.usage };
}

function apiFailure(error: SekhaApiError): Failure {
  const details = error.details.map(({ path, message }) => `${path}: ${message}`).join("; ");
  const message = details === "" ? error.message : `${error.message} (${details})`;
  const failure = { message, code: error.code, exitCode: EXIT.failure, details: error.details };
  if (error.status === 401) {
    return {
      ...failure,
      fix: "Give a key with --api-key or SEKHA_API_KEY. A new one: stop the server, then `sekha keys create NAME`.",
    };
  }
  return { ...failure, fix: undefined };
}

function codeOf(error: unknown): string {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === "string" ? code : "failed";
}
