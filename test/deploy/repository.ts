import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const REPOSITORY = fileURLToPath(new URL("../../", import.meta.url));

export function read(file: string): string {
  return readFileSync(join(REPOSITORY, file), "utf8");
}

/** Whether a program can be started. */
export function has(program: string): boolean {
  return spawnSync("which", [program]).status === 0;
}
