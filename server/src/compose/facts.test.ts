import { describe, expect, test } from "vitest";
import { fakeLanguageTasks } from "../core/ports/__fixtures__/fake-language-tasks.ts";
import { type Leadership, soleLeadership } from "../core/ports/leadership.ts";
import type { Logger } from "../logger.ts";
import { extractFacts } from "./facts.ts";
import type { Stores } from "./stores.ts";

/** Runs until something is saved, or as long as it goes on by itself. */
async function extracted(extract: boolean, leadership: Leadership = soleLeadership) {
  const stop = new AbortController();
  const seen: string[] = [];
  const message = { id: "m", role: "user", name: null, content: "My rent is 950." };
  const rows = {
    facts: {
      unread: async (quietBefore: number) => {
        seen.push(`unread, quiet for ${Math.round((Date.now() - quietBefore) / 60_000)} minutes`);
        return [{ owner: "ann", id: "c", messageCount: 1, read: 0 }];
      },
      save: async (owner: string, id: string) => {
        seen.push(`saved ${owner} ${id}`);
        stop.abort();
        return true;
      },
    },
    conversations: { messages: async () => ({ items: [message], total: 1 }) },
  };
  await extractFacts(
    {
      config: { facts: { extract, quietMinutes: 5, perHour: 3600 } },
      stores: { rows, leadership } as unknown as Stores,
      tasks: fakeLanguageTasks(),
      log: { warn: () => undefined, error: (text: string) => seen.push(text) } as unknown as Logger,
    },
    stop.signal,
  );
  return seen;
}

describe("facts extracted in the background", () => {
  test("are what the configuration says, and end with the process [req:facts.work]", async () => {
    expect(await extracted(true)).toEqual(["unread, quiet for 5 minutes", "saved ann c"]);
  });

  test("are off where nobody has turned them on [req:facts.off]", async () => {
    expect(await extracted(false)).toEqual([]);
  });

  test("are one controller's work: the others wait for the lead [req:facts.work]", async () => {
    const asked: string[] = [];
    const another: Leadership = {
      withLeadership: async (name) => {
        asked.push(name);
      },
    };
    expect(await extracted(true, another)).toEqual([]);
    expect(asked).toEqual(["facts"]);
  });
});
