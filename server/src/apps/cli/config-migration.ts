import {
  copyFileSync,
  existsSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join, relative, resolve } from "node:path";
import { parse, TomlError } from "smol-toml";
import { type ConfigCheck, checkConfigText } from "../../config/check-config-text.ts";
import { type EnvFile, EnvFileError, readEnvFile } from "../../config/env-file.ts";
import type { Environment } from "../../config/expand-variables.ts";
import { nodeAt } from "../../config/source-node.ts";
import { migratedConfig } from "../../config/v1/migrated-config.ts";
import { type DataPlace, v1DataPlace } from "../../config/v1/v1-data-place.ts";
import { readV1Settings } from "../../config/v1/v1-settings.ts";
import { hasV1Variables } from "../../config/v1/v1-variables.ts";
import { CliError } from "./cli-error.ts";

/** What a migration reads, and would write. Paths are absolute. */
export interface ConfigMigration {
  output: string;
  yaml: string;
  /** Nothing where the file already says the same. */
  writesConfig: boolean;
  /** The file that would be replaced by another text. */
  replaces: boolean;
  envFile: { path: string; text: string; newText: string } | undefined;
  tomlFiles: readonly string[];
  place: DataPlace;
  models: number;
  check: ConfigCheck;
  remarks: readonly string[];
}

export interface MigrationWorld {
  cwd: string;
  homeDirectory: string;
  env: Environment;
}

/** @throws CliError when there is nothing to migrate, or a file cannot be read. */
export function planConfigMigration(world: MigrationWorld, output: string): ConfigMigration {
  const { cwd, env } = world;
  const envPath = join(cwd, ".env");
  const envText = textOf(envPath);
  const tomlFiles = tomlFilesOf(world);
  if (envText === undefined && tomlFiles.length === 0 && !hasV1Variables(env)) throw nothing(cwd);
  const written = envText === undefined ? undefined : envFileOf(envText, env);
  const variables = { ...Object.fromEntries(written?.variables ?? []), ...filled(env) };
  const tables = tomlFiles.map((file) => ({ file: basename(file), table: tomlOf(file) }));
  const { root, remarks } = readV1Settings({ tables, variables });
  const place = placeOf(world, { output, url: nodeAt(root, ["database_url"]) });
  const migrated = migratedConfig({ root, place, variables });
  const newText = (envText ?? "") + addition(envText ?? "", migrated.newVariables);
  const existing = textOf(output);
  return {
    output,
    yaml: migrated.yaml,
    writesConfig: existing !== migrated.yaml,
    replaces: existing !== undefined && existing !== migrated.yaml,
    envFile:
      envText === undefined && newText === ""
        ? undefined
        : { path: envPath, text: envText ?? "", newText },
    tomlFiles,
    place,
    models: migrated.models,
    check: checkConfigText(migrated.yaml, env, { file: output, readFile: () => newText }),
    remarks: [
      ...(written?.remarks ?? []).map(({ line, message }) => `.env, line ${line}: ${message}`),
      ...remarks,
      ...migrated.remarks,
    ],
  };
}

/** What was written. Paths are absolute. */
export interface MigrationResult {
  /** Copy of .env; nothing without one, or when nothing had to be written. */
  backup: string | undefined;
  /** What stood at the output before. */
  previous: string | undefined;
}

/** Backs up first, then writes; every file is whole at any time. */
export function writeConfigMigration(migration: ConfigMigration): MigrationResult {
  const { output, yaml, envFile, replaces, writesConfig } = migration;
  if (!changesAnything(migration)) return { backup: undefined, previous: undefined };
  const hasOldEnv = envFile !== undefined && existsSync(envFile.path);
  const backup = hasOldEnv ? keptCopy(envFile.path, `${envFile.path}.v1.backup`) : undefined;
  const previous = replaces ? keptCopy(output, `${output}.backup`) : undefined;
  if (envFile !== undefined && envFile.newText !== envFile.text) {
    const mode = hasOldEnv ? statSync(envFile.path).mode & 0o777 : 0o600;
    writeWhole(envFile.path, envFile.newText, mode);
  }
  // The container that it is mounted into runs as another user; secrets are not in it.
  if (writesConfig) writeWhole(output, yaml, 0o644);
  return { backup, previous };
}

