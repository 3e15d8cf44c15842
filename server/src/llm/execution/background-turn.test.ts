import { describe, expect, test } from "vitest";
import { VirtualTime } from "./__fixtures__/virtual-time.ts";
import { BackgroundTurn } from "./background-turn.ts";

function turnOf() {
  const time = new VirtualTime();
  const turn = new BackgroundTurn({ setTimer: time.setTimer });
  const begun: string[] = [];
  const ask = (name: string, signal = new AbortController().signal) =>
    turn.enter(signal).then((leave) => {
      begun.push(name);
      return leave;
    });
  return { time, turn, begun, ask };
}

describe("a call that nobody waits for [req:tasks.background]", () => {
  test("begins at once where nothing else goes on", async () => {
    const { ask, begun } = turnOf();
    (await ask("one"))();
    expect(begun).toEqual(["one"]);
  });

  test("waits until the last call that somebody waits for is over", async () => {
    const { time, turn, ask, begun } = turnOf();
    const [first, second] = [turn.begin(), turn.begin()];
    void ask("one");
    await time.advance(1000);
    first();
    first();
    await time.advance(1000);
    expect(begun).toEqual([]);
    second();
    await time.advance(0);
    expect(begun).toEqual(["one"]);
    expect(time.pending).toBe(0);
  });

  test("goes one at a time", async () => {
    const { time, ask, begun } = turnOf();
    const leave = await ask("one");
    void ask("two");
    await time.advance(10);
    expect(begun).toEqual(["one"]);
    leave();
    await time.advance(10);
    expect(begun).toEqual(["one", "two"]);
  });

  test("comes to its turn within a minute where it is never quiet", async () => {
    const { time, turn, ask, begun } = turnOf();
    turn.begin();
    void ask("one");
    await time.advance(59_000);
    expect(begun).toEqual([]);
    await time.advance(2000);
    expect(begun).toEqual(["one"]);
  });

  test("leaves its place when it is called off", async () => {
    const { time, turn, ask, begun } = turnOf();
    const over = turn.begin();
    const calledOff = new AbortController();
    const one = ask("one", calledOff.signal);
    const two = ask("two");
    await time.advance(10);
    calledOff.abort(new Error("stopped"));
    await expect(one).rejects.toThrow("stopped");
    over();
    await two;
    expect(begun).toEqual(["two"]);
  });
});
