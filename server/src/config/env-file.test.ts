import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import { EnvFileError, readEnvFile } from "./env-file.ts";

const folder = mkdtempSync(join(tmpdir(), "sekha-env-"));
const environment = { HOME: "/home/me", PATH: process.env.PATH, OUTER: "from outside", EMPTY: "" };
const own = /^[A-Z]\w*$/;
const outer = new Set([...Object.keys(environment), "PWD", "SHLVL", "OLDPWD", "_"]);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What a real shell has after `set -a; . FILE`. */
function shellReads(text: string, shell = "bash"): Record<string, string> {
  const file = join(folder, "case.env");
  writeFileSync(file, text);
  const { stdout, stderr, status } = spawnSync(shell, ["-c", 'set -a; . "$0"; env -0', file], {
    env: environment,
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(`${shell} refused:\n${text}\n${stderr}`);
  return plain(
    stdout.split("\0").map((line): [string, string] => {
      const [name = "", ...value] = line.split("=");
      return [name, value.join("=")];
    }),
  );
}

function weRead(text: string): Record<string, string> {
  return plain(readEnvFile(text, environment).variables);
}

function plain(variables: Iterable<readonly [string, string]>): Record<string, string> {
  const kept = [...variables].filter(([name]) => own.test(name) && !outer.has(name));
  return Object.fromEntries(kept.sort(([left], [right]) => left.localeCompare(right)));
}

const files: Record<string, string> = {
  "the file of version 1": `# Models
OLLAMA_URL=http://localhost:11434
EMBEDDING_MODEL=nomic-embed-text:latest
SUMMARIZATION_MODEL=llama3.1:8b   # small
EXCLUDED_FOLDERS=
DATABASE_URL=sqlite:///data/sekha.db?mode=rwc
`,
  quotes: `A='single $OUTER \\n "x"'\nB="double $OUTER 'x' \\" \\$ \\\\ \\n"\nC=a'b'"c"d\nD=''\nE="#no comment" # comment\nF=a#b\nG=\\#a\\ b\n`,
  "several lines in quotes": `A="one\ntwo"\nB='three\n\nfour'\nC=joi\\\nned\nD="joi\\\nned"\n`,
  export: `export A=1\nexport B=2 C="3 4"\n  export   D='5'\nexport A\nE=6 F=7\nG=8;H=9\n`,
  references: `A=x\nB=$A\nC=\${A}y\nD="\${A}-$OUTER"\nE=\${NONE:-fall back}\nF=\${EMPTY-kept}\nG=\${EMPTY:-filled}\nH=\${A:+there}\nI=\${NONE+there}\nJ=\${K:=set}\nL=$K$NONE\nM="\${NONE:-"in quotes"} \${NONE:-'literal'} \${NONE:-a\\}b}"\nN='$A'\nO=\\$A\nP=$ \nQ="$"\n`,
  "home directories": `A=~/data\nB=~\nC=x~\nD=/a:~/b:~\nE="~/a"\nF=\${NONE:-/x}:~\n`,
  "further expansions of bash": `A=$'tab\\there\\x41\\101\\'q'\nB=$"text"\nC=1\nC+=2\n`,
  "a file without a last line end": "A=1\nB=2",
  "nothing at all": "",
  "nothing but comments": "# A=1\n   # B=2\n\n;\n".replace(";\n", ""),
  "names again": "A=1\nA=2\nB=$A\nA=3\n",
  "text of other languages": "A=Grüße\nB='日本語 ok'\nC=\"📦 $A\"\n",
};

describe("a .env file", () => {
  test.each(Object.entries(files))(
    "is read as bash reads it: %s [req:migrate.env-as-shell]",
    (_what, text) => {
      expect(weRead(text)).toEqual(shellReads(text));
      expect(readEnvFile(text, environment).remarks).toEqual([]);
    },
  );

  test.each(["the file of version 1", "quotes", "export", "references", "home directories"])(
    "is read as sh reads it, too: %s",
    (what) => {
      const text = files[what] ?? "";
      expect(weRead(text)).toEqual(shellReads(text, "sh"));
    },
  );

  test("with Windows line ends is the same file", () => {
    const text = `${files.quotes}${files.references}`;
    expect(weRead(text.replaceAll("\n", "\r\n"))).toEqual(shellReads(text));
    expect(weRead(`\uFEFF${text}`)).toEqual(shellReads(text));
  });

  test("of any legal pieces is read as bash reads it [req:migrate.env-as-shell]", () => {
    const bare = fc.stringMatching(/^[\w./:@%+,=-]{0,6}$/);
    const inner = fc.stringMatching(/^[\w ./:#;&|()<>?*!~-]{0,6}$/);
    // bash takes `<(` inside braces for a program to run.
    const inBraces = fc.stringMatching(/^[\w ./:#;?*~-]{0,6}$/);
    const name = fc.constantFrom("V0", "V1", "V2", "OUTER", "EMPTY", "NONE");
    const operation = fc.constantFrom(":-", "-", ":+", "+", ":=", "=");
    const piece = fc.oneof(
      bare,
      inner.map((text) => `'${text}'`),
      inner.map((text) => `"${text}"`),
      fc.constantFrom(
        "\\ ",
        "\\#",
        "\\$",
        "\\\\",
        "\\'",
        '\\"',
        "\\\n",
        '"\\""',
        '"\\n"',
        '"$"',
        "#",
      ),
      name.map((one) => `$\{${one}}`),
      name.map((one) => `"$${one} "`),
      fc.tuple(name, operation, bare).map(([one, op, text]) => `$\{${one}${op}${text}}`),
      fc.tuple(name, operation, inBraces).map(([one, op, text]) => `"$\{${one}${op}${text}}"`),
      fc.tuple(name, operation, inBraces).map(([one, op, text]) => `$\{${one}${op}"${text}"}`),
    );
    const value = fc.array(piece, { maxLength: 5 }).map((pieces) => pieces.join(""));
    const target = fc.constantFrom("V0", "V1", "V2", "V3");
    const line = fc.oneof(
      fc
        .tuple(
          fc.constantFrom("", "export ", "  "),
          target,
          value,
          fc.constantFrom("", " # note", "  ", ";"),
        )
        .map(([before, one, text, after]) => `${before}${one}=${text}${after}`),
      fc.tuple(target, value, target, value).map(([a, x, b, y]) => `${a}=${x} ${b}=${y}`),
      fc.constantFrom("", "# note", "   "),
    );
    fc.assert(
      fc.property(fc.array(line, { maxLength: 6 }), (lines) => {
        const text = lines.join("\n");
        expect(weRead(text)).toEqual(shellReads(text));
      }),
      { numRuns: 300 },
    );
  });
});

describe("a line that a shell would not take", () => {
  test("is read to its end, as Docker Compose does, with a remark", () => {
    const text = "A=1\nLABEL=two words\nNAME = spaced  # note\nURL=http://x/?a=1&b=2\nB=$A more\n";
    const { variables, remarks } = readEnvFile(text, environment);
    expect(Object.fromEntries(variables)).toEqual({
      ...{ A: "1", LABEL: "two words", NAME: "spaced", URL: "http://x/?a=1&b=2", B: "1 more" },
    });
    expect(remarks.map(({ line }) => line)).toEqual([2, 3, 4, 5]);
    expect(remarks[0]?.message).toMatch(/^LABEL is read to the end of its line/);
  });

  test("is never run", () => {
    const marker = join(folder, "marker");
    const text = `A=$(touch ${marker})\nB=\`id\`\nC=$((1+1))\nD=\${#A}\ntouch ${marker}\nE=ok\n`;
    const { variables, remarks } = readEnvFile(text, environment);
    expect(Object.fromEntries(variables)).toEqual({ E: "ok" });
    expect(remarks.map(({ line }) => line)).toEqual([1, 2, 3, 4, 5]);
    expect(remarks[0]?.message).toContain("set A in the environment");
    expect(remarks[4]?.message).toMatch(/is not an assignment/);
  });

  test("with a quote that is never closed refuses the file and names the line", () => {
    expect(() => readEnvFile("A=1\nB=it's fine\n", environment)).toThrow(EnvFileError);
    expect(() => readEnvFile("A=1\nB=it's fine\n", environment)).toThrow(/^line 2: the quote/);
    expect(() => readEnvFile('A="${B:-x"\n', environment)).toThrow(/never closed/);
  });
});
