import { mkdirSync } from "node:fs";
import { expect, onTestFinished, test } from "vitest";
import { CrashDrill } from "../support/crash-drill.ts";
import { announcedSeed, SeededRandom } from "../support/seeded-random.ts";
import { emptyDataDirectory } from "../support/temporary-place.ts";

test("ten deaths by SIGKILL while storing and importing lose nothing acknowledged and double nothing [req:durable.kill-ingest] [req:durable.kill-import] [req:durable.no-duplicates] [req:durable.word-at-once] [req:durable.meaning-after-drain] [req:store.durable-answer] [req:store.queue-survives]", async () => {
  const dataDirectory = emptyDataDirectory();
  mkdirSync(dataDirectory, { recursive: true });
  const drill = new CrashDrill({
    dataDirectory,
    random: new SeededRandom(announcedSeed("ten deaths")),
    latestDeathMs: 120,
    requestsPerClient: 40,
    importedConversations: 40,
  });
  onTestFinished(() => drill.end());
  for (let count = 0; count < 3; count += 1) {
    await drill.killWhileStoring();
    await drill.killWhileStoring();
    await drill.killWhileImporting();
  }
  await drill.killCommandAlone();
  await drill.finish();
  expect(drill.acknowledged).toBeGreaterThan(20);
  expect(drill.interrupted).toBeGreaterThan(0);
}, 300_000);
