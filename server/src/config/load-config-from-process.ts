import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import process from "node:process";
import type { Config } from "./config.ts";
import { type LoadOptions, loadConfig } from "./load-config.ts";

/** loadConfig with the environment, folders and files of this process. */
export function loadConfigFromProcess(argv: NonNullable<LoadOptions["argv"]> = {}): Config {
  return loadConfig({
    argv,
    env: process.env,
    cwd: process.cwd(),
    homeDirectory: homedir(),
    readFile: (path) => readFileSync(path, "utf8"),
  });
}
