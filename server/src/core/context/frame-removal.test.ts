import { expect, test } from "vitest";
import { withoutFrames } from "./frame-removal.ts";
import { FRAME } from "./framing.ts";

const frame = FRAME.replace("\n</", "\n# Keys (in /home), 2026-01-25\n[1] user: under the pot\n</");

test("takes whole frames out of a text, wherever they stand [req:proxy.no-echo]", () => {
  expect(withoutFrames(`${frame}\n\nwhere is it?`)).toBe("where is it?");
  expect(withoutFrames(`before\n${frame}\n\n${frame}\nafter`)).toBe("before\nafter");
  expect(withoutFrames(frame)).toBe("");
});

test.each([
  "the tag <recalled_memory> and its end </recalled_memory> are ours",
  frame.slice(0, -3),
  "",
])("leaves what is no whole frame: %j", (text) => {
  expect(withoutFrames(text)).toBe(text);
});
