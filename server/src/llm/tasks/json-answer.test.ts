import { describe, expect, test } from "vitest";
import { jsonAnswer, withoutThoughts } from "./json-answer.ts";

describe("JSON in a model's answer", () => {
  test.each([
    ["as it is", '{"a":1}'],
    ["in a fence", '```json\n{"a":1}\n```'],
    ["in a fence without a name, words around it", 'Here you are:\n```\n{"a":1}\n```\nBye.'],
    ["between words", 'The answer is {"a":1}, I think {maybe}.'],
    ["after thoughts", '<think>{"a":2}? No.</think>\n{"a":1}'],
    ["with a comma too many", '{"a":1,}'],
  ])("is read %s", (_name, answer) => {
    expect(jsonAnswer(answer)).toEqual({ a: 1 });
  });

  test("is read where strings hold brackets and quotes", () => {
    expect(jsonAnswer('Well: {"a":"}\\"{","b":[{"c":1}]} done')).toEqual({
      a: '}"{',
      b: [{ c: 1 }],
    });
  });

  test("may be a list", () => {
    expect(jsonAnswer('Sure: [{"text":"x"}]')).toEqual({ text: "x" });
    expect(jsonAnswer('["x"]')).toEqual(["x"]);
  });

  test.each(["", "no", "12", '"text"', '{"a":', "{a:1}"])("is not found in %j", (answer) => {
    expect(jsonAnswer(answer)).toBeUndefined();
  });

  test("thoughts are taken off", () => {
    expect(withoutThoughts("<think>hm</think> Yes.")).toBe("Yes.");
    expect(withoutThoughts("Yes.")).toBe("Yes.");
  });
});
