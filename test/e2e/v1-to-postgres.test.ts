import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished } from "vitest";
import { hasPostgres, postgresForTests } from "../support/postgres-server.ts";
import { runSekha, type SekhaOptions, SekhaProcess } from "../support/sekha-process.ts";
import { where } from "../support/skipping.ts";
import { emptyDataDirectory } from "../support/temporary-place.ts";
import { checkAsV1, writeV1Memory } from "../support/v1-memory.ts";

const { describe, test } = where(
  hasPostgres(),
  "a PostgreSQL server",
  "set SEKHA_TEST_POSTGRES_URL",
);
const TO_POSTGRES = ["migrate", "storage", "--from", "sqlite", "--to", "postgres"];

function digestOf(file: string): string {
  return createHash("sha256").update(readFileSync(file)).digest("hex");
}

interface ExportedConversation {
  id: string;
  messages: { content: string }[];
}

/** Every conversation as a file has it. */
async function exported(options: SekhaOptions): Promise<ExportedConversation[]> {
  const { code, stdout, stderr } = await runSekha(["export"], options);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  const conversations = stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as ExportedConversation);
  return conversations.sort((one, other) => one.id.localeCompare(other.id));
}

describe("version 1's memory in PostgreSQL", () => {
  test("a pair of commands brings it there whole, and a server finds it by word [req:v1.to-postgres]", {
    timeout: 120_000,
  }, async () => {
    const dataDirectory = emptyDataDirectory();
    const memory = writeV1Memory({ file: join(dataDirectory, "sekha.db") });
    const before = digestOf(memory.file);
    const database = await postgresForTests();
    onTestFinished(() => database.close());
    const here = { dataDirectory };
    const there = { dataDirectory, environment: { DATABASE_URL: database.url } };

    // As the guide has them: the address may be set from the beginning.
    const data = await runSekha(["migrate", "data", "--json"], there);
    expect(JSON.parse(data.stdout)).toMatchObject({
      verified: { messages: memory.messages.length, differing: 0 },
    });
    const storage = await runSekha([...TO_POSTGRES, "--json"], there);
    expect(storage.stderr).toBe("");
    expect(JSON.parse(storage.stdout)).toMatchObject({
      verified: { messages: memory.messages.length, differing: 0 },
    });
    const conversations = await exported(there);
    expect(conversations).toEqual(await exported(here));
    expect(conversations.flatMap(({ messages }) => messages)).toHaveLength(memory.messages.length);

    const sekha = await SekhaProcess.start(there);
    onTestFinished(() => sekha.kill());
    const wanted = conversations.find(({ id }) => id === memory.summarised)?.messages[0]?.content;
    const { body } = await sekha.json("POST", "/api/v1/query", {
      query: wanted,
      mode: "keyword",
      limit: 3,
    });
    expect(body.results.map(({ content }: { content: string }) => content)).toContain(wanted);
    expect(await sekha.stop()).toBe(0);
    expect(digestOf(memory.file)).toBe(before);
    expect(checkAsV1(memory.file).messages).toBe(memory.messages.length);
  });
});
