import { execFile } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { MIGRATED_YAML, WITH_OPENAI_YAML } from "../support/guide-yaml.ts";
import { PROGRAM_ENVIRONMENT } from "../support/program-environment.ts";
import {
  type ScriptedProvider,
  startScriptedProvider,
} from "../support/scripted-provider/scripted-provider.ts";
import { runSekha, SekhaProcess } from "../support/sekha-process.ts";
import { checkAsV1, type V1Memory, writeV1Memory } from "../support/v1-memory.ts";

/**
 * The migration guide from its first command to its last, in its order, as one installation lives it. Where the guide has
 * containers there are processes here, and ports are the system's. The titles name the guide's headings and lines.
 */

const REPOSITORY = fileURLToPath(new URL("../../", import.meta.url));
const BACKUPS = [
  [".env", ".env.v1.backup"],
  ["data/sekha.db", "data/sekha.db.v1.backup"],
  ["data/chroma", "data/chroma.v1.backup"],
] as const;

let folder: string;
let ollama: ScriptedProvider;
let openai: ScriptedProvider;
let memory: V1Memory;
let sekha: SekhaProcess | undefined;
/** Every file of version 1 with its bytes, before anything was done. */
let before: ReadonlyMap<string, Buffer>;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "sekha-guide-"));
  ollama = await startScriptedProvider({ dimension: 768 });
  openai = await startScriptedProvider({ dimension: 3072, keys: ["test-openai-key"] });
  writeFileSync(
    join(folder, ".env"),
    `OLLAMA_URL=${ollama.origin}
EMBEDDING_MODEL=nomic-embed-text:latest
SUMMARIZATION_MODEL=llama3.1:8b
OPENAI_API_KEY=test-openai-key
`,
  );
  memory = writeV1Memory({ file: join(folder, "data", "sekha.db"), messages: 24 });
  mkdirSync(join(folder, "data", "chroma", "segment"), { recursive: true });
  writeFileSync(join(folder, "data", "chroma", "chroma.sqlite3"), "rows of ChromaDB");
  writeFileSync(join(folder, "data", "chroma", "segment", "data.bin"), Buffer.alloc(3000, 7));
  symlinkSync(join(REPOSITORY, "scripts"), join(folder, "scripts"));
  before = v1Files();
});

afterAll(async () => {
  await sekha?.kill();
  await Promise.all([ollama?.stop(), openai?.stop()]);
  rmSync(folder, { recursive: true, force: true });
});

const path = (name: string) => join(folder, name);
const read = (name: string) => readFileSync(path(name), "utf8");

function v1Files(): Map<string, Buffer> {
  const chroma = readdirSync(path("data/chroma"), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1));
  return new Map(
    [".env", "data/sekha.db", ...chroma.sort()].map((name) => [name, readFileSync(path(name))]),
  );
}

/** A line of the guide in a shell, in the folder of the installation. Rejects when it fails. */
async function shell(command: string): Promise<string> {
  const { stdout } = await promisify(execFile)("bash", ["-ec", command], {
    cwd: folder,
    env: { ...PROGRAM_ENVIRONMENT, HOME: folder },
  });
  return stdout;
}

/** A curl of the guide, sent to where the services listen here. */
async function curl(command: string): Promise<unknown> {
  const here = command
    .replaceAll("http://localhost:8080", running().url)
    .replaceAll("http://localhost:5001", running().bridgeUrl);
  return JSON.parse(await shell(here.replace(/^curl /, "curl --silent --fail-with-body ")));
}

function running(): SekhaProcess {
  if (sekha === undefined) throw new Error("an earlier step of the guide has failed");
  return sekha;
}

/** `up -d`: controller and bridge with config.yaml, and with .env as compose passes it on. */
async function start(): Promise<SekhaProcess> {
  const variables = Object.fromEntries(
    read(".env")
      .split("\n")
      .filter((line) => line.includes("="))
      .map((line) => line.split(/=(.*)/s) as [string, string]),
  );
  sekha = await SekhaProcess.start({
    dataDirectory: path("data"),
    // The configuration says where the data are.
    environment: { ...variables, SEKHA__CONFIG_FILE: path("config.yaml"), SEKHA_DATA_DIR: "" },
  });
  return sekha;
}

/** `down`. */
async function stop(): Promise<void> {
  expect(await running().stop()).toBe(0);
  sekha = undefined;
}

