import { expect, test } from "vitest";
import { prefersJson } from "./content-negotiation.ts";

const asking = (headers: Record<string, string>) => new Request("http://localhost/", { headers });

test.each([
  ["application/json", true],
  ["application/json, text/plain, */*", true],
  ["text/plain;q=0.5, application/json", true],
  ["text/plain, application/json", false],
  ["application/json;q=0, */*", false],
  ["*/*", false],
  ["text/html,application/xhtml+xml,*/*;q=0.8", false],
])("a client that accepts %s prefers JSON: %s", (accept, expected) => {
  expect(prefersJson(asking({ accept }))).toBe(expected);
});

test("the old JavaScript SDK prefers JSON whatever it accepts", () => {
  expect(prefersJson(asking({ accept: "*/*", "user-agent": "Sekha-JS-SDK/1.0.0" }))).toBe(true);
  expect(prefersJson(asking({ "user-agent": "curl/8" }))).toBe(false);
});
