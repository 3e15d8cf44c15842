import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  type ScriptedProvider,
  startScriptedProvider,
} from "../support/scripted-provider/scripted-provider.ts";
import { runSekha, type SekhaOptions } from "../support/sekha-process.ts";
import { emptyDataDirectory, startedSekha } from "../support/temporary-place.ts";

const FACT = "The spare key is under the blue pot";
const QUESTION = "Where is the spare key?";
let ollama: ScriptedProvider;

beforeEach(async () => {
  ollama = await startScriptedProvider({ tokens: ["Under", " the", " blue", " pot", " [1]", "."] });
});
afterEach(() => ollama.stop());

/** The embedded embedding model beside a chat model at Ollama's. */
function options(): SekhaOptions {
  const dataDirectory = emptyDataDirectory();
  const file = join(dataDirectory, "..", "config.yaml");
  const model = "{ model_id: llama3.1:8b, task: chat_small }";
  writeFileSync(
    file,
    `llm_providers:
  - { id: local, provider_type: builtin, models: [{ model_id: all-MiniLM-L6-v2, task: embedding, dimension: 384 }] }
  - { id: ollama, provider_type: ollama, base_url: "${ollama.origin}", models: [${model}] }
default_models: { embedding: all-MiniLM-L6-v2, chat_small: llama3.1:8b }
`,
  );
  return { dataDirectory, environment: { SEKHA__CONFIG_FILE: file } };
}

async function remember(place: SekhaOptions): Promise<void> {
  const line = ["store", FACT, "--label", "Keys", "--folder", "/home"];
  expect(await runSekha(line, place)).toMatchObject({ code: 0 });
}

describe("sekha ask [req:cli.ask]", () => {
  test("answers from the directory's own memory, with the sources that the answer names", async () => {
    const place = options();
    await remember(place);
    const asked = await runSekha(["ask", QUESTION], place);
    expect(asked).toMatchObject({ code: 0, stdout: "Under the blue pot [1].\n" });
    expect(asked.stderr).toMatch(/^\[1\] Keys {2}\/home · \d{4}-\d\d-\d\d · [0-9a-f-]{36}$/m);
    const [chat] = ollama.requests.filter(({ path }) => path === "/api/chat");
    const sent = JSON.stringify(chat?.body);
    expect(sent).toContain(`[1] user: ${FACT}`);
    expect(sent).toContain(QUESTION);
  });

  test("asks the bridge of a running server, and leaves out excluded folders", async () => {
    const sekha = await startedSekha(options());
    const place = sekha.options;
    await remember(place);
    const line = ["ask", QUESTION, "--json", "--bridge-url", sekha.bridgeUrl];
    const answer = JSON.parse((await runSekha(line, place)).stdout);
    expect(answer).toMatchObject({
      answer: "Under the blue pot [1].",
      model: "llama3.1:8b",
      citations: [{ number: 1, label: "Keys", folder: "/home" }],
    });
    const without = await runSekha([...line, "--exclude", "/home"], place);
    expect(JSON.parse(without.stdout).citations).toEqual([]);
    expect(JSON.stringify(ollama.requests.at(-1)?.body)).not.toContain(FACT);
  });

  test("says what is wrong when no chat model is configured, and when the provider breaks off", async () => {
    const bare = { dataDirectory: emptyDataDirectory() };
    const refused = await runSekha(["ask", QUESTION], bare);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toMatch(/Error: .*chat/);
    const place = options();
    ollama.script({ kind: "cut", afterTokens: 2 });
    const broken = await runSekha(["ask", QUESTION], place);
    expect([broken.code, broken.stdout]).toEqual([1, expect.stringMatching(/^Under the.*\n$/)]);
    expect(broken.stderr).toContain("Error:");
  });
});
