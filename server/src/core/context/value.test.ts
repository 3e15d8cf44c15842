import { expect, test } from "vitest";
import { contextCandidate, type MessageChoices } from "./__fixtures__/context-messages.ts";
import { DEFAULT_CONTEXT } from "./context-options.ts";
import { weigh } from "./value.ts";

const NOW = Date.UTC(2026, 0, 15, 12);

function weighed(choices: MessageChoices) {
  return weigh(contextCandidate("text", choices), {
    now: NOW,
    preferredLabels: new Set(["Work"]),
    options: DEFAULT_CONTEXT,
  });
}

test("recency halves in a week [req:context.ranking]", () => {
  expect(weighed({ day: 15 }).recency).toBe(1);
  expect(weighed({ day: 8 }).recency).toBe(0.5);
  expect(weighed({ day: 1 }).recency).toBe(0.25);
});

test("importance, recency, pin and label raise a value, and never above far more relevance [req:context.ranking]", () => {
  const plain = weighed({ day: 1, relevance: 0.4 }).value;
  expect(weighed({ day: 1, relevance: 0.4, importance: 10 }).value).toBeGreaterThan(plain);
  expect(weighed({ day: 15, relevance: 0.4 }).value).toBeGreaterThan(plain);
  expect(weighed({ day: 1, relevance: 0.4, pinned: true }).value).toBeGreaterThan(plain);
  expect(weighed({ day: 1, relevance: 0.4, label: "Work" }).value).toBeGreaterThan(plain);
  const everything = { day: 15, importance: 10, pinned: true, label: "Work" };
  const best = weighed({ ...everything, relevance: 0.4 }).value;
  expect(weighed({ day: 1, importance: 1, relevance: 0.9 }).value).toBeGreaterThan(best);
});
