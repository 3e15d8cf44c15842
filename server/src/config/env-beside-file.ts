import { dirname, join } from "node:path";
import { ConfigError } from "./config-error.ts";
import { EnvFileError, readEnvFile } from "./env-file.ts";
import type { Environment } from "./expand-variables.ts";

interface BesideFile {
  /** The configuration file, absolute. */
  file: string;
  text: string;
  environment: Environment;
  readFile: (path: string) => string;
}

/**
 * The variables that `${NAME}` is looked up in: the environment, and `.env` beside the configuration
 * file for what the environment lacks. That is where secrets stay; nothing else is taken from it.
 * Throws ConfigError when `.env` cannot be read as a shell reads it.
 */
export function referencedVariables({
  file,
  text,
  environment,
  readFile,
}: BesideFile): Environment {
  if (!text.includes("${")) return environment;
  const path = join(dirname(file), ".env");
  const written = readIfThere(path, readFile);
  if (written === undefined) return environment;
  const given = Object.entries(environment).filter(([, value]) => value !== "");
  return { ...variablesOf(written, { path, environment }), ...Object.fromEntries(given) };
}

function readIfThere(path: string, readFile: BesideFile["readFile"]): string | undefined {
  try {
    return readFile(path);
  } catch {
    // Without it, or without the right to it, a missing variable is reported by its name.
    return undefined;
  }
}

function variablesOf(
  text: string,
  { path, environment }: { path: string; environment: Environment },
): Environment {
  try {
    return Object.fromEntries(readEnvFile(text, environment).variables);
  } catch (error) {
    if (!(error instanceof EnvFileError)) throw error;
    const message = `${error.message.replace(/^line \d+: /, "")}.`;
    throw new ConfigError([{ file: path, line: error.line, message }], { cause: error });
  }
}
