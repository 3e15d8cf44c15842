import type { Where } from "chromadb";
import { describe, expect, it } from "vitest";
import { type ChromaRows, type RawHit, searchChroma } from "./chroma-search.ts";

const SCOPE: Where[] = [{ owner: "ann" }];
const LASTING: Where[] = [{ role: "tool" }];
const LIMIT = 64;
const FIRST = 96;

interface Scene {
  records: number;
  /** Every so many-th record passes. */
  every: number;
  few: string[] | null;
  /** Every second record, but for those that pass, is another owner's. */
  hasOthers?: boolean;
}

/** A collection, and how it was asked. */
function scene({ records, every, few, hasOthers = false }: Scene) {
  const looks: { limit: number; where: Where[] }[] = [];
  const rows = {
    vectors: {
      locate: async (_owner: string, ids: readonly string[]) =>
        ids.map((id) => ({ id, message: Number(id), conversation: 1, length: 9 })),
    },
    index: {
      briefs: async (_owner: string, messages: readonly number[]) =>
        messages.filter((message) => message % every === 0).map((message) => ({ message })),
    },
    conversations: {
      ids: async (_owner: string, _filter: object, limit: number) =>
        few ?? Array(limit).fill("one of many"),
    },
  } as unknown as ChromaRows;
  const source = {
    nearest: async (limit: number, where: Where[]) => {
      looks.push({ limit, where });
      return Array.from({ length: Math.min(limit, records) }, (_, at): RawHit => {
        const isOther = hasOthers && at % 2 === 1;
        const place = isOther ? null : { messageId: String(at), chunk: 0 };
        return { place, similarity: 1 - at / records };
      });
    },
    ...{ scope: SCOPE, lasting: LASTING },
    chunks: async (messages: readonly { message: number }[]) =>
      messages.map(({ message }) => ({ message, chunk: 0, start: 0, end: 9 })),
  };
  const search = () => searchChroma(rows, { owner: "ann", filter: {}, limit: LIMIT }, source);
  return { looks, search };
}

describe("a search in Chroma", () => {
  it("asks once where enough of the nearest pass", async () => {
    const { looks, search } = scene({ records: 100_000, every: 1, few: null });
    expect(await search()).toHaveLength(LIMIT);
    expect(looks).toEqual([{ limit: FIRST, where: [] }]);
  });

  it("looks deeper, without conditions, where a twentieth passes", async () => {
    const many = Array.from({ length: 250 }, (_, at) => String(at));
    for (const few of [null, many]) {
      const { looks, search } = scene({ records: 100_000, every: 20, few });
      expect(await search()).toHaveLength(LIMIT);
      expect(looks.map(({ limit }) => limit)).toEqual([FIRST, 1844]);
      expect(looks.flatMap(({ where }) => where)).toEqual([]);
    }
  });

  it("tells some hundred conversations where those that pass lie deeper than it is worth", async () => {
    const few = Array.from({ length: 250 }, (_, at) => String(at));
    const { looks, search } = scene({ records: 100_000, every: 500, few });
    expect(await search()).toHaveLength(40);
    expect(looks).toEqual([
      { limit: FIRST, where: [] },
      ...[FIRST, FIRST * 32, 20_000].map((limit) => {
        return { limit, where: [{ conversation_id: { $in: few } }] };
      }),
    ]);
  });

  it.each([
    ["by what lasts of them", false, LASTING],
    ["by the owner too, where others' records stand between", true, [...SCOPE, ...LASTING]],
  ])("narrows %s as the last resort, and ends", async (_, hasOthers, narrowed) => {
    const { looks, search } = scene({ records: 100_000, every: 5000, few: null, hasOthers });
    expect(await search()).toHaveLength(4);
    expect(looks).toEqual(
      [[], narrowed].flatMap((where) =>
        [FIRST, FIRST * 32, 20_000].map((limit) => ({ limit, where })),
      ),
    );
  });

  it("asks no more where no conversation passes, or nothing is left", async () => {
    const none = scene({ records: 100_000, every: 5000, few: [] });
    expect(await none.search()).toEqual([]);
    expect(none.looks).toHaveLength(1);
    const small = scene({ records: 50, every: 2, few: null });
    expect(await small.search()).toHaveLength(25);
    expect(small.looks).toHaveLength(1);
  });
});
