import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openCostDatabase } from "./cost-database.ts";

test("a file for costs alone keeps them over a restart", async () => {
  const folder = mkdtempSync(join(tmpdir(), "sekha-costs-"));
  const file = join(folder, "bridge.db");
  const first = await openCostDatabase(file);
  const entry = {
    owner: "local",
    id: "1",
    provider: "openai",
    model: "gpt-4o",
    task: "chat_smart",
    key: "",
    day: "2026-11-25",
    nano: 42n,
    promptTokens: 1,
    completionTokens: 1,
    cachedTokens: 0,
    state: "settled" as const,
  };
  await first.costs.write({ reserve: [], settle: [entry], release: [] });
  await first.close();
  const second = await openCostDatabase(file);
  expect(await second.costs.spentSince("local", { day: "2026-11-01" })).toBe(42n);
  await second.close();
  rmSync(folder, { recursive: true });
});
