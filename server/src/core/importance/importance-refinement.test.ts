import { describe, expect, test } from "vitest";
import { excerptOf } from "../conversations/both-ends.ts";
import type { Message } from "../conversations/conversation.ts";
import { SekhaError } from "../errors.ts";
import { fakeLanguageTasks } from "../ports/__fixtures__/fake-language-tasks.ts";
import type { DueConversation, Judgement } from "../ports/importance-work.ts";
import type { TaskCall } from "../ports/language-tasks.ts";
import { ImportanceRefinement } from "./importance-refinement.ts";

const HOUR = 3_600_000;
const DECISION = "We decided to move to Lisbon on 2026-03-01; please remember that.";

interface World {
  due: DueConversation[];
  texts?: Record<string, string[]>;
  score?: (text: string, call: TaskCall) => Promise<{ score: number; method: "model" | "rules" }>;
  hasChatModel?: boolean;
  /** Pauses after which it ends. */
  steps: number;
}

/** Runs for some steps with a clock that only its pauses move. */
async function refined(world: World) {
  const noted: { id: string; judgement: Judgement }[] = [];
  const asked: { text: string; call: TaskCall; at: number }[] = [];
  const quiet: number[] = [];
  const pauses: number[] = [];
  const warnings: string[] = [];
  const stop = new AbortController();
  let now = 10 * HOUR;
  const refinement = new ImportanceRefinement({
    work: {
      due: async (quietBefore) => {
        quiet.push(now - quietBefore);
        return world.due.filter(({ id }) => !noted.some((one) => one.id === id));
      },
      note: async (_owner, id, judgement) => {
        noted.push({ id, judgement });
        return true;
      },
    },
    store: {
      messages: async (_owner, id, { limit, offset }) => {
        const texts = world.texts?.[id] ?? [DECISION];
        if (texts[0] === "gone") throw new SekhaError("not_found", "gone");
        const items = texts.map((content) => ({ role: "user", content }) as Message);
        return { items: items.slice(offset, offset + limit), total: items.length };
      },
    },
    tasks: fakeLanguageTasks({
      hasChatModel: async () => world.hasChatModel ?? true,
      score: async (text, call) => {
        asked.push({ text, call, at: now });
        const answer = (await world.score?.(text, call)) ?? { score: 9, method: "model" };
        return { ...answer, model: "m", reasoning: "because" };
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
  await refinement.run(stop.signal);
  return { noted, asked, quiet, pauses, warnings };
}

const due = (...ids: string[]) => ids.map((id) => ({ owner: "ann", id, messageCount: 3 }));

describe("importance judged by a model [req:importance.model]", () => {
  test("is one call a conversation, in the background, at the owner's cost, beside the rules", async () => {
    const { noted, asked, quiet } = await refined({ due: due("a"), steps: 3 });
    expect(asked).toHaveLength(1);
    expect(asked[0]?.text).toBe(`user: ${DECISION}`);
    expect(asked[0]?.call).toMatchObject({ owner: "ann", background: true });
    expect(quiet[0]).toBe(HOUR / 2);
    const [only] = noted;
    expect(only).toMatchObject({ id: "a", judgement: { messages: 3 } });
    // 0.7 of the model's 9, the rest by the rules.
    const byRules = ((only?.judgement.score ?? 0) - 6.3) / 0.3;
    expect(byRules).toBeGreaterThan(4);
    expect(byRules).toBeLessThanOrEqual(10);
  });

  test("keeps to its calls an hour", async () => {
    const { asked } = await refined({ due: due(..."abcdefgh"), steps: 5 });
    expect(asked.map(({ at }) => at - 10 * HOUR)).toEqual([0, 60_000, 120_000, 180_000, 240_000]);
  });

  test("is never asked for without a chat model", async () => {
    const { asked, quiet } = await refined({ due: due("a"), hasChatModel: false, steps: 3 });
    expect([asked, quiet]).toEqual([[], []]);
  });

  test("waits longer and longer while the model fails, and tries the others first", async () => {
    const { asked, pauses, noted, warnings } = await refined({
      due: due("a", "b", "c"),
      score: async (text) =>
        text.includes("poison")
          ? Promise.reject(new SekhaError("providers_unavailable", "down"))
          : { score: 4, method: "model" },
      texts: { a: ["poison"], b: ["poison"] },
      steps: 4,
    });
    expect(pauses.slice(0, 3)).toEqual([120_000, 240_000, 60_000]);
    expect(noted.map(({ id }) => id)).toEqual(["c"]);
    expect(warnings).toHaveLength(2);
    expect(asked).toHaveLength(3);
  });

  test("is not taken from rules that stood in for a failed model", async () => {
    const { noted, warnings } = await refined({
      due: due("a"),
      score: async () => ({ score: 2, method: "rules" }),
      steps: 1,
    });
    expect(noted).toEqual([]);
    expect(warnings[0]).toContain("because");
  });

  test("passes over what was deleted and what says nothing", async () => {
    const { noted, asked } = await refined({
      due: due("a", "b").slice(1),
      texts: { b: ["  "] },
      steps: 2,
    });
    expect(noted).toEqual([{ id: "b", judgement: { score: null, messages: 3 } }]);
    const deleted = await refined({ due: due("a"), texts: { a: ["gone"] }, steps: 2 });
    expect([...asked, ...deleted.asked, ...deleted.warnings, ...deleted.noted]).toEqual([]);
  });

  test("reads the beginning and the end of a long conversation, within bounds", async () => {
    const texts = Array.from({ length: 500 }, (_, number) => `turn ${number}`);
    const { asked } = await refined({ due: due("a"), texts: { a: texts }, steps: 1 });
    const [{ text } = { text: "" }] = asked;
    expect(text).toMatch(/^user: turn 0\n/);
    expect(text).toMatch(/user: turn 499$/);
    expect(text).not.toContain("turn 250");
    const long = excerptOf(
      Array.from({ length: 50 }, () => ({ role: "user", content: "x".repeat(9999) })),
    );
    expect(long.length).toBeLessThan(12_100);
  });
});
