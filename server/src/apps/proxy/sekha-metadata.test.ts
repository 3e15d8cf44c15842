import { expect, test } from "vitest";
import { metadataHeader, withMetadata } from "./sekha-metadata.ts";

test.each([
  ["{}", '{"sekha_metadata":{"a":1}}'],
  ['{"x": 1.0 }', '{"x": 1.0,"sekha_metadata":{"a":1}}'],
  ['{"x":1,"sekha_metadata":{"r":2}}', '{"x":1,"sekha_metadata":{"r":2,"a":1}}'],
  // Not as the bridge writes it: written again.
  ['{"sekha_metadata": {"r":2}, "x":1}', '{"sekha_metadata":{"r":2,"a":1},"x":1}'],
])("metadata joins %s", (json, expected) => {
  expect(withMetadata(json, JSON.parse(json), { a: 1 })).toBe(expected);
});

test("a header that would be too long leaves out what was quoted", () => {
  const use = { label: "x".repeat(500), folder: "/ü" };
  const short = metadataHeader({ context_used: [use], context_count: 1 });
  expect(JSON.parse(short)).toEqual({ context_used: [use], context_count: 1 });
  expect(short).toMatch(/^[\x20-\x7e]+$/);
  const long = metadataHeader({ context_used: Array(20).fill(use), context_count: 20 });
  expect(JSON.parse(long)).toEqual({ context_count: 20 });
});
