import { PassThrough } from "node:stream";
import { expect, test } from "vitest";
import { watchUnreadableLines } from "./unreadable-lines.ts";

test("lines that are no JSON are told, however they are cut into chunks [req:mcp.parse-errors]", async () => {
  const input = new PassThrough();
  let count = 0;
  watchUnreadableLines(input, () => {
    count += 1;
  });
  const bytes = Buffer.from('{"a":"ü"}\n\n  \r\nhello\n{"a":\n[1]\n{"b":"日本"}\nlast');
  for (const byte of bytes) input.write(Buffer.from([byte]));
  input.end();
  await new Promise((done) => input.once("close", done));
  expect(count).toBe(3);
});
