import { describe, expect, test } from "vitest";
import { importanceOf } from "./message-importance.ts";

const user = (content: string) => ({ role: "user", content });
const DECISION = "We decided to move to Lisbon on 2026-03-01; please remember that.";

describe("the importance of messages [req:importance.on-store]", () => {
  test("is that of the most important one, in whatever pieces they come", () => {
    const messages = [user("Hi!"), user(DECISION), user("ok")];
    const pieces = messages.map((message) => importanceOf([message]) ?? 0);
    expect(importanceOf(messages)).toBe(Math.max(...pieces));
    expect(importanceOf(messages)).toBe(importanceOf([user(DECISION)]));
  });

  test("is that of what people say: assistants and tools answer", () => {
    for (const role of ["assistant", "system", "tool", "Assistant"]) {
      expect(importanceOf([{ role, content: DECISION }])).toBeNull();
    }
    expect(importanceOf([{ role: "Melanie", content: DECISION }])).toBeGreaterThan(4);
    expect(importanceOf([user(" "), user("")])).toBeNull();
  });

  test("reads the beginning of a long message only", () => {
    const filler = "The cat sat on the mat. ".repeat(50);
    expect(importanceOf([user(filler + DECISION)])).toBe(importanceOf([user(filler)]));
  });
});