export function changesAnything({ writesConfig, envFile }: ConfigMigration): boolean {
  return writesConfig || (envFile !== undefined && envFile.newText !== envFile.text);
}

function nothing(cwd: string): CliError {
  return new CliError(
    `There is no .env and no config.toml in ${cwd}, and no variable of version 1 is set.`,
    {
      fix: "Run it in the folder where version 1 ran. A new installation needs no configuration: `sekha start`.",
    },
  );
}

/** v1 read both; the one in the home directory wins. */
function tomlFilesOf({ cwd, homeDirectory }: MigrationWorld): string[] {
  const places = [join(cwd, "config.toml"), join(homeDirectory, ".sekha", "config.toml")];
  return [...new Set(places)].filter((path) => existsSync(path));
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    const { code } = error as { code?: unknown };
    if (code === "ENOENT") return undefined;
    const fix = "Check that it is a file, and the right to read it.";
    throw new CliError(`${path} cannot be read (${String(code)}).`, { fix, cause: error });
  }
}

function envFileOf(text: string, env: Environment): EnvFile {
  try {
    return readEnvFile(text, env);
  } catch (error) {
    if (!(error instanceof EnvFileError)) throw error;
    throw new CliError(`.env, ${error.message}.`, {
      fix: "Close it, or put a backslash before a quote that is meant as it is. Nothing was written.",
      cause: error,
    });
  }
}

function tomlOf(path: string): Readonly<Record<string, unknown>> {
  try {
    return parse(textOf(path) ?? "");
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const [reason = ""] = error.message.split("\n");
    throw new CliError(`${path}, line ${error.line}: ${reason}`, {
      fix: "Correct or move the file. Nothing was written.",
      cause: error,
    });
  }
}

/** The data directory is written relative to config.yaml, where that lies in v1's folder. */
function placeOf(
  { cwd, homeDirectory }: MigrationWorld,
  { output, url }: { output: string; url: ReturnType<typeof nodeAt> },
): DataPlace {
  const databaseUrl = url?.kind === "scalar" ? String(url.value) : undefined;
  const place = v1DataPlace({ databaseUrl, folder: cwd, homeDirectory, exists: existsSync });
  if (dirname(output) === cwd) return place;
  return { ...place, dataDirectory: resolve(cwd, place.dataDirectory) };
}

function filled(env: Environment): Environment {
  return Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ""));
}

/** Lines for .env; a shell reads from them what they were made of. */
function addition(text: string, variables: ReadonlyMap<string, string>): string {
  if (variables.size === 0) return "";
  const lines = [...variables].map(
    ([name, value]) => `${name}='${value.replaceAll("'", "'\\''")}'`,
  );
  const separator = text === "" || text.endsWith("\n") ? "" : "\n";
  return `${separator}# From config.toml of version 1; config.yaml refers to it.\n${lines.join("\n")}\n`;
}

/** Copies to a name that is free, or whose file is the same already; never over another one. */
function keptCopy(path: string, wanted: string): string {
  const bytes = readFileSync(path);
  for (let count = 1; ; count += 1) {
    const name = count === 1 ? wanted : `${wanted}.${count}`;
    if (!existsSync(name)) {
      copyFileSync(path, name);
      return name;
    }
    if (readFileSync(name).equals(bytes)) return name;
  }
}

function writeWhole(path: string, text: string, mode: number): void {
  const temporary = `${path}.new`;
  try {
    writeFileSync(temporary, text, { mode, flush: true });
    renameSync(temporary, path);
  } catch (error) {
    const { code } = error as { code?: unknown };
    throw new CliError(`${path} cannot be written (${String(code)}).`, {
      fix: "Check that the folder exists, and the right to write there.",
      cause: error,
    });
  }
}

/** As a person in `cwd` would write it. */
export function shortPath(path: string, cwd: string): string {
  const short = relative(cwd, path);
  return short === "" || short.startsWith("..") ? path : short;
}
