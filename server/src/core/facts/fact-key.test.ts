import { expect, test } from "vitest";
import { factKey } from "./fact-key.ts";

test.each([
  ["The  Rent,", "the rent"],
  ["Café-Tisch", "cafe tisch"],
  [" 🎉 ", "🎉"],
])("%j is compared as %j", (text, key) => {
  expect(factKey(text)).toBe(key);
});
