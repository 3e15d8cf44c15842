import { expect, test } from "vitest";
import { askedKinds } from "./asked-kinds.ts";

test.each([
  ["How many books are in my reading challenge?", ["book"], ["money", "date", "page"]],
  ["How much money did I save?", ["money"], ["share", "date"]],
  ["How long did it take to reach my goal?", ["day", "week"], ["money", "date"]],
  ["When does my first sprint end?", ["date", "time"], ["money", "share"]],
  ["What time is the visit?", ["time"], ["money"]],
  ["What is my budget for books?", ["money", "share", "book"], ["date", "time"]],
])(
  "a question asks for some kinds of value: %s [req:context.restatements]",
  (...[query, kinds, others]) => {
    const isAsked = askedKinds(query);
    expect(kinds.filter((kind) => !isAsked(kind))).toEqual([]);
    expect(others.filter((kind) => isAsked(kind))).toEqual([]);
  },
);
