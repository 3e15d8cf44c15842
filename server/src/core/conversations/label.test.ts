import { describe, expect, test } from "vitest";
import { deriveLabel } from "./label.ts";
import { speakerOf } from "./speaker.ts";

const user = (content: string) => ({ role: "user", content });
const label = (...contents: string[]) => deriveLabel(contents.map(user));

describe("a derived label", () => {
  test("is the first thing the user said", () => {
    const messages = [{ role: "system", content: "Be nice" }, user(" "), user("How do bees fly?")];
    expect(deriveLabel(messages)).toBe("How do bees fly?");
  });

  test("is the first message when the user said nothing", () => {
    expect(deriveLabel([{ role: "assistant", content: "Welcome" }])).toBe("Welcome");
  });

  test("is a stand-in when there is no text", () => {
    expect([deriveLabel([]), label("", " \n ")]).toEqual([
      "Untitled conversation",
      "Untitled conversation",
    ]);
  });

  test("is one line without control characters", () => {
    expect(label("  one\n\ttwo\u0000\u001bthree ")).toBe("one two three");
  });

  test("is cut at a word, and in a word only when that is very long", () => {
    const long = label("word ".repeat(40));
    expect(long).toMatch(/^(word )+word…$/);
    expect([...long].length).toBeLessThanOrEqual(80);
    expect([...label("x".repeat(500))]).toHaveLength(80);
  });

  test("never splits a character and takes no time for a megabyte", () => {
    expect(label("😀".repeat(500_000))).toBe(`${"😀".repeat(79)}…`);
    expect(label(`${" ".repeat(1_000_000)}late`)).toBe("late");
  });
});

test("usual roles name no speaker, others do", () => {
  expect(["user", "Assistant", "SYSTEM", "tool"].map(speakerOf)).toEqual([null, null, null, null]);
  expect(speakerOf("Caroline")).toBe("Caroline");
});
