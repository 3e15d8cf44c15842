import { describe, expect, test } from "vitest";
import { madeId, readId, readText } from "./values.ts";

const ID = "6f1c2b34-9a5d-4e0f-8b7a-1c2d3e4f5a6b";
const BLOB = Buffer.from(ID.replaceAll("-", ""), "hex");

describe("an id", () => {
  test.each([
    ["16 bytes", BLOB],
    ["a text", ID],
    ["a text in capitals", ID.toUpperCase()],
    ["a text without hyphens", ID.replaceAll("-", "")],
    ["a text in braces", `{${ID}}`],
    ["a text that stands as a blob", Buffer.from(ID)],
  ])("that is %s is the same UUID", (_form, value) => {
    expect(readId(value)).toEqual({ id: ID, original: null });
  });

  test.each([["chat-1"], [""], [7], [null], ["zz1c2b34-9a5d-4e0f-8b7a-1c2d3e4f5a6b"]])(
    "that is no UUID (%j) is kept beside one made of it, the same each time",
    (value) => {
      const { id, original } = readId(value);
      expect(original).toBe(String(value ?? ""));
      expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/);
      expect(readId(value).id).toBe(id);
    },
  );

  test("made of another text is another", () => {
    expect(madeId("a")).not.toBe(madeId("b"));
  });
});

describe("a text", () => {
  test.each(["", "naïve 東京 👩‍👩‍👧", "\uFEFFa byte order mark stays", "a\r\nb\t\u0007"])(
    "of sound UTF-8 is taken whole: %j",
    (text) => {
      expect(readText(Buffer.from(text))).toEqual({ text, original: null });
    },
  );

  test("with NUL loses it, and its bytes are kept", () => {
    const bytes = Buffer.from("a\0b");
    expect(readText(bytes)).toEqual({ text: "ab", original: bytes });
  });

  test("that is no UTF-8 is read as far as it goes, and its bytes are kept", () => {
    const bytes = Buffer.from([0x61, 0xff, 0x62]);
    expect(readText(bytes)).toEqual({ text: "a\uFFFDb", original: bytes });
  });
});
