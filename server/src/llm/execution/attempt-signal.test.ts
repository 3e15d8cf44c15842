import { describe, expect, test } from "vitest";
import { ProviderFailure } from "../failure.ts";
import { VirtualTime } from "./__fixtures__/virtual-time.ts";
import { AttemptSignal } from "./attempt-signal.ts";

function begun(caller = new AbortController()) {
  const time = new VirtualTime();
  const signal = new AttemptSignal({
    caller: caller.signal,
    setTimer: time.setTimer,
    limitMs: 1000,
    overLimit: () => new ProviderFailure("timeout", "over"),
  });
  return { caller, signal, time };
}

describe("the signal", () => {
  test("of a caller that is gone already is aborted from the first", () => {
    const caller = new AbortController();
    caller.abort();
    const { signal, time } = begun(caller);
    expect(signal.aborted).toBe(true);
    expect(signal.signal.aborted).toBe(true);
    expect(signal.signal.reason).toBe(signal.reason);
    expect(time.pending).toBe(0);
  });

  test("tells the platform's and its own listeners once, also those that leave while they are told", () => {
    const { caller, signal, time } = begun();
    const told: string[] = [];
    const first = () => {
      signal.removeEventListener("abort", first);
      told.push("first");
    };
    signal.addEventListener("abort", first);
    signal.addEventListener("abort", { handleEvent: () => told.push("second") });
    signal.signal.addEventListener("abort", () => told.push("platform's"));
    caller.abort();
    caller.abort();
    signal.abort(new ProviderFailure("timeout", "too late"));
    expect(told.toSorted()).toEqual(["first", "platform's", "second"]);
    expect(signal.failure?.category).toBe("aborted");
    expect(time.pending).toBe(0);
  });

  test("that has ended is never aborted", async () => {
    const { caller, signal, time } = begun();
    const told: string[] = [];
    signal.addEventListener("abort", () => told.push("told"));
    signal.end();
    caller.abort();
    signal.abort(new ProviderFailure("timeout", "too late"));
    await time.advance(2000);
    expect([told, signal.aborted, signal.signal.aborted]).toEqual([[], false, false]);
  });
});

describe("the end of a race is told once", () => {
  const failed = new ProviderFailure("server_error", "busy");
  test.each<[string, (at: ReturnType<typeof begun>, work: PromiseWithResolvers<string>) => void]>([
    ["a result", (_, work) => work.resolve("done")],
    ["an error", (_, work) => work.reject(failed)],
    [
      "an abort before the result",
      ({ caller }, work) => {
        caller.abort();
        work.resolve("late");
      },
    ],
    [
      "an abort before the error",
      ({ caller }, work) => {
        caller.abort();
        work.reject(failed);
      },
    ],
    ["an abort of who is deaf", ({ caller }) => caller.abort()],
    ["the limit", () => undefined],
  ])("by %s", async (_, happen) => {
    const at = begun();
    const work = Promise.withResolvers<string>();
    const ends: number[] = [];
    let endsAtAnswer = -1;
    const answered = () => {
      endsAtAnswer = ends.length;
    };
    const race = at.signal
      .race(work.promise, { ended: () => ends.push(at.time.now) })
      .then(answered, answered);
    happen(at, work);
    await at.time.advance(5000);
    await race;
    work.resolve("later still");
    await at.time.advance(5000);
    expect([endsAtAnswer, ends.length]).toEqual([1, 1]);
    at.signal.end();
    expect(at.time.pending).toBe(0);
  });
});

test("a result that comes too late is disposed of, once", async () => {
  const { caller, signal, time } = begun();
  const work = Promise.withResolvers<string>();
  const disposed: string[] = [];
  const race = signal.race(work.promise, { dispose: (late) => disposed.push(late) });
  caller.abort();
  const failed = expect(race).rejects.toMatchObject({ category: "aborted" });
  await time.advance(100);
  await failed;
  expect(disposed).toEqual([]);
  work.resolve("late");
  await time.advance(0);
  expect(disposed).toEqual(["late"]);
});
