import { describe, expect, test } from "vitest";
import { cleanQuery } from "../search/query-terms.ts";
import { contextCandidate, type MessageChoices } from "./__fixtures__/context-messages.ts";
import { findRestatements } from "./restatements.ts";

function pairs(
  query: string,
  { older, newer }: { older: string; newer: string },
  choices: MessageChoices = {},
) {
  const { terms } = cleanQuery(query, { speakerWords: new Set() });
  const candidates = [
    contextCandidate(newer, { id: "newer", day: 20, ...choices }),
    contextCandidate(older, { id: "older", day: 2 }),
  ];
  return findRestatements(candidates, {
    text: query,
    stems: new Set(terms.map((term) => term.stem)),
  });
}

const FOUND = [{ older: "older", newer: "newer" }];

describe("a restatement", () => {
  test.each([
    [
      "a number",
      "What is the API response time?",
      "The API response time is 300ms.",
      "The API response time improved to 250ms.",
    ],
    [
      "money in German",
      "Wie hoch ist die Miete der Wohnung?",
      "Die Miete der Wohnung beträgt 950 Euro.",
      "Die Miete der Wohnung beträgt jetzt 1020 Euro.",
    ],
    [
      "money with its sign behind",
      "¿Cuánto es el alquiler del piso?",
      "El alquiler del piso es 800 €.",
      "El alquiler del piso ahora es 870 €.",
    ],
    [
      "a date",
      "When is the dentist appointment?",
      "My dentist appointment is on Monday.",
      "My dentist appointment moved to Thursday.",
    ],
    [
      "a name",
      "Who is my landlord in the flat?",
      "The landlord of my flat is Peter.",
      "The landlord of my flat is now Maria.",
    ],
    [
      "an end",
      "Do I eat meat for dinner?",
      "I eat meat for dinner.",
      "I no longer eat meat for dinner.",
    ],
  ])("is found by %s [req:context.restatements]", (...[, query, older, newer]) => {
    expect(pairs(query, { older, newer })).toEqual(FOUND);
  });

  test("is none of another speaker, of the assistant, of another subject or of what nobody asks", () => {
    const query = "What is the API response time?";
    const older = "The API response time is 300ms.";
    const newer = "The API response time improved to 250ms.";
    expect(pairs(query, { older, newer }, { name: "Ann" })).toEqual([]);
    expect(pairs(query, { older, newer }, { role: "assistant" })).toEqual([]);
    expect(pairs(query, { older, newer: "My cat improved to 5 kg." })).toEqual([]);
    expect(pairs("Where is the spare key?", { older, newer })).toEqual([]);
  });

  test("is none where the same is said again", () => {
    const same = "The API response time is 300ms.";
    expect(pairs("API response time", { older: same, newer: same })).toEqual([]);
  });

  test("is none where two things only share their kind of value, or a happening another day", () => {
    const query = "What is my total budget for holiday gifts this year?";
    const older = "I have a budget of $15,000 in mind for a family car.";
    expect(pairs(query, { older, newer: "Our grocery budget was increased to $500." })).toEqual([]);
    const met = "I met Kelly at the book club on 12 October.";
    const again = "I hosted the book club with Kelly on 20 February.";
    expect(pairs("Have I met Kelly at a book club?", { older: met, newer: again })).toEqual([]);
  });

  test.each([
    [
      "another sort of the same thing",
      "What is the savings goal of my emergency fund?",
      "My emergency fund has a savings goal of $2,000.",
      "My car fund has reached its savings goal of $5,000.",
    ],
    [
      "another month",
      "What is my book budget?",
      "My January book budget is $50.",
      "I increased my book budget to $75 for April.",
    ],
    [
      "a difference",
      "How many days does the hiring cycle take?",
      "The hiring cycle takes 18 days.",
      "The hiring cycle was reduced by 15 days.",
    ],
    [
      "what was done, and is done again",
      "How many books did I read for the reading challenge?",
      "I finished 3 books of the reading challenge.",
      "My reading challenge was extended and I finished 5 books of it.",
    ],
    [
      "code",
      "How many columns does the transactions table have?",
      "The transactions table has 4 columns.",
      "I changed the table:\n```\ntransactions table now 5 columns\n```\n",
    ],
    [
      "one common word",
      "What do I save?",
      "I save $20 with it.",
      "I increased what I save to $30, for the car.",
    ],
  ])("is none where they differ in what they are of: %s", (...[, query, older, newer]) => {
    expect(pairs(query, { older, newer })).toEqual([]);
  });

  test("is a number that counts what the sentence speaks of", () => {
    const older = "The main branch of my repository has 150 commits.";
    const newer = "The commits in the main branch have now reached 165, which is much.";
    const query = "How many commits are in the main branch of my repository?";
    expect(pairs(query, { older, newer })).toEqual(FOUND);
  });

  test("is none that only repeats what was replaced before", () => {
    const said = (text: string, id: string, day: number) => contextCandidate(text, { id, day });
    const candidates = [
      said("My reading goal is 10 books.", "first", 1),
      said("I extended my reading goal to 12 books.", "second", 2),
      said("I think of my reading goal of 10 books.", "third", 3),
    ];
    const query = {
      text: "How many books are my reading goal?",
      stems: new Set(["book", "read", "goal"]),
    };
    expect(findRestatements(candidates, query)).toEqual([{ older: "first", newer: "second" }]);
  });
});
