import { expect, test } from "vitest";
import { contextCandidate } from "./__fixtures__/context-messages.ts";
import { nearDuplicates } from "./near-duplicates.ts";

const LONG = "On the way to the station we met the neighbour who sells honey from his own bees";

function duplicates(older: string, newer: string) {
  return [
    ...nearDuplicates([
      contextCandidate(older, { id: "older", day: 1 }),
      contextCandidate(newer, { id: "newer", day: 2, conversation: "b" }),
    ]),
  ];
}

test("equal and nearly equal texts are kept once, the newer [req:context.no-duplicates]", () => {
  expect(duplicates("Yes, please!", "yes please")).toEqual([["older", "newer"]]);
  expect(duplicates(LONG, `${LONG}, I think`)).toEqual([["older", "newer"]]);
});

test("texts without spaces between words are compared by their characters [req:context.no-duplicates]", () => {
  const long = "昨天去车站的路上我们遇见了卖自家蜂蜜的邻居他还送了我们一罐";
  expect(duplicates(long, `${long}呢`)).toEqual([["older", "newer"]]);
  expect(duplicates(`${long}花了5元`, `${long}花了6元`)).toEqual([]);
  expect(
    duplicates("我们星期一下午三点在公司门口见面", "我们星期二下午三点在公司门口见面"),
  ).toEqual([]);
});

test("texts that differ in a number, in much, or are short and differ at all stay both", () => {
  expect(duplicates(`${LONG} for 5 euros`, `${LONG} for 6 euros`)).toEqual([]);
  expect(
    duplicates(LONG, "We met nobody on the way to the station, not even the neighbour"),
  ).toEqual([]);
  expect(duplicates("yes, on Monday", "no, on Monday")).toEqual([]);
  expect(duplicates(LONG, LONG.repeat(3))).toEqual([]);
});
