import { describe, expect, test } from "vitest";
import type { SpooledMessage } from "../../../core/ports/proxy-store.ts";
import { inPieces } from "./spooled-messages.ts";

const message = (text: string): SpooledMessage => ({
  ...{ id: text.slice(0, 1), role: "user", name: null, text, parts: null },
  ...{ timestamp: 0, metadata: {} },
});
const shape = (pieces: SpooledMessage[][]) => pieces.map((piece) => piece.map(({ id }) => id));

describe("messages in pieces [req:proxy.spool-large]", () => {
  const messages = ["a", "b", "c", "d"].map((start) => message(start + "x".repeat(500)));

  test("are as few as the bytes allow, in order", () => {
    expect(shape(inPieces(messages, 10_000))).toEqual([["a", "b", "c", "d"]]);
    expect(shape(inPieces(messages, 1300))).toEqual([
      ["a", "b"],
      ["c", "d"],
    ]);
    expect(inPieces([], 1300)).toEqual([]);
  });

  test("stand alone where one is larger than all of it", () => {
    expect(shape(inPieces(messages, 0))).toEqual([["a"], ["b"], ["c"], ["d"]]);
  });

  test("are measured as bytes, not as letters", () => {
    const chinese = ["a", "b"].map((start) => message(start + "记".repeat(500)));
    expect(shape(inPieces(chinese, 2000))).toEqual([["a"], ["b"]]);
  });
});
