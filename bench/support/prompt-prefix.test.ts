import { expect, test } from "vitest";
import { promptBytes, repeatedShare } from "./prompt-prefix.ts";

const asked = { role: "user", content: "Where is the key?" };
const answered = { role: "assistant", content: "Under the pot." };

test("a prompt that goes on repeats the whole one before it", () => {
  const before = promptBytes({ messages: [asked] });
  const after = promptBytes({ messages: [asked, answered, asked] });
  expect(repeatedShare(before, after)).toBe(1);
});

test("a changed first message leaves what stands before it", () => {
  const system = "You answer in a few words.";
  const before = promptBytes({ system, messages: [asked, answered] });
  const after = promptBytes({ system, messages: [{ ...asked, content: "Who?" }, answered] });
  const same = JSON.stringify(system).length + '\n{"role":"user","content":"Wh'.length;
  expect(repeatedShare(before, after)).toBeCloseTo(same / before.length, 10);
});
