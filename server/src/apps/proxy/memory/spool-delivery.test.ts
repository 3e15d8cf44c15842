import fc from "fast-check";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { ProxyTurn } from "../proxy-memory.ts";
import type { Weather } from "./__fixtures__/fake-controller.ts";
import {
  answer,
  assistant,
  type Bench,
  delivered,
  exchange,
  openBench,
  request,
  user,
} from "./__fixtures__/proxy-memory-bench.ts";

let bench: Bench;
let owner: string;
let count = 0;

beforeAll(async () => {
  bench = await openBench();
});
afterAll(async () => {
  await bench.close();
});
beforeEach(() => {
  newOwner();
});

function newOwner(): void {
  count += 1;
  owner = `owner ${count}`;
}
const controller = () => bench.controllerOf(owner);
const texts = () => [...controller().conversations.keys()].map((id) => controller().texts(id));

describe("delivery [req:proxy.spool]", () => {
  test("what was captured while the controller was down arrives in order after a restart", async () => {
    controller().weather = "down";
    await exchange(bench, [user("a")], { owner, says: "b" });
    await exchange(bench, [user("a"), assistant("b"), user("c")], { owner, says: "d" });
    expect(bench.memory.waiting()).toBe(4);
    await bench.restart();
    controller().weather = "fine";
    await bench.restart();
    await delivered(bench);
    expect(texts()).toEqual([["user: a", "assistant: b", "user: c", "assistant: d"]]);
  });

  test("what arrived although its answer was lost is not stored twice", async () => {
    controller().weather = "lost";
    await exchange(bench, [user("a")], { owner, says: "b" });
    await expect.poll(() => texts().flat().length).toBe(2);
    await exchange(bench, [user("a"), assistant("b"), user("c")], { owner, says: "d" });
    controller().weather = "fine";
    await delivered(bench);
    expect(texts()).toEqual([["user: a", "assistant: b", "user: c", "assistant: d"]]);
  });

  test("an answer that was cut is kept as far as it came, and marked [req:proxy.capture-partial]", async () => {
    const prepared = await bench.memory.prepare(request([user("a")], { owner }));
    await prepared.capture(answer("half", { complete: false, model: "gpt" }));
    await prepared.capture(answer("whole"));
    await delivered(bench);
    const [conversation] = controller().conversations.values();
    expect(conversation?.messages).toMatchObject([
      { text: "a", metadata: {} },
      { text: "half", metadata: { incomplete: true, model: "gpt" } },
    ]);
    expect(conversation?.messages).toHaveLength(2);
  });

  test("a question without an answer is kept, and asked again it is not kept again", async () => {
    await exchange(bench, [user("a")], { owner, says: "" });
    await exchange(bench, [user("a")], { owner, says: "b" });
    await delivered(bench);
    expect(texts()).toEqual([["user: a", "assistant: b"]]);
  });

  test("a conversation that was deleted elsewhere begins again with what is said then", async () => {
    await exchange(bench, [user("a")], { owner, says: "b" });
    await delivered(bench);
    controller().conversations.clear();
    await exchange(bench, [user("a"), assistant("b"), user("c")], { owner, says: "d" });
    await delivered(bench);
    expect(texts()).toEqual([["user: c", "assistant: d"]]);
  });

  test("what the controller refuses is set aside, told, and blocks nobody [req:proxy.spool-poison]", async () => {
    controller().weather = "refuses";
    const before = bench.memory.setAside();
    await exchange(bench, [user("poison")], { owner, says: "b" });
    await delivered(bench);
    controller().weather = "fine";
    await exchange(bench, [user("poison"), assistant("b"), user("c")], { owner, says: "d" });
    await delivered(bench);
    expect(texts()).toEqual([["user: c", "assistant: d"]]);
    expect(bench.memory.setAside()).toBe(before + 2);
    expect(bench.errors.at(-1)).toMatch(
      /2 turns of conversation .* were refused .* It is validation_failed/,
    );
    // The next start tries them again.
    controller().weather = "refuses";
    await bench.restart();
    await expect.poll(() => bench.memory.setAside()).toBe(before + 2);
    controller().weather = "fine";
    await bench.restart();
    const all = ["user: c", "assistant: d", "user: poison", "assistant: b"];
    await expect.poll(texts).toEqual([all]);
    await delivered(bench);
    expect(bench.memory.setAside()).toBe(before);
  });

  test("a history that is larger than the controller takes arrives in pieces, whole and in order [req:proxy.spool-large]", async () => {
    controller().mostBytes = 2000;
    const before = bench.memory.setAside();
    const long = (start: string) => start + "x".repeat(1000);
    const turns = [user(long("a")), assistant(long("b")), user(long("c"))];
    await exchange(bench, turns, { owner, says: long("d") });
    await exchange(bench, [...turns, assistant(long("d")), user(long("e"))], { owner, says: "f" });
    await delivered(bench);
    expect(texts()).toEqual([
      [
        ...[`user: ${long("a")}`, `assistant: ${long("b")}`, `user: ${long("c")}`],
        ...[`assistant: ${long("d")}`, `user: ${long("e")}`, "assistant: f"],
      ],
    ]);
    expect(bench.memory.setAside()).toBe(before);
  });

  test("images that are too large for the controller are left out, and the words are kept", async () => {
    controller().weather = "small";
    const before = bench.memory.setAside();
    const image = { type: "image_url", image_url: { url: "data:image/png;base64,AAAA" } };
    const described = { ...user("What is this?"), parts: [{ type: "text" }, image] };
    const alone = { ...user(""), canonical: "an image", parts: [image] };
    await exchange(bench, [described], { owner, says: "A cat." });
    await exchange(bench, [described, assistant("A cat."), alone], { owner, says: "A dog." });
    await delivered(bench);
    expect(texts()).toEqual([
      ["user: What is this?", "assistant: A cat.", "user: [image]", "assistant: A dog."],
    ]);
    const [conversation] = controller().conversations.values();
    expect(conversation?.messages[0]?.metadata).toMatchObject({ images_left_out: true });
    expect(bench.memory.setAside()).toBe(before);
  });

  test("an owner whose controller fails holds up nobody else [req:proxy.spool-poison]", async () => {
    controller().weather = "down";
    await exchange(bench, [user("mine")], { owner, says: "b" });
    newOwner();
    await exchange(bench, [user("theirs")], { owner, says: "b" });
    await expect.poll(texts).toEqual([["user: theirs", "assistant: b"]]);
    bench.controllerOf(`owner ${count - 1}`).weather = "fine";
    await delivered(bench);
  });
});

