import { resolve } from "node:path";
import { buildConfig } from "./build-config.ts";
import type { Config } from "./config.ts";
import { ConfigError } from "./config-error.ts";
import { referencedVariables } from "./env-beside-file.ts";
import type { Environment } from "./expand-variables.ts";

const implicitFile = "config.yaml";
const fileVariables = ["SEKHA__CONFIG_FILE", "CONFIG_PATH"];

export interface LoadOptions {
  argv?: {
    /** A configuration file named on the command line; wins over the variables. */
    file?: string;
    /** Key path (`server.port`) → value; wins over everything. */
    overrides?: Readonly<Record<string, unknown>>;
  };
  env: Environment;
  cwd: string;
  homeDirectory: string;
  /** The text of a file; throws an error with `code` as node:fs does. */
  readFile: (path: string) => string;
}

interface NamedFile {
  path: string;
  /** What named it, for errors; nothing for the file that is only looked for. */
  namedBy: string | undefined;
  variable: string | undefined;
}

/**
 * The one configuration of a process, from `SEKHA__CONFIG_FILE`, `CONFIG_PATH` or `./config.yaml`
 * and the environment; `.env` beside the file supplies what its `${NAME}` refer to. No file at all is fine. Throws ConfigError with every problem found.
 */
export function loadConfig({ argv = {}, env, cwd, homeDirectory, readFile }: LoadOptions): Config {
  const named = configFile({ file: argv.file, env, cwd });
  const text = readNamed(named, readFile);
  const referenced =
    text === undefined
      ? env
      : referencedVariables({ file: named.path, text, environment: env, readFile });
  return buildConfig({
    text,
    file: text === undefined ? undefined : named.path,
    environment: env,
    referenced,
    overrides: argv.overrides ?? {},
    cwd,
    homeDirectory,
  });
}

function configFile(options: {
  file: string | undefined;
  env: Environment;
  cwd: string;
}): NamedFile {
  const { file, env, cwd } = options;
  if (file !== undefined) {
    return { path: resolve(cwd, file), namedBy: "the command line", variable: undefined };
  }
  const variable = fileVariables.find((name) => env[name] !== undefined && env[name] !== "");
  const path = resolve(cwd, (variable && env[variable]) ?? implicitFile);
  return { path, namedBy: variable, variable };
}

/** Nothing when a file that nobody named does not exist. */
function readNamed({ path, namedBy, variable }: NamedFile, readFile: LoadOptions["readFile"]) {
  try {
    return readFile(path);
  } catch (error) {
    const code = (error as { code?: unknown } | null)?.code;
    if (code === "ENOENT" && namedBy === undefined) return undefined;
    const problem = {
      file: path,
      message: unreadable(code),
      hint: unreadableHint(code, namedBy),
      ...(variable === undefined ? {} : { variable }),
    };
    throw new ConfigError([problem], { cause: error });
  }
}

function unreadable(code: unknown): string {
  if (code === "ENOENT") return "The configuration file does not exist.";
  if (code === "EISDIR") return "The configuration file is a folder.";
  if (code === "EACCES" || code === "EPERM") return "The configuration file may not be read.";
  return `The configuration file cannot be read (${typeof code === "string" ? code : "unknown error"}).`;
}

function unreadableHint(code: unknown, namedBy: string | undefined): string {
  if (code === "EISDIR") {
    return "Docker makes a folder where a mounted file does not exist on the host: create the file first.";
  }
  if (code === "EACCES" || code === "EPERM")
    return "Give the user that runs Sekha the right to read it.";
  return namedBy === undefined ? "Check the file." : `Check the path that ${namedBy} gives.`;
}
