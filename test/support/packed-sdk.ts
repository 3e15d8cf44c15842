import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { withBuildLock } from "./build-lock.ts";

const REPOSITORY = fileURLToPath(new URL("../../", import.meta.url));
const CONSUMERS = fileURLToPath(new URL("./sdk-consumers/", import.meta.url));

/** Builds the SDK and packs it as npm would publish it; the path of the archive. */
export function packedSdk(folder: string): string {
  return withBuildLock(() => {
    run("npx", ["tsc", "--build", "sdk", "sdk/tsconfig.commonjs.json"], REPOSITORY);
    const args = ["pack", "--silent", "--ignore-scripts", "--pack-destination", folder];
    const name = run("npm", args, join(REPOSITORY, "sdk")).trim().split("\n").at(-1) ?? "";
    return join(folder, name);
  });
}

/** A project of its own with the packed SDK and zod installed, and the consumers' programs. */
export function consumerProject(folder: string): string {
  const project = join(folder, "project");
  const installed = join(project, "node_modules/@sekha/sdk");
  mkdirSync(installed, { recursive: true });
  run("tar", ["-xzf", packedSdk(folder), "--strip-components=1", "-C", installed], REPOSITORY);
  symlinkSync(join(REPOSITORY, "node_modules/zod"), join(project, "node_modules/zod"));
  cpSync(CONSUMERS, project, { recursive: true });
  writeFileSync(join(project, "package.json"), JSON.stringify({ type: "module", private: true }));
  return project;
}

function run(command: string, args: string[], cwd: string): string {
  const { status, stdout, stderr } = spawnSync(command, args, {
    cwd,
    encoding: "utf8",
    env: { ...process.env, PATH: `${join(REPOSITORY, "node_modules/.bin")}:${process.env.PATH}` },
  });
  if (status !== 0) throw new Error(`${command} ${args.join(" ")}:\n${stdout}\n${stderr}`);
  return stdout;
}
