import { spawnSync } from "node:child_process";
import { afterAll, beforeAll, describe, expect, test as plainTest } from "vitest";
import { where } from "../../../../test/support/skipping.ts";
import { CliWorld } from "./__fixtures__/cli-world.ts";

const world = new CliWorld();
const scripts: Record<string, string> = {};

beforeAll(async () => {
  for (const shell of ["bash", "zsh", "fish"]) {
    scripts[shell] = (await world.run("completion", shell)).out;
  }
});
afterAll(() => world.remove());

function has(shell: string): boolean {
  return spawnSync(shell, ["--version"]).status === 0;
}

/** What the shell offers for a line whose last word is being typed. */
const OFFERS: Record<string, (words: string[]) => string[]> = {
  bash: (words) => {
    const line = words.map((word) => `'${word}'`).join(" ");
    const ask = `COMP_WORDS=(${line}); COMP_CWORD=${words.length - 1}; _sekha; printf '%s\\n' "\${COMPREPLY[@]}"`;
    return outputOf("bash", ["--norc", "-c", `${scripts.bash}\n${ask}`]);
  },
  zsh: (words) => {
    const line = words.map((word) => `'${word}'`).join(" ");
    // The functions of zsh's completion system, reduced to what they would offer.
    const system = `compdef() {}; compadd() { shift; print -l -- "$@" }
      _describe() { print -l -- "\${(@)values%%:*}" }; _files() { return 1 }`;
    const ask = `words=(${line}); CURRENT=${words.length}; _sekha`;
    return outputOf("zsh", ["-f", "-c", `${system}\n${scripts.zsh}\n${ask}`]);
  },
  fish: (words) => {
    const ask = `complete -C '${words.join(" ")}'`;
    return outputOf("fish", ["--no-config", "-c", `${scripts.fish}\n${ask}`]);
  },
};

function outputOf(shell: string, args: string[]): string[] {
  const { stdout, stderr, status } = spawnSync(shell, args, { encoding: "utf8" });
  expect({ stderr, status: status ?? 1 }).toMatchObject({ stderr: "" });
  return stdout
    .split("\n")
    .map((line) => line.split("\t")[0] ?? "")
    .filter((line) => line !== "");
}

describe.each(["bash", "zsh", "fish"])("completion of %s [req:cli.completion]", (shell) => {
  const { test } = where(has(shell), shell, `apt-get install ${shell}`);
  const offers = (...words: string[]) => OFFERS[shell]?.(words) ?? [];

  test("offers commands and their aliases", () => {
    expect(offers("sekha", "")).toEqual(
      expect.arrayContaining(["search", "query", "keys", "prune"]),
    );
  });

  test("offers the commands below a command", () => {
    expect(offers("sekha", "keys", "")).toEqual(
      expect.arrayContaining(["create", "list", "rotate", "revoke"]),
    );
  });

  test("offers the options of a command, the global ones too", () => {
    const options = offers("sekha", "search", "--");
    expect(options).toEqual(expect.arrayContaining(["--mode", "--folder", "--json", "--help"]));
    expect(options).not.toContain("--days");
  });

  test("offers the values of an option", () => {
    const values = offers("sekha", "search", "--mode", "");
    expect(values).toEqual(expect.arrayContaining(["hybrid", "semantic", "keyword"]));
    expect(values).not.toContain("--folder");
  });
});

plainTest("another shell is refused with the ones there are", async () => {
  const { code, err } = await world.run("completion", "tcsh");
  expect(code).toBe(64);
  expect(err).toContain("bash, zsh, fish");
});
