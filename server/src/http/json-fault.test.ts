import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { locateJsonFault } from "./json-fault.ts";

describe("the place of a JSON fault", () => {
  test.each([
    { text: '{"a":1,}', line: 1, column: 8, problem: "expected a quoted name" },
    { text: '{\n  "a": tru\n}', line: 2, column: 8, problem: "expected a value" },
    { text: "[1 2]", line: 1, column: 4, problem: "expected a comma or a closing bracket" },
    { text: "[1}", line: 1, column: 3, problem: "expected a comma or a closing bracket" },
    { text: '{"a" 1}', line: 1, column: 6, problem: "expected a colon" },
    { text: "{a:1}", line: 1, column: 2, problem: "expected a quoted name or }" },
    { text: "[", line: 1, column: 2, problem: "it ends too early" },
    { text: "", line: 1, column: 1, problem: "it ends too early" },
    { text: "{} x", line: 1, column: 4, problem: "nothing more may follow here" },
    {
      text: '["a\nb"]',
      line: 1,
      column: 2,
      problem: "this text is not closed, or has a raw line break or a bad \\ escape",
    },
    {
      text: '["\\x"]',
      line: 1,
      column: 2,
      problem: "this text is not closed, or has a raw line break or a bad \\ escape",
    },
    { text: "[01]", line: 1, column: 2, problem: "expected a value or ]" },
  ])("of $text is line $line, column $column", ({ text, ...fault }) => {
    expect(locateJsonFault(text)).toEqual(fault);
  });

  test("is found exactly where JSON.parse finds one at all", () => {
    const almostJson = fc.oneof(
      fc.json(),
      fc.tuple(fc.json(), fc.nat(40), fc.string({ maxLength: 2 })).map(([text, at, extra]) => {
        return text.slice(0, at) + extra + text.slice(at + 1);
      }),
    );
    fc.assert(
      fc.property(almostJson, (text) => {
        expect(locateJsonFault(text) === null).toBe(parses(text));
      }),
      { numRuns: 2000 },
    );
  });

  test("is found in megabytes of one text without running out of stack", () => {
    const text = `{"a":"${"x\\n".repeat(1_000_000)}", b}`;
    expect(locateJsonFault(text)).toMatchObject({ problem: "expected a quoted name" });
  });
});

function parses(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
