import { describe, expect, it } from "vitest";
import type { ConversationDraft } from "../conversations/conversation.ts";
import { SekhaError } from "../errors.ts";
import type { ImportIdentity, ImportOutcome } from "../ports/conversation-store.ts";
import { bytesOf, NOW } from "./__fixtures__/parsing.ts";
import { type ImportRequest, MAX_REFUSALS, runImport } from "./importer.ts";
import type { ImportSource } from "./parsed-import.ts";
import type { ImportProgress } from "./progress-meter.ts";

/** Remembers messages by key, as the ledger of a real store does. */
class LedgerStore {
  readonly stored = new Map<string, Set<string>>();
  inFlight = 0;
  mostInFlight = 0;
  private readonly fail: ((draft: ConversationDraft) => Error | undefined) | undefined;

  constructor(fail?: (draft: ConversationDraft) => Error | undefined) {
    this.fail = fail;
  }

  async import(
    _owner: string,
    { source, externalId }: ImportIdentity,
    draft: ConversationDraft,
  ): Promise<ImportOutcome> {
    this.inFlight += 1;
    this.mostInFlight = Math.max(this.mostInFlight, this.inFlight);
    await new Promise((resolve) => setImmediate(resolve));
    this.inFlight -= 1;
    const error = this.fail?.(draft);
    if (error !== undefined) {
      throw error;
    }
    const conversationId = `${source}/${externalId}`;
    const known = this.stored.get(conversationId);
    const keys = draft.messages.map((message) => message.importKey ?? "");
    const fresh = keys.filter((key) => known?.has(key) !== true);
    const all = known ?? new Set<string>();
    for (const key of fresh) {
      all.add(key);
    }
    this.stored.set(conversationId, all);
    if (known === undefined) {
      return { state: "created", conversationId, messages: fresh.length };
    }
    return fresh.length > 0
      ? { state: "extended", conversationId, messages: fresh.length }
      : { state: "unchanged", conversationId, messages: 0 };
  }
}

function source(name: string, text: string): ImportSource {
  return { name, size: Buffer.byteLength(text), open: () => bytesOf(text, 64) };
}

function conversations(count: number, more = ""): string {
  const items = Array.from({ length: count }, (_, index) => ({
    id: `c${index}`,
    title: `T${index}`,
    messages: [
      { role: "user", content: "q" },
      { role: "assistant", content: "a" },
    ],
  }));
  return `[${items.map((item) => JSON.stringify(item)).join(",")}${more}]`;
}

function run(store: LedgerStore, sources: ImportSource[], more: Partial<ImportRequest> = {}) {
  return runImport({ sources, owner: "local", store, now: () => NOW, ...more });
}

describe("an import", () => {
  it("stores side by side, counts, and changes nothing when repeated", async () => {
    const store = new LedgerStore();
    const first = await run(store, [source("a.json", conversations(30))], { concurrency: 4 });
    expect(first).toMatchObject({ created: 30, messages: 60, refusedCount: 0, stopped: null });
    expect(store.mostInFlight).toBe(4);
    const again = await run(store, [source("a.json", conversations(31))]);
    expect(again).toMatchObject({ created: 1, unchanged: 30, extended: 0, messages: 2 });
  });

  it("refuses a bad conversation with place, title and reason and stores the others", async () => {
    const store = new LedgerStore((draft) =>
      draft.label === "T1" ? new SekhaError("validation_failed", "The label is bad.") : undefined,
    );
    const report = await run(store, [
      source("a.json", conversations(3, ',{"title":"Empty","messages":[]}')),
      source("b.txt", "prose"),
    ]);
    expect(report.created).toBe(2);
    expect(report.refused.map(({ location, title }) => [location.file, title])).toEqual(
      expect.arrayContaining([
        ["a.json", "T1"],
        ["a.json", "Empty"],
        ["b.txt", null],
      ]),
    );
    expect(report.perSource.map(({ created, refused }) => [created, refused])).toEqual([
      [2, 2],
      [0, 1],
    ]);
  });

  it.each(["storage_full", "unavailable"] as const)(
    "stops when the store is %s, says what is stored, and goes on when run again",
    async (code) => {
      let room = 5;
      const store = new LedgerStore(() => {
        room -= 1;
        return room < 0 ? new SekhaError(code, "No room.") : undefined;
      });
      const files = [source("a.json", conversations(100)), source("b.json", conversations(1))];
      const report = await run(store, files, { concurrency: 2 });
      expect(report).toMatchObject({ created: 5, refusedCount: 0, stopped: { reason: code } });
      expect(report.stopped?.message).toContain("5 new");
      expect(report.perSource).toHaveLength(1);
      room = 1000;
      expect(await run(store, files)).toMatchObject({ created: 95, unchanged: 6, stopped: null });
    },
  );

  it("keeps the order of portions of one conversation and counts it once", async () => {
    const lines = Array.from(
      { length: 12_000 },
      (_, index) => `{"role":"user","content":"m${index}"}`,
    );
    const store = new LedgerStore();
    const report = await run(store, [source("log.jsonl", lines.join("\n"))]);
    expect(report).toMatchObject({ created: 1, extended: 0, messages: 12_000 });
    expect([...store.stored.values()][0]?.size).toBe(12_000);
  });

  it("reports progress up to the whole with rates", async () => {
    const seen: ImportProgress[] = [];
    let clock = 0;
    const report = await run(new LedgerStore(), [source("a.json", conversations(50))], {
      now: () => (clock += 20),
      onProgress: (progress) => seen.push(progress),
    });
    const last = seen.at(-1);
    expect(last).toMatchObject({
      source: null,
      conversations: 50,
      messages: 100,
      remainingMilliseconds: 0,
    });
    expect(last?.bytesDone).toBe(report.perSource[0]?.size);
    expect(last?.bytesPerSecond).toBeGreaterThan(0);
    expect(seen.length).toBeGreaterThan(1);
    const done = seen.map((progress) => progress.bytesDone);
    expect(done).toEqual(done.toSorted((left, right) => left - right));
  });

  it("stops when it is cancelled", async () => {
    const controller = new AbortController();
    const store = new LedgerStore((draft) => {
      if (draft.label === "T3") {
        controller.abort();
      }
      return undefined;
    });
    const report = await run(store, [source("a.json", conversations(500))], {
      signal: controller.signal,
    });
    expect(report.stopped?.reason).toBe("cancelled");
    expect(report.created).toBeLessThan(50);
  });

  it("counts all refusals but lists only the first", async () => {
    const report = await run(new LedgerStore(), [source("a.json", `[${"{},".repeat(1500)}{}]`)]);
    expect(report.refusedCount).toBe(1501);
    expect(report.refused).toHaveLength(MAX_REFUSALS);
  });

  it("refuses a source that cannot be opened and goes on with the next", async () => {
    const broken: ImportSource = {
      name: "locked.json",
      size: 10,
      open: () => {
        throw new SekhaError("forbidden", "It may not be read.");
      },
    };
    const report = await run(new LedgerStore(), [broken, source("a.json", conversations(1))]);
    expect(report).toMatchObject({ created: 1, refusedCount: 1 });
    expect(report.refused[0]?.reason).toContain("may not be read");
  });
});
