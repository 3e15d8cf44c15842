import { describe, expect, test } from "vitest";
import type { Message } from "../conversations/conversation.ts";
import { SekhaError } from "../errors.ts";
import { fakeLanguageTasks } from "../ports/__fixtures__/fake-language-tasks.ts";
import type { ReadFacts, UnreadConversation } from "../ports/fact-store.ts";
import type { ExtractedFact, TaskCall } from "../ports/language-tasks.ts";
import { FactExtraction } from "./fact-extraction.ts";

const HOUR = 3_600_000;

interface World {
  /** By id of the conversation. */
  said: Record<string, Partial<Message>[]>;
  facts?: (texts: readonly string[]) => Promise<ExtractedFact[]>;
  method?: "model" | "rules";
  hasChatModel?: boolean;
  /** Already read of each. */
  read?: number;
  /** Pauses after which it ends. */
  steps: number;
}

/** Runs for some steps with a clock that only its pauses move. */
async function extracted(world: World) {
  const read = new Map(Object.keys(world.said).map((id) => [id, world.read ?? 0]));
  const saved: ({ id: string } & ReadFacts)[] = [];
  const asked: { texts: readonly string[]; call: TaskCall; at: number }[] = [];
  const quiet: number[] = [];
  const pauses: number[] = [];
  const warnings: string[] = [];
  const stop = new AbortController();
  let now = 10 * HOUR;
  const extraction = new FactExtraction({
    facts: {
      unread: async (quietBefore) => {
        quiet.push(now - quietBefore);
        return [...read].flatMap(([id, done]): UnreadConversation[] => {
          const messageCount = world.said[id]?.length ?? 0;
          return done < messageCount ? [{ owner: "ann", id, messageCount, read: done }] : [];
        });
      },
      save: async (_owner, id, found) => {
        saved.push({ id, ...found });
        read.set(id, found.to);
        return true;
      },
    },
    store: {
      messages: async (_owner, id, { limit, offset }) => {
        const items = (world.said[id] ?? []).map(
          (one, place) => ({ id: `${id}${place}`, role: "user", name: null, ...one }) as Message,
        );
        if (items[0]?.content === "gone") {
          read.delete(id);
          throw new SekhaError("not_found", "gone");
        }
        return { items: items.slice(offset, offset + limit), total: items.length };
      },
    },
    tasks: fakeLanguageTasks({
      hasChatModel: async () => world.hasChatModel ?? true,
      facts: async (texts, call) => {
        asked.push({ texts, call, at: now });
        const facts = (await world.facts?.(texts)) ?? [];
        return { facts, model: "m", method: world.method ?? "model" };
      },
    }),
    log: {
      debug: () => undefined,
      info: () => undefined,
      error: () => undefined,
      warn: (text) => warnings.push(text),
    },
    clock: () => now,
    sleep: async (milliseconds) => {
      pauses.push(milliseconds);
      now += milliseconds;
      if (pauses.length === world.steps) stop.abort();
    },
    options: { quietMs: HOUR / 2, perHour: 60 },
  });
  await extraction.run(stop.signal);
  return { saved, asked, quiet, pauses, warnings };
}

const rent = (source: number) => ({ subject: "user", attribute: "rent", value: "950", source });

describe("facts extracted in the background [req:facts.work]", () => {
  test("are one call for a conversation's messages, at the owner's cost, and only what people say", async () => {
    const { saved, asked, quiet } = await extracted({
      said: {
        a: [
          { content: "Hello" },
          { content: "My rent?", role: "assistant" },
          { content: "It is 950", name: "Ann" },
        ],
      },
      facts: async () => [rent(1), rent(7)],
      steps: 3,
    });
    expect(asked.map(({ texts }) => texts)).toEqual([["Hello", "Ann: It is 950"]]);
    expect(asked[0]?.call).toMatchObject({ owner: "ann", background: true });
    expect(quiet[0]).toBe(HOUR / 2);
    const { source: _, ...fact } = rent(1);
    expect(saved).toEqual([
      { id: "a", from: 0, to: 3, model: "m", facts: [{ ...fact, messageId: "a2" }] },
    ]);
  });

  test("go on where they stopped, and read long conversations in parts within the hour's calls", async () => {
    const turns = Array.from({ length: 130 }, (_, place) => ({ content: `turn ${place}` }));
    const { saved, asked } = await extracted({ said: { a: turns }, read: 5, steps: 4 });
    expect(saved.map(({ from, to }) => [from, to])).toEqual([
      [5, 65],
      [65, 125],
      [125, 130],
    ]);
    expect(asked.map(({ at }) => at - 10 * HOUR)).toEqual([0, 60_000, 120_000]);
    expect(asked[0]?.texts[0]).toBe("turn 5");
  });

  test("read no more at once than 12,000 characters, and of a long message its beginning", async () => {
    const turns = Array.from({ length: 20 }, () => ({ content: "x".repeat(5000) }));
    const { asked } = await extracted({ said: { a: turns }, steps: 1 });
    expect(asked[0]?.texts.map((text) => text.length)).toEqual(Array(8).fill(1500));
  });

  test("pass over what nobody says and what was deleted, without a call", async () => {
    const { saved, asked, warnings } = await extracted({
      said: {
        a: [{ content: "I help.", role: "assistant" }, { content: " " }],
        b: [{ content: "gone" }],
      },
      steps: 3,
    });
    expect(saved).toEqual([{ id: "a", from: 0, to: 2, model: "", facts: [] }]);
    expect([...asked, ...warnings]).toEqual([]);
  });

  test("wait longer while the model fails, and leave what it failed at for the others", async () => {
    const { saved, pauses, warnings } = await extracted({
      said: { a: [{ content: "poison" }], b: [{ content: "fine" }] },
      facts: async ([text]) =>
        text === "poison" ? Promise.reject(new SekhaError("providers_unavailable", "down")) : [],
      steps: 2,
    });
    expect(pauses).toEqual([120_000, 60_000]);
    expect(saved.map(({ id }) => id)).toEqual(["b"]);
    expect(warnings).toEqual(["A model could not find facts in a: down"]);
  });

  test("note nothing as read that no model read", async () => {
    const { saved } = await extracted({
      said: { a: [{ content: "x" }] },
      method: "rules",
      steps: 1,
    });
    expect(saved).toEqual([]);
    const { asked, quiet } = await extracted({
      said: { a: [{ content: "x" }] },
      hasChatModel: false,
      steps: 2,
    });
    expect([asked, quiet]).toEqual([[], []]);
  });
});
