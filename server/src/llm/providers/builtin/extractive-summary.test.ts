import { describe, expect, test } from "vitest";
import {
  longConversation,
  MIGRATION_CONVERSATION,
} from "../../../core/text/__fixtures__/migration-conversation.ts";
import { splitSentences } from "../../../core/text/sentences.ts";
import { createBuiltinText, type SUMMARY_LEVELS } from "./builtin-text.ts";

const { summarize } = createBuiltinText();

describe("an extractive summary [req:bridge.builtin]", () => {
  test("is made of the conversation's own sentences, in their order", () => {
    const source = MIGRATION_CONVERSATION.join("\n");
    const places = splitSentences(summarize(MIGRATION_CONVERSATION, { level: "detailed" })).map(
      (sentence) => source.indexOf(sentence.replace(/\.$/, "")),
    );
    expect(places.length).toBeGreaterThan(5);
    expect(places.every((place) => place >= 0)).toBe(true);
    expect(places).toEqual(places.toSorted((a, b) => a - b));
  });

  test("keeps what was decided and asked to be remembered, and no small talk", () => {
    const summary = summarize(MIGRATION_CONVERSATION, { level: "daily" });
    expect(summary).toContain("We decided to use dual writes for two weeks.");
    expect(summary).toContain("frozen copy of all invoices on 2025-03-31");
    expect(summary).not.toMatch(/How are you|Thanks|SELECT/);
  });

  test("grows with the level, within its bounds", () => {
    const messages = longConversation(60_000);
    const length = (level: (typeof SUMMARY_LEVELS)[number]) =>
      summarize(messages, { level }).length;
    const ordered = ["brief", "daily", "weekly", "monthly", "detailed"] as const;
    const lengths = ordered.map(length);
    expect(lengths).toEqual(lengths.toSorted((a, b) => a - b));
    expect(length("brief")).toBeLessThanOrEqual(400);
    expect(length("detailed")).toBeLessThanOrEqual(2900);
  });

  test("keeps to a number of words where one is wanted", () => {
    const summary = summarize(MIGRATION_CONVERSATION, { level: "detailed", maxWords: 30 });
    expect(summary.split(" ").length).toBeLessThanOrEqual(36);
    expect(summary).not.toBe("");
  });

  test("says nothing twice", () => {
    const messages = [
      "The server is in Oslo. It has two disks.",
      "As you said: The server is in Oslo.",
    ];
    expect(summarize(messages, { level: "detailed" }).match(/Oslo/g)?.length).toBeLessThanOrEqual(
      2,
    );
    const same = ["The server is in Oslo.", "The server is in Oslo."];
    expect(summarize(same, { level: "detailed" })).toBe("The server is in Oslo.");
  });

  test("works where no space separates words", () => {
    const text =
      "明日の会議は午後三時に変更されました。場所は東京駅の近くの喫茶店です。資料は田中さんが準備します。天気が良いですね。";
    expect(summarize([text], { level: "brief" })).toContain(
      "明日の会議は午後三時に変更されました。",
    );
  });

  test("is as long in words where a character says more [req:summaries.languages]", () => {
    const sentences = [
      "我们决定搬到上海。",
      "公寓在南京路附近。",
      "房租每月五千元。",
      "合同从三月开始。",
      "押金已经付清了。",
    ];
    const summary = summarize(sentences, { level: "daily", maxWords: 15 });
    expect(summary.length).toBeGreaterThan(15);
    expect(summary.length).toBeLessThanOrEqual(34);
  });

  test("finds the one decision in the middle of a long text", () => {
    const filler = Array.from(
      { length: 3000 },
      (_, n) => `The ${word(n)} beside the ${word(n * 7)} looked like a ${word(n * 13)} that day.`,
    );
    const decision = "We decided that the archive beside the harbour moves to Reykjavik.";
    expect(summarize(filler.toSpliced(1500, 0, decision), { level: "detailed" })).toContain(
      decision,
    );
  });

  test("of what has no sentence is its beginning", () => {
    expect(summarize(["```\ncode();\n```"], { level: "brief" })).toBe("```\ncode();\n```");
    expect(summarize(["", "  "], { level: "brief" })).toBe("");
    expect(summarize([], { level: "brief" })).toBe("");
    expect([...summarize([`\`\`\`\n${"x".repeat(900)}\n\`\`\``], { level: "brief" })]).toHaveLength(
      320,
    );
  });

  test("of small talk alone is small talk", () => {
    expect(summarize(["Hi!", "Hello, how are you?"], { level: "brief" })).toBe(
      "Hi! Hello, how are you?",
    );
  });
});

/** Words by number, 200 different ones. */
function word(number: number): string {
  return `thing${(number % 997).toString(36)}`;
}
