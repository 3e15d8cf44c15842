import { describe, expect, test } from "vitest";
import { contextCandidate } from "./__fixtures__/context-messages.ts";
import { findSuperseded } from "./superseded.ts";

const ada = (id: string, day: number) =>
  contextCandidate(`message ${id}`, { id, day, conversation: id });
const fact = (messageId: string, value: string, changes = {}) => ({
  ...{ messageId, value, subject: "Ada", attribute: "employer" },
  ...changes,
});
const none = new Set<string>();
const all = [ada("a", 1), ada("b", 5), ada("c", 9)];

describe("statements that a newer one replaces, by facts [req:facts.context]", () => {
  test("are all older ones with another value, whoever compares them", () => {
    const facts = [fact("c", "Acme"), fact("a", "Initech"), fact("b", "Hooli")];
    const pairs = findSuperseded(all.toReversed(), { query: "", stems: none, facts });
    expect(pairs.toSorted((one, other) => (one.older < other.older ? -1 : 1))).toEqual([
      { older: "a", newer: "c" },
      { older: "b", newer: "c" },
    ]);
  });

  test("are told by words, not by case, accents and punctuation", () => {
    const facts = [
      fact("a", "Initech", { subject: "ADA!" }),
      fact("b", "Hooli", { attribute: "Employer" }),
    ];
    expect(findSuperseded(all, { query: "", stems: none, facts })).toEqual([
      { older: "a", newer: "b" },
    ]);
    const same = [fact("a", "Café Acme"), fact("b", "cafe acme.")];
    expect(findSuperseded(all, { query: "", stems: none, facts: same })).toEqual([]);
  });

  test.each([
    ["other subjects", { subject: "Bob" }],
    ["other attributes", { attribute: "city" }],
    ["messages that are not at hand", { messageId: "z" }],
  ])("are none of %s", (_what, changes) => {
    const facts = [fact("a", "Initech"), fact("b", "Hooli", changes)];
    expect(findSuperseded(all, { query: "", stems: none, facts })).toEqual([]);
  });

  test("are not those that name the value of today, or it among others", () => {
    const back = [fact("a", "Acme"), fact("b", "Hooli"), fact("c", "Acme")];
    expect(findSuperseded(all, { query: "", stems: none, facts: back })).toEqual([
      { older: "b", newer: "c" },
    ]);
    const several = [fact("a", "Acme"), fact("c", "Acme"), fact("c", "Hooli")];
    expect(findSuperseded(all, { query: "", stems: none, facts: several })).toEqual([]);
  });

  test("name the newest of several that replace them", () => {
    const facts = [
      fact("a", "Initech"),
      fact("c", "Acme"),
      fact("a", "Graz", { attribute: "city" }),
      fact("b", "Wien", { attribute: "city" }),
    ];
    expect(findSuperseded(all, { query: "", stems: none, facts })).toEqual([
      { older: "a", newer: "c" },
    ]);
  });

  test("stand beside those that words tell, each once", () => {
    const said = (id: string, day: number, amount: number) =>
      contextCandidate(`The insurance costs ${amount} euros`, { id, day });
    const candidates = [said("d", 1, 80), said("e", 3, 90), said("f", 5, 95), ...all];
    const stems = new Set(["insur", "cost", "euro"]);
    expect(
      findSuperseded(candidates, { query: "insurance costs", stems, facts: [] }).map(
        ({ older }) => older,
      ),
    ).toEqual(["d", "e"]);
    const insurance = { subject: "insurance", attribute: "costs" };
    const facts = [
      ...[fact("a", "Initech"), fact("b", "Hooli")],
      ...[fact("d", "80", insurance), fact("f", "95", insurance)],
    ];
    const pairs = findSuperseded(candidates, { query: "insurance costs", stems, facts });
    expect(pairs.toSorted((one, other) => (one.older < other.older ? -1 : 1))).toEqual([
      { older: "a", newer: "b" },
      { older: "d", newer: "f" },
      { older: "e", newer: "f" },
    ]);
  });
});
