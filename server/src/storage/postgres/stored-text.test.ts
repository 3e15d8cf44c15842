import fc from "fast-check";
import { expect, test } from "vitest";
import { fromStored, fromStoredJson, toStored } from "./stored-text.ts";

const text = fc.string({ unit: fc.constantFrom("a", "\0", "\uFDD0", "0", "1", '"', "\\", "é") });

test("every text comes back as it was, and is stored without a NUL", () => {
  fc.assert(
    fc.property(text, (given) => {
      const stored = toStored(given);
      expect(stored).not.toContain("\0");
      expect(fromStored(stored)).toBe(given);
    }),
  );
});

test("different texts stay different", () => {
  fc.assert(
    fc.property(text, text, (one, other) => {
      expect(toStored(one) === toStored(other)).toBe(one === other);
    }),
  );
});

test("JSON that the database made of stored texts is still JSON", () => {
  fc.assert(
    fc.property(fc.array(text), (texts) => {
      const made = JSON.stringify(texts.map(toStored));
      expect(JSON.parse(fromStoredJson(made))).toEqual(texts);
    }),
  );
});
