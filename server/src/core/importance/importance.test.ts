import { describe, expect, test } from "vitest";
import {
  longConversation,
  MIGRATION_CONVERSATION,
} from "../text/__fixtures__/migration-conversation.ts";
import { scoreImportance } from "./importance.ts";

const score = (text: string) => scoreImportance(text).score;

describe("importance by rules [req:bridge.builtin]", () => {
  test.each([
    "hi",
    "user: Hi!\nassistant: Hello, how are you?",
    "Thanks!",
    "haha ok, good night!",
    "",
  ])("is low for small talk: %j", (text) => {
    expect(scoreImportance(text)).toEqual({ score: 2, reasons: ["nothing but small talk"] });
  });

  test("rises from a question over a fact to a conversation with decisions and dates", () => {
    const question = score("What is the capital of France? It is Paris, on the Seine.");
    const fact = score("My name is Ada and I live in Oslo with two cats.");
    const decisions = score(MIGRATION_CONVERSATION.join("\n"));
    expect(question).toBeLessThan(6);
    expect(fact).toBeGreaterThan(question);
    expect(decisions).toBeGreaterThan(fact);
    expect(decisions).toBeGreaterThanOrEqual(8);
  });

  test.each([
    ["We decided to sell the house after all that talk.", "a decision (“We decided”)"],
    [
      "Please remember that the spare key hangs in the shed.",
      "asks to be remembered (“remember that”)",
    ],
    ["I'm allergic to nuts and to most kinds of pollen.", "a personal fact (“I'm allergic”)"],
    ["The deadline for the tax papers is close by now.", "a plan or date to keep (“deadline”)"],
    ["It took a day until we had fixed the login page.", "a problem or its solution (“fixed”)"],
    ["I really prefer tea over coffee in the afternoon.", "a preference (“I really prefer”)"],
    [
      "Wir haben uns entschieden, nach Wien zu ziehen, alle.",
      "a decision (“Wir haben uns entschieden”)",
    ],
    ["The new flat costs 1200 EUR a month with heating.", "dates, amounts or measures"],
    ["```js\nrun()\n```\nThat prints the list of all files.", "code"],
  ])("says what raised it: %s", (text, reason) => {
    const { score: found, reasons } = scoreImportance(text);
    expect(reasons).toContain(reason);
    expect(found).toBeGreaterThan(5);
  });

  test.each([
    ["Bitte erinnere mich daran, dass die Kaution bis Freitag da sein muss.", "bis Freitag"],
    ["Ich wohne mit meiner Frau in Wien und ich bin allergisch gegen Nüsse.", "Ich wohne"],
    ["我们决定租下南京路的公寓，房租每月五千元。", "决定"],
    ["请记住押金必须在星期五之前付清。", "记住"],
    ["私はナッツにアレルギーがあります。東京に住んでいます。", "私は"],
    ["قررنا استئجار الشقة في شارع التحرير مع زوجتي.", "قررنا"],
    ["我喜欢在早上跑步，不喜欢在晚上跑步。", "我喜欢"],
  ])("finds what counts in other languages too: %s [req:importance.languages]", (text, cue) => {
    const { score: found, reasons } = scoreImportance(text);
    expect(reasons.join()).toContain(cue);
    expect(reasons).not.toContain("very short");
    expect(found).toBeGreaterThan(5);
  });

  test.each([
    "你好！",
    "谢谢，再见。",
    "ありがとうございます！",
    "مرحبا، شكرا",
    "Vielen Dank!",
    "Привет!",
  ])("is low for small talk of other languages: %s [req:importance.languages]", (text) => {
    expect(score(text)).toBe(2);
  });

  test("says so when nothing stands out", () => {
    expect(scoreImportance("The cat sat on the mat and the dog lay near it.")).toEqual({
      score: 5,
      reasons: ["nothing that stands out"],
    });
  });

  test("stays between 1 and 10", () => {
    const all = longConversation(100_000).join("\n");
    expect(score(`${all} important, I learned that I prefer bugs fixed.`)).toBe(10);
    expect(score("x")).toBeGreaterThanOrEqual(1);
  });
});
