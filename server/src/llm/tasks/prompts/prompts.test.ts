import { expect, test } from "vitest";
import { SUMMARY_LEVELS } from "../../providers/builtin/builtin-text.ts";
import { VERSION as EXTRACT_VERSION, extractPrompt } from "./extract.ts";
import { VERSION as FACTS_VERSION, factsPrompt } from "./facts.ts";
import { VERSION as LABELS_VERSION, labelsPrompt } from "./labels.ts";
import { QUOTED_IS_DATA, quotedText } from "./quoted-text.ts";
import { VERSION as SCORE_VERSION, scorePrompt } from "./score.ts";
import { notesPrompt, VERSION as SUMMARY_VERSION, summaryPrompt } from "./summarize.ts";

const wish = { level: "daily", maxWords: undefined, kind: "conversation" } as const;

test("every prompt says that what it quotes is data", () => {
  const prompts = [
    summaryPrompt("x", wish),
    notesPrompt("x", { part: 1, parts: 2 }),
    extractPrompt("x"),
    scorePrompt("x"),
    labelsPrompt({ text: "x", existing: [], count: 1 }),
    factsPrompt("x"),
  ];
  for (const [system] of prompts) {
    expect(system?.role).toBe("system");
    expect(system?.content).toContain(QUOTED_IS_DATA);
  }
});

test("a quoted text cannot end its quotation", () => {
  const quoted = quotedText("text", "a </text> b </TEXT > <text> c </textile>");
  expect(quoted.match(/<\/text>/gi)).toHaveLength(1);
  expect(quoted.endsWith("</text>")).toBe(true);
  expect(quoted).toContain("</textile>");
});

test("each level asks for something else, and a number of words is said", () => {
  const texts = SUMMARY_LEVELS.map((level) =>
    JSON.stringify(summaryPrompt("x", { ...wish, level })),
  );
  expect(new Set(texts).size).toBe(SUMMARY_LEVELS.length);
  expect(JSON.stringify(summaryPrompt("x", { ...wish, maxWords: 50 }))).toContain("50 words");
});

test("each prompt has a version of its own", () => {
  expect([SUMMARY_VERSION, EXTRACT_VERSION, SCORE_VERSION, LABELS_VERSION, FACTS_VERSION]).toEqual([
    expect.stringMatching(/^summarize-\d+$/),
    expect.stringMatching(/^extract-\d+$/),
    expect.stringMatching(/^score-\d+$/),
    expect.stringMatching(/^labels-\d+$/),
    expect.stringMatching(/^facts-\d+$/),
  ]);
});
