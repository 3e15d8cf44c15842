import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { bytePieces, collect, collectUntilFailure, sequence } from "./__fixtures__/pieces.ts";
import { parseSse, type ServerSentEvent, sseEvent } from "./sse.ts";
import { FramingError } from "./stream-failure.ts";

async function parsed(text: string, cuts: readonly number[] = []): Promise<ServerSentEvent[]> {
  return await collect(parseSse(bytePieces(text, cuts)));
}

const everyByte = (text: string) => Array.from({ length: text.length * 4 }, (_, index) => index);
const cuts = fc.array(fc.nat(4000), { maxLength: 40 });
const data = fc
  .string({ unit: "binary", maxLength: 40 })
  .map((text) => text.replaceAll(/[\r\n]/g, "·").toWellFormed());
const lineEnd = fc.constantFrom("\n", "\r", "\r\n");

describe("server-sent events", () => {
  test("are read with names, data of several lines, comments and fields of no interest", async () => {
    const text =
      ": hello\nevent: delta\ndata: one\ndata:two\ndata:  three\nid: 7\nretry: 10\n\ndata\n\nevent:\ndata: x\n\n";
    expect(await parsed(text)).toEqual([
      { event: "delta", data: "one\ntwo\n three" },
      { event: undefined, data: "" },
      { event: undefined, data: "x" },
    ]);
  });

  test("need data: a name alone is no event and is not kept for the next one", async () => {
    expect(await parsed("event: lost\n\ndata: x\n\n")).toEqual([{ event: undefined, data: "x" }]);
  });

  test("that no empty line ends are dropped, as the standard says", async () => {
    expect(await parsed("data: a\n\ndata: b\n")).toEqual([{ event: undefined, data: "a" }]);
    expect(await parsed("data: a\n\ndata: b")).toEqual([{ event: undefined, data: "a" }]);
    expect(await parsed("")).toEqual([]);
  });

  test("begin after a byte order mark, which is text anywhere else", async () => {
    expect(await parsed("\uFEFFdata: a\n\ndata: \uFEFFb\n\n", [1, 2])).toEqual([
      { event: undefined, data: "a" },
      { event: undefined, data: "\uFEFFb" },
    ]);
  });

  test("are the same with every line ending, cut at every byte", async () => {
    const expected = [
      { event: "é", data: "🙂 one\ntwo" },
      { event: undefined, data: "[DONE]" },
    ];
    for (const end of ["\n", "\r", "\r\n"]) {
      const lines = ["event: é", "data: 🙂 one", "data: two", "", ":", "data: [DONE]", "", ""];
      const text = lines.join(end);
      expect(await parsed(text)).toEqual(expected);
      expect(await parsed(text, everyByte(text))).toEqual(expected);
    }
  });

  test("come out as they went in, wherever the bytes are cut and whatever ends each line", async () => {
    const event = fc.record({ data: fc.array(data, { minLength: 1, maxLength: 3 }), end: lineEnd });
    await fc.assert(
      fc.asyncProperty(fc.array(event, { maxLength: 8 }), cuts, async (events, places) => {
        const text = events
          .map((one) => [...one.data.map((line) => `data: ${line}`), "", ""].join(one.end))
          // One kind of ending must not run into the next: CR then LF would be one.
          .join(": c\n");
        const expected = events.map((one) => ({ event: undefined, data: one.data.join("\n") }));
        expect(await parsed(text, places)).toEqual(expected);
      }),
    );
  });

  test("written by sseEvent are read back, names and line breaks included", async () => {
    expect(sseEvent('{"a":1}')).toBe('data: {"a":1}\n\n');
    expect(sseEvent("x", "ping")).toBe("event: ping\ndata: x\n\n");
    const texts = fc.string({ unit: "binary" }).map((text) => text.toWellFormed());
    await fc.assert(
      fc.asyncProperty(texts, cuts, async (text, places) => {
        const wire = sseEvent(text, "name");
        const read = text.replaceAll(/\r\n?/g, "\n");
        expect(await parsed(wire, places)).toEqual([{ event: "name", data: read }]);
      }),
    );
  });

  test("larger than 16 MB are refused, in one line or in many, before all of it has come", async () => {
    let sent = 0;
    const endless = async function* (piece: string): AsyncGenerator<Uint8Array> {
      for (; sent < 1000; sent += 1) yield new TextEncoder().encode(piece);
    };
    const block = "x".repeat(1024 * 1024);
    for (const piece of [block, `data: ${block}\n`]) {
      sent = 0;
      const { items, failure } = await collectUntilFailure(parseSse(endless(piece)));
      expect(failure).toBeInstanceOf(FramingError);
      expect(items).toEqual([]);
      expect(sent).toBeLessThanOrEqual(17);
    }
  });

  test("pass on what breaks the bytes, after the events before it", async () => {
    const breaking = async function* (): AsyncGenerator<Uint8Array> {
      yield new TextEncoder().encode("data: a\n\ndata: b");
      throw new Error("reset");
    };
    const { items, failure } = await collectUntilFailure(parseSse(breaking()));
    expect(items).toEqual([{ event: undefined, data: "a" }]);
    expect(failure).toMatchObject({ message: "reset" });
  });

  test("end the bytes when the reader leaves", async () => {
    let ended = false;
    const bytes = async function* (): AsyncGenerator<Uint8Array> {
      try {
        for (;;) yield* sequence([new TextEncoder().encode("data: a\n\n")]);
      } finally {
        ended = true;
      }
    };
    for await (const _ of parseSse(bytes())) break;
    expect(ended).toBe(true);
  });
});