describe("the guide to migrating from version 1", () => {
  test("Step 1, `cp .env .env.v1.backup` and the other two: the backups are version 1's files", async () => {
    await shell("cp .env .env.v1.backup");
    await shell("cp data/sekha.db data/sekha.db.v1.backup");
    await shell("cp -r data/chroma data/chroma.v1.backup");
    for (const [original, backup] of BACKUPS) expect(existsSync(path(backup)), original).toBe(true);
    expect(readFileSync(path("data/sekha.db.v1.backup"))).toEqual(before.get("data/sekha.db"));
  });

  test("Step 2, `./scripts/migrate-config-v2.sh`: prints the guide's summary [req:migrate.guide-script]", async () => {
    expect(await shell("./scripts/migrate-config-v2.sh")).toBe(`✅ Migration complete!
   - Old config backed up to .env.v1.backup
   - New config written to config.yaml
   - Providers configured: 1 (Ollama)
   - Models configured: 2
`);
    expect(await shell("./scripts/migrate-config-v2.sh")).toContain("Nothing to change");
    expect(read(".env.v1.backup")).toBe(before.get(".env")?.toString());
  });

  test("Step 3, review config.yaml: it is the guide's, and `sekha config check` finds it fine [req:migrate.guide-config]", async () => {
    expect(read("config.yaml")).toContain(
      MIGRATED_YAML.replace("http://localhost:11434", ollama.origin),
    );
    const { code, stdout } = await runSekha(["config", "check"], {
      dataDirectory: path("data"),
      environment: { SEKHA_DATA_DIR: "" },
    });
    expect(stdout).toContain("1 provider, 2 models");
    expect(code).toBe(0);
  });

  test("Step 4, `up -d` with SEKHA__CONFIG_FILE: starts beside version 1's file, which stays as it was [req:migrate.guide-start]", async () => {
    const { client } = await start();
    expect(existsSync(path("data/sekha-v2.db"))).toBe(true);
    expect(v1Files()).toEqual(before);
    const { total } = await client.conversations.count();
    // Messages whose conversation had no row any more get one.
    expect(total).toBe(memory.conversations.length + 1);
    expect((await client.stats()).total_messages).toBe(memory.messages.length);
  });

  test("Step 5, the three curls: health, models and the route, with the guide's answer [req:migrate.guide-verify]", async () => {
    expect(await curl("curl http://localhost:5001/health")).toMatchObject({ status: "healthy" });
    expect(await curl("curl http://localhost:5001/api/v1/models")).toMatchObject([
      { model_id: "nomic-embed-text:latest", provider_id: "ollama_migrated", task: "embedding" },
      { model_id: "llama3.1:8b", provider_id: "ollama_migrated", task: "chat_small" },
    ]);
    const route = await curl(`curl -X POST http://localhost:5001/api/v1/route \\
  -H "Content-Type: application/json" \\
  -d '{"task": "embedding", "preferred_model": null}'`);
    expect(route).toMatchObject({
      provider_id: "ollama_migrated",
      model_id: "nomic-embed-text:latest",
      estimated_cost: 0.0,
      reason: "Preferred model available",
      provider_type: "ollama",
    });
  });

  test("Step 6, store a conversation: the log says `Successfully stored embedding for message … in collection conversations_768` [req:migrate.guide-store]", async () => {
    const stored = await curl(`curl -X POST http://localhost:8080/api/v1/conversations \\
  -H "Authorization: Bearer YOUR_API_KEY" \\
  -H "Content-Type: application/json" \\
  -d '{
    "messages": [{"role": "user", "content": "Test migration"}],
    "metadata": {"test": true}
  }'`);
    expect(stored).toMatchObject({ message_count: 1 });
    await running().embedded();
    await running().logged(
      /^Successfully stored embeddings? for (message \S+|\d+ messages) in collection conversations_768$/,
    );
    const found = await running().client.search({ query: "Test migration", mode: "semantic" });
    expect(found.results[0]?.content).toBe("Test migration");
  });

  test("Breaking Changes 2, `POST /embed` and `POST /summarize`: still answer, through the new routing [req:migrate.guide-v1-routes]", async () => {
    const json = '-H "Content-Type: application/json"';
    expect(
      await curl(`curl -X POST http://localhost:5001/embed ${json} -d '{"text": "a sentence"}'`),
    ).toMatchObject({ dimension: 768, model: "nomic-embed-text:latest" });
    expect(
      await curl(
        `curl -X POST http://localhost:5001/summarize ${json} -d '{"messages": ["one", "two"]}'`,
      ),
    ).toMatchObject({ level: "daily", message_count: 2, summary: expect.stringMatching(/./) });
  });

  test("FAQ, re-embed everything? No: what version 1 knew is found by word at once, by meaning after the background work [req:migrate.guide-no-reembed]", async () => {
    const { client } = running();
    const [conversation = ""] = memory.conversations;
    const [message] = (await client.conversations.get(conversation)).messages;
    const query = String(message?.content);
    for (const mode of ["keyword", "semantic"] as const) {
      const { results } = await client.search({ query, mode });
      expect(
        results.map((hit) => hit.conversation_id),
        mode,
      ).toContain(conversation);
    }
  });

  test('FAQ, `logs controller | grep dimension` and Troubleshooting, `grep "EmbeddingService"`: the guide\'s lines are in the log [req:migrate.guide-log]', async () => {
    const lines = running().log.map(({ msg }) => msg);
    for (const line of [
      "Detected dimension 768 for model nomic-embed-text:latest (cached)",
      "Embedding routed to collection conversations_768 (dimension=768, model=nomic-embed-text:latest)",
      "EmbeddingService initialized with v2.0 bridge routing",
    ]) {
      expect(lines).toContain(line);
    }
  });

  test("Adding OpenAI, the guide's YAML and `restart`: new messages go to conversations_3072, old ones stay found [req:migrate.guide-openai]", async () => {
    const yaml = WITH_OPENAI_YAML.replace("http://localhost:11434", ollama.origin).replace(
      "https://api.openai.com",
      openai.origin,
    );
    await stop();
    const rest = read("config.yaml").slice(read("config.yaml").indexOf("routing:"));
    writeFileSync(path("config.yaml"), `${yaml}\n${rest}`);
    const { client, bridgeUrl } = await start();
    const created = await running().json("POST", "/api/v1/conversations?wait=true", {
      messages: [{ role: "user", content: "Stored after OpenAI came" }],
    });
    expect(created.body).toMatchObject({ embedding_status: "embedded" });
    const { collections } = await client.embeddingsStatus();
    expect(collections.map(({ name }) => name)).toEqual(
      expect.arrayContaining(["conversations_768", "conversations_3072"]),
    );
    const old = await client.search({ query: "Test migration", mode: "semantic" });
    expect(old.results.map(({ content }) => content)).toContain("Test migration");
    const chat = await running().json("POST", `${bridgeUrl}/v1/chat/completions`, {
      model: "gpt-4o",
      messages: [{ role: "user", content: "hello" }],
    });
    expect(chat.body.sekha_metadata.routing).toMatchObject({ provider_id: "openai_cloud" });
  });

  test("Quick Rollback: after `cp` of the backups version 1's files are byte for byte what they were, and version 1 can read them [req:migrate.rollback]", async () => {
    await stop();
    await shell("cp .env.v1.backup .env");
    await shell("cp data/sekha.db.v1.backup data/sekha.db");
    expect(v1Files()).toEqual(before);
    expect(readdirSync(path("data")).filter((name) => /^sekha\.db-/.test(name))).toEqual([]);
    const counts = checkCopyAsV1();
    expect(counts.messages).toBe(memory.messages.length);
  });

  test("Full Rollback, `rm -rf data/chroma` and its copy back: byte for byte, too [req:migrate.rollback]", async () => {
    await shell("rm -rf data/chroma");
    await shell("cp -r data/chroma.v1.backup data/chroma");
    expect(v1Files()).toEqual(before);
  });

  test("after a rollback version 2 can start again, with what it stored meanwhile", async () => {
    const { client } = await start();
    const { results } = await client.search({ query: "Stored after OpenAI came", mode: "keyword" });
    expect(results[0]?.content).toBe("Stored after OpenAI came");
    await stop();
    expect(v1Files()).toEqual(before);
  });
});

/** Version 1 opens its file for writing, so it is given a copy. */
function checkCopyAsV1(): { conversations: number; messages: number } {
  const copy = path("as-version-1");
  mkdirSync(copy);
  try {
    cpSync(path("data/sekha.db"), join(copy, "sekha.db"));
    return checkAsV1(join(copy, "sekha.db"));
  } finally {
    rmSync(copy, { recursive: true });
  }
}
