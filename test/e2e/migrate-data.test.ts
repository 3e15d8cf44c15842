import { createHash } from "node:crypto";
import {
  copyFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, onTestFinished, test } from "vitest";
import { inspectDatabase, SOUND } from "../support/database-file.ts";
import { announcedSeed, SeededRandom } from "../support/seeded-random.ts";
import { runSekha, SekhaProcess, startCommand } from "../support/sekha-process.ts";
import { emptyDataDirectory, startedSekha } from "../support/temporary-place.ts";
import { uniqueWordOf } from "../support/unique-text.ts";
import { checkAsV1, type V1MemoryOptions, writeV1Memory } from "../support/v1-memory.ts";

function place(options: Partial<V1MemoryOptions> = {}) {
  const dataDirectory = emptyDataDirectory();
  const memory = writeV1Memory({ file: join(dataDirectory, "sekha.db"), ...options });
  return { dataDirectory, memory, before: hashesBeside(memory.file) };
}

/** What the old file and everything of its name beside it holds. */
function hashesBeside(file: string): Record<string, string> {
  const folder = dirname(file);
  const names = readdirSync(folder).filter((name) => name.startsWith("sekha.db"));
  return Object.fromEntries(
    names.map((name) => [
      name,
      createHash("sha256")
        .update(readFileSync(join(folder, name)))
        .digest("hex"),
    ]),
  );
}

describe("sekha migrate data", () => {
  test("looks, brings over, compares, and a second time changes nothing [req:v1.data-command] [req:v1.data-verified] [req:v1.data-untouched]", async () => {
    const { dataDirectory, memory, before } = place({ checkpointed: false });
    const options = { dataDirectory };
    const dry = await runSekha(["migrate", "data", "--dry-run"], options);
    expect(dry).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/10 conversations, 58 messages/),
    });
    expect(readdirSync(dataDirectory).filter((name) => !name.startsWith("sekha.db"))).toEqual([]);

    const done = await runSekha(["migrate", "data", "--json"], options);
    expect(JSON.parse(done.stdout)).toMatchObject({
      v1: memory.file,
      file: join(dataDirectory, "sekha-v2.db"),
      before: { conversations: 10, messages: 58, summaries: 2 },
      written: { conversations: 10, messages: 58, summaries: 2, pinned: 1, archived: 1 },
      verified: { conversations: 10, messages: 58, differing: 0 },
    });
    const again = await runSekha(["migrate", "data"], options);
    expect(again).toMatchObject({ code: 0, stderr: expect.stringMatching(/there already/) });
    const verified = await runSekha(["migrate", "data", memory.file, "--verify"], options);
    expect(verified).toMatchObject({ code: 0, stdout: expect.stringMatching(/Compared +10 conv/) });
    expect(inspectDatabase(dataDirectory)).toMatchObject({ ...SOUND, messages: 58 });
    expect(hashesBeside(memory.file)).toEqual(before);
  });

  test("says what was changed since, what is missing, and adds it only when told [req:v1.data-merge]", async () => {
    const { dataDirectory, memory } = place();
    const sekha = await startedSekha({ dataDirectory });
    const [first = "", second = ""] = memory.conversations;
    await sekha.client.conversations.update(first, { label: "Changed here" });
    await sekha.client.conversations.delete(second);
    const running = await runSekha(["migrate", "data", "--yes"], { dataDirectory });
    expect(running).toMatchObject({ code: 1, stderr: expect.stringMatching(/Stop it first/) });
    const compared = await runSekha(["migrate", "data", "--verify"], { dataDirectory });
    expect(compared.code).toBe(2);
    expect(compared.stderr).toContain(`conversation ${first}: label`);
    expect(compared.stderr).toContain(`conversation ${second}: missing`);
    await sekha.stop();
    const asked = await runSekha(["migrate", "data"], { dataDirectory });
    expect(asked).toMatchObject({ code: 1, stderr: expect.stringMatching(/--yes to add/) });
    const added = await runSekha(["migrate", "data", "--yes", "--json"], { dataDirectory });
    expect(JSON.parse(added.stdout).written).toMatchObject({ conversations: 1, known: 9 });
    expect(inspectDatabase(dataDirectory)).toMatchObject({ ...SOUND, messages: 58 });
  });

  test("refuses what it cannot read, and leaves it [req:v1.data-refusals]", async () => {
    const { dataDirectory, memory } = place();
    const options = { dataDirectory };
    const missing = await runSekha(["migrate", "data", "nowhere.db"], options);
    expect(missing).toMatchObject({ code: 1, stderr: expect.stringMatching(/no file .*nowhere/) });
    rmSync(memory.file);
    const nothing = await runSekha(["migrate", "data"], options);
    expect(nothing).toMatchObject({ code: 1, stderr: expect.stringMatching(/sekha\.db/) });
    const both = await runSekha(["migrate", "data", "--verify", "--dry-run"], options);
    expect(both.code).toBe(64);
  });
});

test("what version 1 wrote after a rollback is named at the next start, and added when told [req:v1.data-merge]", async () => {
  const { dataDirectory, memory } = place();
  const first = await startedSekha({ dataDirectory });
  await first.stop();
  expect(first.output).not.toContain("was used again");
  const database = new DatabaseSync(memory.file);
  database.exec(`INSERT INTO messages (id, conversation_id, role, content, timestamp)
    SELECT '33333333-0000-4000-8000-000000000000', conversation_id, 'user', 'quinceberry', timestamp
    FROM messages LIMIT 1`);
  database.close();
  const again = await startedSekha({ dataDirectory });
  await again.logged(/Version 1 was used again: .* 0 conversations and 1 messages more/);
  await again.stop();
  const asked = await runSekha(["migrate", "data"], { dataDirectory });
  expect(asked).toMatchObject({ code: 1, stderr: expect.stringMatching(/without .*1 message /) });
  const added = await runSekha(["migrate", "data", "--yes"], { dataDirectory });
  expect(added).toMatchObject({
    code: 0,
    stderr: expect.stringMatching(/end of those: 1 message/),
  });
  const later = await startedSekha({ dataDirectory });
  expect(later.output).not.toContain("was used again");
  const { results } = await later.client.search({ query: "quinceberry" });
  expect(results[0]).toMatchObject({ content: "quinceberry" });
});

