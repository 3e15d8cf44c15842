import { expect, test } from "vitest";
import { SekhaError } from "../errors.ts";
import { soleLeadership } from "../ports/leadership.ts";
import type { Summary } from "../ports/summary-store.ts";
import { SummarySchedule, type SummaryScheduleDependencies } from "./summary-schedule.ts";

const MINUTE = 60_000;

/** A schedule whose pauses are noted and end at once, until `runs` of them. */
function scheduleWith(changes: Partial<SummaryScheduleDependencies>, runs: number) {
  const pauses: number[] = [];
  const log: string[] = [];
  const note = (level: string) => (text: string) => {
    log.push(`${level}: ${text}`);
  };
  const over = Promise.withResolvers<void>();
  const schedule = new SummarySchedule({
    users: { list: async () => ["ann", "bob"] },
    summaries: { due: async () => [] },
    ofConversations: { summary: () => Promise.reject(new Error("nothing is due")) },
    ofPeriods: { work: async () => 0 },
    leadership: soleLeadership,
    log: { debug: note("debug"), info: note("info"), warn: note("warn"), error: note("error") },
    clock: () => 0,
    sleep: async (milliseconds, signal) => {
      pauses.push(milliseconds);
      if (pauses.length <= runs) return;
      over.resolve();
      await new Promise<void>((resolve) => {
        if (signal.aborted) resolve();
        signal.addEventListener("abort", () => resolve(), { once: true });
      });
    },
    ...changes,
  });
  return { schedule, pauses, log, over: over.promise };
}

const SUMMARY: Summary = {
  ...{ id: "s", conversationId: "c", level: "daily", text: "t", since: 0, until: 0 },
  ...{ model: "m", method: "model", generatedAt: 0 },
};

test("every owner's periods and conversations are looked at, in turns while there is more [req:summaries.catch-up]", async () => {
  const asked: string[] = [];
  let left = 15;
  const { schedule, pauses, log, over } = scheduleWith(
    {
      ofPeriods: {
        work: async (limit, { owner, background }) => {
          expect(background).toBe(true);
          const made = owner === "ann" ? Math.min(limit, left) : 0;
          left -= made;
          return made;
        },
      },
      summaries: { due: async (owner) => (owner === "bob" ? ["c"] : []) },
      ofConversations: {
        summary: async (id, level, { owner }) => {
          asked.push(`${owner} ${id} ${level}`);
          return SUMMARY;
        },
      },
    },
    2,
  );
  schedule.start();
  await over;
  await schedule.stop();
  expect(pauses).toEqual([MINUTE, 2000, 10 * MINUTE]);
  expect(asked).toEqual(["bob c daily", "bob c daily"]);
  expect(log[0]).toBe("info: Wrote summaries of 0 conversations and 10 days, weeks and months");
});

test("an outage is waited out ever longer and said once, and its end too [req:summaries.failure]", async () => {
  let failures = 8;
  const { schedule, pauses, log, over } = scheduleWith(
    {
      ofPeriods: {
        work: async () => {
          failures -= 1;
          if (failures >= 0) throw new SekhaError("providers_unavailable", "asleep");
          return 0;
        },
      },
    },
    9,
  );
  schedule.start();
  await over;
  await schedule.stop();
  const minutes = pauses.map((pause) => pause / MINUTE);
  expect(minutes).toEqual([1, 1, 2, 4, 8, 16, 32, 60, 60, 10]);
  expect(log).toEqual([
    "warn: Summaries wait and are tried again: asleep",
    "info: Summaries are made again",
  ]);
});

test("a conversation that a model refuses does not stop the others, and is not sent again [req:summaries.failure]", async () => {
  const asked: string[] = [];
  const { schedule, log, over } = scheduleWith(
    {
      users: { list: async () => ["ann"] },
      summaries: { due: async () => (asked.length < 2 ? ["bad", "good"] : ["bad"]) },
      ofConversations: {
        summary: async (id) => {
          asked.push(id);
          if (id === "bad") throw new SekhaError("content_filtered", "no");
          return SUMMARY;
        },
      },
    },
    2,
  );
  schedule.start();
  await over;
  await schedule.stop();
  expect(asked).toEqual(["bad", "good"]);
  expect(log.filter((line) => line.startsWith("warn"))).toHaveLength(1);
});

test("a stop calls off what is under way and says nothing [req:summaries.catch-up]", async () => {
  const begun = Promise.withResolvers<void>();
  const { schedule, log } = scheduleWith(
    {
      ofPeriods: {
        work: (_limit, { signal }) =>
          new Promise((_, reject) => {
            signal.addEventListener("abort", () => reject(signal.reason), { once: true });
            begun.resolve();
          }),
      },
    },
    1,
  );
  schedule.start();
  await begun.promise;
  await schedule.stop();
  expect(log).toEqual([]);
});

test("only the leader works", async () => {
  let looks = 0;
  const { schedule } = scheduleWith(
    {
      users: {
        list: async () => {
          looks += 1;
          return [];
        },
      },
      leadership: { withLeadership: async () => undefined },
    },
    1,
  );
  schedule.start();
  await schedule.stop();
  expect(looks).toBe(0);
});
