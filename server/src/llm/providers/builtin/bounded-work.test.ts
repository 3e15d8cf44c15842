import { expect, test } from "vitest";
import { createBuiltinText } from "./builtin-text.ts";

/** Texts that make careless patterns quadratic or worse: those take hours, these together some seconds. */
const HOSTILE: Record<string, string> = {
  "one word": "a".repeat(30_000),
  capitals: "Aa ".repeat(30_000),
  dots: ".".repeat(30_000),
  laughter: "haha".repeat(40_000),
  "open code": "`\n".repeat(30_000),
  addresses: "a@".repeat(30_000),
  spaces: " ".repeat(30_000),
  lists: "\n- ".repeat(30_000),
  identifiers: "a_".repeat(30_000),
  ideographs: "会議".repeat(30_000),
  questions: "hi? ".repeat(40_000),
  "different words": Array.from({ length: 20_000 }, (_, n) => `w${n.toString(36)}`).join(" "),
  links: "http://".repeat(30_000),
};

test.each(Object.keys(HOSTILE))("a long text of %s is done in linear time", (name) => {
  const text = HOSTILE[name] ?? "";
  const builtin = createBuiltinText();
  expect(builtin.summarize([text], { level: "monthly" }).length).toBeLessThanOrEqual(2000);
  expect(builtin.labels(text, 5).length).toBeLessThanOrEqual(5);
  expect(builtin.extract(text).length).toBeLessThanOrEqual(200);
  expect(builtin.score(text).score).toBeGreaterThanOrEqual(1);
});
