import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  fuse,
  type RankingCandidate,
  rankByMeaning,
  rankConversations,
  relevanceOf,
  relevanceOfMeaning,
  relevanceOfWords,
} from "./fusion.ts";
import { cleanQuery } from "./query-terms.ts";

function ranked(query: string, candidates: RankingCandidate[], names: string[] = []) {
  const cleaned = cleanQuery(query, { speakerWords: new Set(names) });
  const documentFrequency = new Map(cleaned.terms.map((term) => [term.stem, 3]));
  return fuse({ query: cleaned, candidates, statistics: { messages: 1000, documentFrequency } });
}

const order = (scored: { id: number }[]) => scored.map(({ id }) => id);

function message(id: number, changes: Partial<RankingCandidate> = {}): RankingCandidate {
  return { id, conversationId: id, position: 0, role: "user", ...changes };
}

describe("ranking", () => {
  test("puts the message with more of the query's words first", () => {
    const both = message(1, { text: "the blue bicycle" });
    const one = message(2, { text: "the blue sky" });
    expect(order(ranked("blue bicycle", [one, both]))).toEqual([1, 2]);
  });

  test("counts the words of the turns around", () => {
    const hit = message(1, { conversationId: 7, position: 4, text: "which bicycle?" });
    const answer = message(2, { conversationId: 7, position: 5 });
    const stranger = message(3);
    expect(order(ranked("bicycle", [stranger, answer, hit]))).toEqual([1, 2, 3]);
  });

  test("prefers what is nearer in meaning, all else equal", () => {
    const [near, far] = [message(1, { cosine: 0.6 }), message(2, { cosine: 0.2 })];
    expect(order(ranked("bicycle", [far, near]))).toEqual([1, 2]);
  });

  test("prefers the speaker whom the query names", () => {
    const his = message(1, { name: "Tom", text: "a bicycle" });
    const hers = message(2, { name: "Ann", text: "a bicycle" });
    expect(order(ranked("What bicycle has Tom?", [hers, his], ["tom", "ann"]))).toEqual([1, 2]);
  });

  test("prefers the user's words, or the assistant's when the query asks for them", () => {
    const user = message(1, { text: "pasta" });
    const assistant = message(2, { role: "assistant", text: "pasta" });
    expect(order(ranked("pasta", [assistant, user]))).toEqual([1, 2]);
    expect(order(ranked("what did you say of pasta", [user, assistant]))).toEqual([2, 1]);
  });

  test("prefers a message of the day that the query names", () => {
    const then = message(1, { createdAt: Date.UTC(2023, 4, 8), text: "party" });
    const later = message(2, { createdAt: Date.UTC(2023, 8, 8), text: "party" });
    expect(order(ranked("the party on 8 May 2023", [later, then]))).toEqual([1, 2]);
  });

  test("finds every overlapping piece of unspaced script", () => {
    const [whole, part] = [message(1, { text: "你好吗朋友" }), message(2, { text: "你好朋友" })];
    const [first, second] = ranked("你好吗", [part, whole]);
    expect(first?.id).toBe(1);
    expect((first?.score ?? 0) - (second?.score ?? 0)).toBeGreaterThan(0.3);
  });

  test("does not take the letters of a mixed word for pieces", () => {
    const [other] = ranked("東京tower", [message(1, { text: "we were over there" })]);
    const [none] = ranked("東京tower", [message(1)]);
    expect(other?.score).toBe(none?.score);
  });

  test("takes the newer of equals first", () => {
    expect(order(ranked("bicycle", [message(1), message(3), message(2)]))).toEqual([3, 2, 1]);
  });
});

const candidates = fc.uniqueArray(
  fc
    .record({
      id: fc.nat(1000),
      conversationId: fc.nat(5),
      position: fc.nat(20),
      role: fc.constantFrom("user", "assistant", "Tom", ""),
      createdAt: fc.integer({ min: -8.64e15, max: 8.64e15 }),
    })
    .chain((base) =>
      fc
        .record({
          cosine: fc.option(fc.float({ min: -1, max: 1, noNaN: true }), { nil: undefined }),
          text: fc.option(fc.string({ unit: "binary" }), { nil: undefined }),
          name: fc.option(fc.string(), { nil: undefined }),
        })
        .map(
          ({ cosine, text, name }): RankingCandidate => ({
            ...base,
            ...(cosine === undefined ? {} : { cosine }),
            ...(text === undefined ? {} : { text }),
            ...(name === undefined ? {} : { name }),
          }),
        ),
    ),
  { selector: ({ id }) => id, maxLength: 30 },
);

describe("for any candidates", () => {
  const input = fc.record({
    query: fc
      .string({ unit: "binary" })
      .map((text) => cleanQuery(text, { speakerWords: new Set(["tom"]), now: 0 })),
    candidates,
    messages: fc.nat(1000),
    frequency: fc.nat(5000),
  });
  const run = ({
    query,
    candidates: given,
    messages,
    frequency,
  }: typeof input extends fc.Arbitrary<infer T> ? T : never) =>
    fuse({
      query,
      candidates: given,
      statistics: {
        messages,
        documentFrequency: new Map(query.terms.map(({ stem }) => [stem, frequency])),
      },
    });

  test("scores are numbers, relevance lies in 0 to 1 and descends", () => {
    fc.assert(
      fc.property(input, (given) => {
        const scored = run(given);
        expect(scored).toHaveLength(given.candidates.length);
        let last = 1;
        for (const { score, relevance } of scored) {
          expect(Number.isFinite(score)).toBe(true);
          expect(relevance).toBeGreaterThanOrEqual(0);
          expect(relevance).toBeLessThanOrEqual(last);
          last = relevance;
        }
      }),
    );
  });

  test("the order does not depend on the order they come in", () => {
    fc.assert(
      fc.property(input, (given) => {
        const distinct = [
          ...new Map(
            given.candidates.map((one) => [`${one.conversationId}:${one.position}`, one]),
          ).values(),
        ];
        const forward = run({ ...given, candidates: distinct });
        expect(run({ ...given, candidates: distinct.toReversed() })).toEqual(forward);
      }),
    );
  });
});

test("relevance rises with the score, between 0 and 1", () => {
  const score = fc.double({ min: -3, max: 3, noNaN: true });
  fc.assert(
    fc.property(score, score, (left, right) => {
      const [low, high] = left < right ? [left, right] : [right, left];
      for (const relevance of [relevanceOf, relevanceOfWords, relevanceOfMeaning]) {
        expect(relevance(low)).toBeLessThanOrEqual(relevance(high));
        expect(relevance(low)).toBeGreaterThanOrEqual(0);
        expect(relevance(high)).toBeLessThanOrEqual(1);
      }
    }),
  );
});

test("meaning alone ranks by cosine and leaves out what has none", () => {
  const given = [message(1, { cosine: 0.1 }), message(2), message(3, { cosine: 0.9 })];
  expect(order(rankByMeaning(given))).toEqual([3, 1]);
});

test("a conversation counts by its three best messages, each next one half", () => {
  const scored = [
    { id: 1, conversationId: 1, score: 1, relevance: 0.7 },
    { id: 2, conversationId: 2, score: 0.9, relevance: 0.6 },
    { id: 3, conversationId: 2, score: 0.8, relevance: 0.5 },
  ];
  const [first, second] = rankConversations(scored);
  expect(first).toMatchObject({ conversationId: 2, score: 1.3 });
  expect(first?.messages.map(({ id }) => id)).toEqual([2, 3]);
  expect(second).toMatchObject({ conversationId: 1, score: 1 });
});
