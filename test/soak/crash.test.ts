import { expect, onTestFinished, test } from "vitest";
import { CrashDrill } from "../support/crash-drill.ts";
import { announcedSeed, SeededRandom } from "../support/seeded-random.ts";
import { emptyDataDirectory } from "../support/temporary-place.ts";

test("fifty deaths by SIGKILL while storing and importing lose nothing acknowledged and double nothing", async () => {
  const random = new SeededRandom(announcedSeed("fifty deaths"));
  const drill = new CrashDrill({
    dataDirectory: emptyDataDirectory(),
    random,
    latestDeathMs: 300,
    requestsPerClient: 100,
    importedConversations: 150,
  });
  onTestFinished(() => drill.end());
  for (let count = 0; count < 10; count += 1) {
    await drill.killWhileStoring();
    await drill.killWhileStoring();
    await drill.killWhileImporting();
    await drill.killServerUnderCommand();
    await (random.next() < 0.5 ? drill.killCommandAlone() : drill.killWhileStoring());
  }
  await drill.finish();
  expect(drill.acknowledged).toBeGreaterThan(500);
  expect(drill.interrupted).toBeGreaterThan(20);
});
