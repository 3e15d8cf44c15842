import { describe, expect, test } from "vitest";
import { entityLists, mergeItems, readEntityItems } from "./entity-items.ts";

const source = "Ada wrote the engine for Acme in Rust.";

describe("entities in a model's answer", () => {
  test("are read in the form that was asked for", () => {
    const answer = '{"items":[{"text":"Ada","type":"person","confidence":0.9}]}';
    expect(readEntityItems(answer, source)).toEqual([
      { text: "Ada", type: "person", confidence: 0.9 },
    ]);
  });

  test("are read in v1's form, as a bare list, and with other names and numbers", () => {
    expect(readEntityItems('{"people":["Ada"],"organizations":["Acme"]}', source)).toEqual([
      { text: "Ada", type: "person", confidence: 0.5 },
      { text: "Acme", type: "organization", confidence: 0.5 },
    ]);
    expect(readEntityItems('{"entities":{"technical_terms":["Rust"]}}', source)).toEqual([
      { text: "Rust", type: "technical_term", confidence: 0.5 },
    ]);
    expect(
      readEntityItems(
        '[{"text":" Acme ","type":"Company","confidence":80},{"text":"Ada"}]',
        source,
      ),
    ).toEqual([
      { text: "Acme", type: "organization", confidence: 0.8 },
      { text: "Ada", type: "concept", confidence: 0.5 },
    ]);
  });

  test("lose their confidence when the text does not contain them, except concepts", () => {
    const answer =
      '{"items":[{"text":"Bob","type":"person","confidence":1},{"text":"software","type":"concept","confidence":1}]}';
    expect(readEntityItems(answer, source)).toEqual([
      { text: "Bob", type: "person", confidence: 0.3 },
      { text: "software", type: "concept", confidence: 1 },
    ]);
  });

  test("are left out where they are malformed, and none are an empty list", () => {
    const answer = '{"items":[{"text":5},{"type":"person"},null,"x",{"text":""}]}';
    expect(readEntityItems(answer, source)).toEqual([]);
    expect(readEntityItems('{"items":[]}', source)).toEqual([]);
  });

  test("are undefined where there is no such answer", () => {
    expect(readEntityItems("I found Ada.", source)).toBeUndefined();
    expect(readEntityItems('{"answer":"Ada"}', source)).toBeUndefined();
  });

  test("are merged by name and type, the surest kept and first", () => {
    const merged = mergeItems([
      { text: "ada", type: "person", confidence: 0.5 },
      { text: "Rust", type: "technical_term", confidence: 0.7 },
      { text: "Ada", type: "person", confidence: 0.9 },
    ]);
    expect(merged).toEqual([
      { text: "Ada", type: "person", confidence: 0.9 },
      { text: "Rust", type: "technical_term", confidence: 0.7 },
    ]);
    expect(entityLists([...merged, { text: "Oslo", type: "location", confidence: 1 }])).toEqual({
      people: ["Ada"],
      organizations: [],
      technical_terms: ["Rust"],
      concepts: [],
    });
  });
});