describe("the first start", () => {
  test("brings a memory of version 1 over by itself, says so, and it is found by word at once [req:v1.data-first-start] [req:v1.data-word-at-once] [req:v1.data-untouched]", async () => {
    const { dataDirectory, memory, before } = place({ checkpointed: false });
    const sekha = await startedSekha({ dataDirectory });
    await sekha.logged(/Found a memory of version 1: .*sekha\.db\. It stays as it is/);
    await sekha.logged(/Version 1's memory is here: 10 conversations, 58 messages/);
    const { client } = sekha;
    const pinned = await client.conversations.get(memory.pinned);
    expect(pinned).toMatchObject({ pinned: true, label: "Never forget" });
    const word = uniqueWordOf(String(pinned.messages[0]?.content));
    const { results } = await client.search({ query: word });
    expect(results[0]).toMatchObject({ conversation_id: memory.pinned });
    const { label } = await client.conversations.unpin(memory.pinned);
    expect(label).toBe("Never forget");
    expect((await client.conversations.get(memory.pinned)).importance_score).toBe(5);
    await sekha.stop();
    expect(hashesBeside(memory.file)).toEqual(before);
    const later = await sekha.restart();
    expect(later.output).not.toContain("Found a memory");
    await later.kill();
  });

  test("with the old file as database_url keeps its rows beside it, also when that file is gone [req:v1.data-database-url]", async () => {
    const { dataDirectory, memory, before } = place();
    const environment = { DATABASE_URL: `sqlite://${memory.file}?mode=rwc` };
    const sekha = await startedSekha({ dataDirectory, environment });
    expect((await sekha.client.conversations.get(memory.pinned)).pinned).toBe(true);
    await sekha.stop();
    expect(hashesBeside(memory.file)).toEqual(before);
    expect(existsSync(join(dataDirectory, "sekha-v2.db"))).toBe(true);
    rmSync(memory.file);
    const later = await startedSekha({ dataDirectory, environment });
    expect((await later.client.conversations.get(memory.pinned)).pinned).toBe(true);
    expect(existsSync(memory.file)).toBe(false);
  });

  test("with an old file that cannot be read does not start with nothing instead [req:v1.data-refusals]", async () => {
    const { dataDirectory, memory } = place({ messages: 400 });
    const bytes = readFileSync(memory.file);
    const cut = bytes.subarray(0, bytes.length / 2);
    writeFileSync(memory.file, cut);
    const sekha = SekhaProcess.spawn({ dataDirectory });
    onTestFinished(() => sekha.kill());
    expect(await sekha.exited()).toBe(1);
    expect(sekha.output).toMatch(/cannot be read as a memory of Sekha 1/);
    expect(existsSync(join(dataDirectory, "sekha-v2.db"))).toBe(false);
    expect(readFileSync(memory.file).equals(cut)).toBe(true);
  });

  test("killed at random moments loses and doubles nothing [req:v1.data-killed]", async () => {
    const { dataDirectory, memory, before } = place({ messages: 12_000, checkpointed: false });
    const random = new SeededRandom(announcedSeed("first start killed"));
    let unfinished = 0;
    for (let death = 0; death < 6; death += 1) {
      const sekha = SekhaProcess.spawn({ dataDirectory });
      await sekha.logged(/Found a memory of version 1/).catch(() => undefined);
      await sleep(random.whole(0, 500));
      await sekha.kill();
      if (!existsSync(join(dataDirectory, "sekha-v2.db"))) unfinished += 1;
      else break;
    }
    expect(unfinished).toBeGreaterThan(0);
    const killed = startCommand(["migrate", "data"], { dataDirectory });
    await sleep(random.whole(200, 900));
    await killed.kill();
    const sekha = await startedSekha({ dataDirectory });
    await sekha.stop();
    expect(inspectDatabase(dataDirectory)).toMatchObject({
      ...SOUND,
      conversations: memory.conversations.length + 1,
      messages: memory.messages.length,
    });
    const verified = await runSekha(["migrate", "data", "--verify"], { dataDirectory });
    expect(verified.code).toBe(0);
    expect(readdirSync(dataDirectory).filter((name) => name.includes("migrating"))).toEqual([]);
    expect(hashesBeside(memory.file)).toEqual(before);
  });
});

test("version 1 opens its file and its backup after version 2 has run on them [req:v1.data-rollback]", async () => {
  const { dataDirectory, memory, before } = place();
  const backup = `${memory.file}.v1.backup`;
  copyFileSync(memory.file, backup);
  const sekha = await startedSekha({ dataDirectory });
  await sekha.client.conversations.delete(memory.pinned);
  await sekha.stop();
  const { "sekha.db": hash } = before;
  expect(hashesBeside(memory.file)).toEqual({ "sekha.db": hash, "sekha.db.v1.backup": hash });
  // As the guide has it.
  copyFileSync(backup, memory.file);
  expect(checkAsV1(memory.file)).toEqual({ conversations: 10, messages: 58 });
});
