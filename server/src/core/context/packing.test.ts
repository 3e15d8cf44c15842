import { expect, test } from "vitest";
import { contextCandidate, type MessageChoices } from "./__fixtures__/context-messages.ts";
import { DEFAULT_CONTEXT } from "./context-options.ts";
import { pack } from "./packing.ts";

const counter = { count: async (text: string) => Math.ceil(text.length / 4) };
const candidate = (text: string, value: number, choices: MessageChoices = {}) => ({
  candidate: contextCandidate(text, choices),
  value,
});

function packed(candidates: ReturnType<typeof candidate>[], limit: number) {
  return pack({
    candidates,
    limit,
    stems: new Set(["clock"]),
    counter,
    options: DEFAULT_CONTEXT,
    arrange: (taken) => [...taken],
  });
}

test("several conversations are heard, not only the one with the most hits [req:context.diversity]", async () => {
  const many = Array.from({ length: 40 }, (_, number) => candidate(`a thing ${number}`, 0.6));
  const other = candidate("another view", 0.5, { conversation: "b" });
  const { messages } = await packed([...many, other], 220);
  expect(messages.length).toBeLessThan(40);
  expect(messages.map((one) => one.text)).toContain("another view");
});

test("of two messages of the same value the shorter is taken, and a far better long one still wins", async () => {
  const short = candidate("It is at noon.", 0.5);
  const long = (value: number) => candidate("It is at noon, I think. ".repeat(12), value);
  expect((await packed([long(0.5), short], 125)).messages[0]?.text).toBe("It is at noon.");
  expect((await packed([long(0.95), short], 200)).messages[0]?.text).toMatch(/I think/);
});

test("a long message is quoted by its best passages and marked [req:context.excerpts]", async () => {
  const filler = "The weather was as it always is in this season. ".repeat(40);
  const text = `${filler}The key hangs behind the clock. ${filler}`;
  const { messages, text: framed } = await packed([candidate(text, 0.9)], 400);
  expect(messages[0]).toMatchObject({ isExcerpt: true });
  expect(framed).toMatch(/\[1\] user \(excerpt\): .*The key hangs behind the clock\..*\[…\]/);
});

test("what does not fit makes room for what does", async () => {
  const { messages } = await packed(
    [candidate("x".repeat(890), 0.9), candidate("small", 0.2)],
    120,
  );
  expect(messages.map((one) => one.text)).toEqual(["small"]);
});

test("a day's heading is charged once, so that the budget is used", async () => {
  const many = Array.from({ length: 60 }, (_, number) => candidate(`thing number ${number}`, 0.6));
  const { tokens } = await packed(many, 400);
  expect(tokens).toBeGreaterThan(380);
  expect(tokens).toBeLessThanOrEqual(400);
});

test("between people a turn that asks is worth less than one that tells, if it asks back too", async () => {
  const first = async (...texts: string[]) => {
    const turns = texts.map((text, at) => candidate(text, 0.5 - 0.15 * at, { name: "Ann" }));
    return (await packed(turns, 90)).messages[0]?.text;
  };
  const tells = "It is at noon.";
  expect(await first("Is it at noon?", tells)).toBe(tells);
  const asksBack = "It is at noon, behind the station, as it was. And you?";
  expect(await first(asksBack, tells)).toBe(asksBack);
});
