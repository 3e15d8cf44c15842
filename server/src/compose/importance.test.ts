import { describe, expect, test } from "vitest";
import { fakeLanguageTasks } from "../core/ports/__fixtures__/fake-language-tasks.ts";
import { type Leadership, soleLeadership } from "../core/ports/leadership.ts";
import type { Logger } from "../logger.ts";
import { refineImportance } from "./importance.ts";
import type { Stores } from "./stores.ts";

/** Runs until something is noted, or as long as it goes on by itself. */
async function refined(refine: boolean, leadership: Leadership = soleLeadership) {
  const stop = new AbortController();
  const seen: string[] = [];
  const message = { role: "user", content: "We decided to move to Lisbon." };
  const rows = {
    importance: {
      due: async (quietBefore: number) => {
        seen.push(`due, quiet for ${Math.round((Date.now() - quietBefore) / 60_000)} minutes`);
        return [{ owner: "ann", id: "c", messageCount: 1 }];
      },
      note: async (owner: string, id: string) => {
        seen.push(`noted ${owner} ${id}`);
        stop.abort();
        return true;
      },
    },
    conversations: { messages: async () => ({ items: [message], total: 1 }) },
  };
  await refineImportance(
    {
      config: { importance: { refine, quietMinutes: 5, perHour: 3600 } },
      stores: { rows, leadership } as unknown as Stores,
      tasks: fakeLanguageTasks(),
      log: { warn: () => undefined, error: (text: string) => seen.push(text) } as unknown as Logger,
    },
    stop.signal,
  );
  return seen;
}

describe("importance judged in the background [req:importance.model]", () => {
  test("is what the configuration says, and ends with the process", async () => {
    expect(await refined(true)).toEqual(["due, quiet for 5 minutes", "noted ann c"]);
  });

  test("is off where it is configured off", async () => {
    expect(await refined(false)).toEqual([]);
  });

  test("is one controller's work: the others wait for the lead", async () => {
    const asked: string[] = [];
    const another: Leadership = {
      withLeadership: async (name) => {
        asked.push(name);
      },
    };
    expect(await refined(true, another)).toEqual([]);
    expect(asked).toEqual(["importance"]);
  });
});
