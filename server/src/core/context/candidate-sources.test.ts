import { expect, test } from "vitest";
import { NO_SUMMARIES } from "../ports/summary-source.ts";
import { contextCandidate, type MessageChoices } from "./__fixtures__/context-messages.ts";
import { CandidateSources } from "./candidate-sources.ts";

const SHARES = { turnShares: [0.25, 0.25] };

async function gained(turns: MessageChoices[], found: string[]) {
  const hit = contextCandidate("the hit", { position: 5, relevance: 0.8, ...turns[0] });
  const around = turns.slice(1).map((choices) => contextCandidate("a turn", choices).message);
  const sources = new CandidateSources({
    recall: { search: () => Promise.reject(new Error("nobody searches")) },
    store: {
      ids: async () => [],
      list: async () => ({ items: [], total: 0 }),
      turnsAround: async () => around,
    },
    summaries: NO_SUMMARIES,
  });
  const options = { ...SHARES, found: new Set(found) };
  const neighbours = await sources.neighbours("o", [hit], options);
  return neighbours.map(({ message, relevance }) => [message.id, relevance]);
}

test("between people a turn that was found gains by the same person's next one only [req:context.exchanges]", async () => {
  const turns = [
    { name: "Ann" },
    { id: "answer", name: "Bob", position: 6 },
    { id: "more", name: "Ann", position: 7 },
  ];
  const both = [
    ["answer", 0.2],
    ["more", 0.2],
  ];
  expect(await gained(turns, [])).toEqual(both);
  expect(await gained(turns, ["answer", "more"])).toEqual([["more", 0.2]]);
});

test("with an assistant question and answer are one exchange, found or not [req:context.exchanges]", async () => {
  const turns = [{}, { id: "answer", role: "assistant", position: 6 }];
  expect(await gained(turns, ["answer"])).toEqual([["answer", 0.2]]);
});
