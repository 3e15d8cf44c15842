import { spawn } from "node:child_process";
import { cpSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { chromium, postedByPage } from "../support/browser-page.ts";
import { NODE } from "../support/mcp-client.ts";
import { consumerProject } from "../support/packed-sdk.ts";
import { type SdkWorld, startSdkWorld } from "../support/sdk-world.ts";
import { where } from "../support/skipping.ts";

const EXAMPLES = fileURLToPath(new URL("../../examples/", import.meta.url));
const browser = chromium();
let world: SdkWorld;
let project: string;

beforeAll(async () => {
  world = await startSdkWorld();
  project = consumerProject(world.folder);
  cpSync(EXAMPLES, project, { recursive: true });
}, 180_000);
afterAll(() => world?.stop());

/** What a whole run of each program shows. */
const SHOWN: Record<string, (string | RegExp)[]> = {
  "store-and-search.mjs": [/Stored \S{36} with 2 messages/, "House: Under", "1 messages have"],
  "chat-with-memory.mjs": ["Recalled: Garden (/examples)"],
  "streaming.mjs": ["(complete)"],
  "context-for-your-prompt.mjs": ["rests for a day in the cellar", / tokens from \d+ conv/],
  "from-version-1.mjs": ["'Ferry'", /^404: /m],
};

describe("an example", () => {
  test.each(Object.entries(SHOWN))(
    "%s does what it says [req:sdk.examples]",
    async (name, shown) => {
      const output = await run(name);
      for (const one of shown) expect(output).toMatch(one);
    },
  );

  test("is in this list and in the folder's README [req:sdk.examples]", () => {
    const readme = readFileSync(join(EXAMPLES, "README.md"), "utf8");
    const names = readdirSync(EXAMPLES).filter((name) => name !== "README.md");
    expect(names.sort()).toEqual([...Object.keys(SHOWN), "browser.html"].sort());
    expect(names.filter((name) => !readme.includes(`\`${name}\``))).toEqual([]);
  });

  test("of streaming tells of an answer that is cut [req:sdk.examples]", async () => {
    const output = await run("streaming.mjs", world.place("examples").models.cut);
    expect(output).toMatch(/\(cut: /);
  });

  where(browser !== null, "Chromium", "apt-get install chromium").test(
    "browser.html finds what is stored [req:sdk.examples]",
    async () => {
      const messages = [{ role: "user", content: "The <b>lighthouse</b> was painted red." }];
      await world.sekha.client.conversations.create({ label: "Coast", messages }, { wait: true });
      const files = { ...sdkFiles(), "/": { type: "text/html", body: pageThatSearches() } };
      const posted = await postedByPage(browser ?? "", { files, folder: world.folder });
      expect(posted).toContain("Coast: The <b>lighthouse</b> was painted red.");
    },
  );
});

async function run(name: string, model?: string): Promise<string> {
  const { controllerURL, bridgeURL, proxyURL, apiKey, models } = world.place("examples");
  const env = {
    ...process.env,
    SEKHA_API_URL: controllerURL,
    SEKHA_BRIDGE_URL: bridgeURL,
    SEKHA_PROXY_URL: proxyURL,
    SEKHA_API_KEY: apiKey,
    SEKHA_MODEL: model ?? models.whole,
  };
  const child = spawn(NODE, [name], { cwd: project, env });
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  expect(stderr).toBe("");
  return stdout;
}

function sdkFiles(): Record<string, { type: string; body: string }> {
  const folder = join(project, "node_modules/@sekha/sdk/dist");
  const names = readdirSync(folder, { recursive: true, encoding: "utf8" });
  return Object.fromEntries(
    names
      .filter((name) => name.endsWith(".js"))
      .map((name) => [
        `/sdk/${name}`,
        { type: "text/javascript", body: readFileSync(join(folder, name), "utf8") },
      ]),
  );
}

/** The page as it stands, and a script that does what a person would. */
function pageThatSearches(): string {
  const { controllerURL, apiKey } = world.place("examples");
  const person = `<script type="module">
    const form = document.querySelector("form");
    const list = document.querySelector("ol");
    new MutationObserver(() => fetch("/results", { method: "POST", body: list.textContent }))
      .observe(list, { childList: true });
    form.elements.url.value = ${JSON.stringify(controllerURL)};
    form.elements.key.value = ${JSON.stringify(apiKey)};
    form.elements.query.value = "lighthouse";
    form.requestSubmit();
  </script>`;
  return readFileSync(join(EXAMPLES, "browser.html"), "utf8").replace(
    "</body>",
    `${person}</body>`,
  );
}