type Step =
  | { kind: "say" | "again" | "restart" | "two" }
  | { kind: "edit"; at: number }
  | { kind: "weather"; weather: Weather };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.constant({ kind: "say" } as const) },
  fc.constantFrom(
    { kind: "again" } as const,
    { kind: "restart" } as const,
    { kind: "two" } as const,
  ),
  fc.record({ kind: fc.constant("edit" as const), at: fc.nat(10) }),
  fc.record({
    kind: fc.constant("weather" as const),
    weather: fc.constantFrom<Weather>("fine", "down", "lost", "broken"),
  }),
);

/** A client with its history; every turn says a number that was never said before. */
class NumberedChat {
  turns: ProxyTurn[] = [];
  said: string[] = [];
  #number = 0;

  async say(turns: ProxyTurn[], asked: ProxyTurn): Promise<void> {
    const says = this.next("assistant");
    await exchange(bench, [...turns, asked], { owner, says: says.text });
    this.turns = [...turns, asked, says];
  }

  next(role: "user" | "assistant"): ProxyTurn {
    this.#number += 1;
    const turn = (role === "user" ? user : assistant)(`number ${this.#number}`);
    this.said.push(`${role}: ${turn.text}`);
    return turn;
  }

  async take(step: Step): Promise<void> {
    const lastQuestion = this.turns.findLastIndex(({ role }) => role === "user");
    if (step.kind === "weather") controller().weather = step.weather;
    else if (step.kind === "restart") await bench.restart();
    else if (step.kind === "say" || lastQuestion < 0) await this.say(this.turns, this.next("user"));
    else if (step.kind === "two") {
      const { turns } = this;
      await Promise.all([this.say(turns, this.next("user")), this.say(turns, this.next("user"))]);
    } else if (step.kind === "edit") {
      const questions = this.turns.flatMap(({ role }, place) => (role === "user" ? [place] : []));
      const place = questions[step.at % questions.length] ?? 0;
      await this.say(this.turns.slice(0, place), this.next("user"));
    } else {
      const asked = this.turns[lastQuestion];
      if (asked !== undefined) await this.say(this.turns.slice(0, lastQuestion), asked);
    }
  }
}

test("whatever is said, edited, answered again, at once, lost on the way or interrupted, memory holds it exactly once and in order [req:proxy.exactly-once]", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 20 }), async (steps) => {
      newOwner();
      const chat = new NumberedChat();
      for (const one of steps) await chat.take(one);
      controller().weather = "fine";
      await bench.restart();
      await delivered(bench);
      expect(texts().flat().sort()).toEqual([...chat.said].sort());
      for (const conversation of texts()) {
        const numbers = conversation.map((text) => Number(/\d+$/.exec(text)?.[0]));
        const atOnce = steps.some(({ kind }) => kind === "two");
        if (!atOnce) expect(numbers).toEqual([...numbers].sort((one, other) => one - other));
      }
      const isStraight = steps.every(({ kind }) => kind !== "edit" && kind !== "two");
      if (isStraight) expect(texts().length).toBeLessThanOrEqual(1);
    }),
    { numRuns: 40 },
  );
});
