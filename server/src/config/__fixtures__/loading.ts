import type { Config } from "../config.ts";
import { ConfigError, type ConfigProblem } from "../config-error.ts";
import { type LoadOptions, loadConfig } from "../load-config.ts";

/** Loads with files from memory; the file of `yaml` is /work/config.yaml. */
export function load(
  yaml: string | undefined,
  env: Record<string, string> = {},
  argv: NonNullable<LoadOptions["argv"]> = {},
): Config {
  const files = new Map(yaml === undefined ? [] : [["/work/config.yaml", yaml]]);
  return loadConfig({
    argv,
    env,
    cwd: "/work",
    homeDirectory: "/home/me",
    readFile: reader(files),
  });
}

/** Reads as node:fs does, from a map. */
export function reader(files: ReadonlyMap<string, string>): (path: string) => string {
  return (path) => {
    const text = files.get(path);
    if (text === undefined) throw Object.assign(new Error("no such file"), { code: "ENOENT" });
    return text;
  };
}

/** The problems of a configuration that must not load. */
export function problemsOf(
  yaml: string | undefined,
  env: Record<string, string> = {},
  argv: NonNullable<LoadOptions["argv"]> = {},
): readonly ConfigProblem[] {
  try {
    load(yaml, env, argv);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  throw new Error("the configuration was accepted");
}
