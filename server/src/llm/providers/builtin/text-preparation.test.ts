import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { prepareText } from "./text-preparation.ts";

describe("prepareText", () => {
  it("blanks the payload of a data URL and keeps the words around it in place", () => {
    const payload = "iVBORw0KGgo".repeat(40);
    const text = `before data:image/png;base64,${payload}) after`;
    const prepared = prepareText(text);
    expect(prepared.replaceAll(/ +/gu, " ")).toBe("before data:image/png;base64, ) after");
    expect(prepared.indexOf("after")).toBe(text.indexOf("after"));
  });

  it("leaves short payloads and other text alone", () => {
    const text = "write data:text/plain;base64,SGVsbG8= or QUJDREVG";
    expect(prepareText(text)).toBe(text);
  });

  it("never changes the length", () => {
    const part = fc.constantFrom(";base64,", "A".repeat(70), "\n", " ", "😀", "data:x/y");
    fc.assert(
      fc.property(
        fc.array(part).map((parts) => parts.join("")),
        (text) => {
          expect(prepareText(text)).toHaveLength(text.length);
        },
      ),
    );
  });
});
