import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { chatGptExport } from "../support/chatgpt-export.ts";
import { startedSekha, temporaryFolder } from "../support/temporary-place.ts";
import { zipFile } from "../support/zip-file.ts";

const REPOSITORY = fileURLToPath(new URL("../../", import.meta.url));
const README = readFileSync(join(REPOSITORY, "README.md"), "utf8");

/** The commands of the tour, in order; `npm start` is the server that the test started. */
function tour(): string[] {
  const section = README.slice(
    README.indexOf("## Five minutes"),
    README.indexOf("## Where things"),
  );
  const blocks = [...section.matchAll(/```bash\n([\s\S]*?)```/g)].map(([, block]) => block ?? "");
  return blocks
    .flatMap((block) => block.replaceAll("\\\n", " ").split(/\n(?=npx|curl|npm)/))
    .map((command) => command.trim())
    .filter((command) => command !== "" && command !== "npm start");
}

describe("the README's tour", () => {
  test("every command works when it is pasted [req:house.readme-tour]", async () => {
    const sekha = await startedSekha();
    const home = temporaryFolder();
    mkdirSync(join(home, "Downloads"));
    const conversation = {
      id: "c-1",
      title: "Bread",
      texts: ["How long does dough rest?", "A day."],
    };
    writeFileSync(
      join(home, "Downloads", "chatgpt-export.zip"),
      zipFile({ "conversations.json": chatGptExport([conversation]) }),
    );
    const outputs = tour().map((command) => {
      const here = command
        .replaceAll("http://localhost:8080", sekha.url)
        .replaceAll("http://localhost:5001", sekha.bridgeUrl)
        .replaceAll("http://localhost:8081", sekha.proxyUrl)
        .replaceAll("my-memory", join(home, "my-memory"));
      const { status, stdout, stderr } = spawnSync("bash", ["-ec", here], {
        cwd: REPOSITORY,
        encoding: "utf8",
        env: {
          ...process.env,
          HOME: home,
          SEKHA_DATA_DIR: sekha.options.dataDirectory,
          PATH: `${join(REPOSITORY, "node_modules", ".bin")}:${process.env.PATH}`,
        },
      });
      expect(status, `${here}\n${stdout}\n${stderr}`).toBe(0);
      return stdout;
    });
    expect(outputs.length).toBeGreaterThanOrEqual(9);
    expect(outputs.join("\n")).toContain("quiet near the river");
  });
});
