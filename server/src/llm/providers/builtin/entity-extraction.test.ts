import { describe, expect, test } from "vitest";
import { MIGRATION_CONVERSATION } from "../../../core/text/__fixtures__/migration-conversation.ts";
import { extractEntities } from "./entity-extraction.ts";
import type { EntityType } from "./entity-rules.ts";

function found(text: string, type: EntityType): string[] {
  return extractEntities(text)
    .filter((entity) => entity.type === type)
    .map((entity) => entity.text);
}

describe("entities by rules [req:bridge.builtin]", () => {
  const conversation = MIGRATION_CONVERSATION.join("\n");

  test.each<[EntityType, string[]]>([
    ["person", ["Sarah Miller", "Anja Weber", "Tomás Rivera"]],
    ["organization", ["Deloitte GmbH", "Northwind Traders"]],
    ["technical_term", ["MongoDB", "PostgreSQL", "TypeScript", "invoice_totals", "sql"]],
    ["date", ["2025-03-31", "14 March 2025"]],
    ["email", ["tomas@northwind.example"]],
    ["url", ["https://docs.example.com/current/logical-replication.html"]],
  ])("finds each %s of a conversation and no others", (type, expected) => {
    expect(found(conversation, type).toSorted()).toEqual(expected.toSorted());
  });

  test("finds its concepts by keywords", () => {
    expect(found(conversation, "concept")).toEqual(
      expect.arrayContaining(["dual writes", "billing service"]),
    );
  });

  test.each<[EntityType, string, string[]]>([
    [
      "person",
      "Yesterday Maria called. Then I met John O'Neil-Smith.",
      ["Maria", "John O'Neil-Smith"],
    ],
    ["person", "My sister Imke said hello to Ludwig van Beethoven.", ["Imke"]],
    ["person", "Ich heiße Jörg Müller.", ["Jörg Müller"]],
    ["person", "Dr. Okonkwo will see you. OpenAI said no. Python said nothing.", ["Okonkwo"]],
    ["person", "The meeting is on Monday. Thanks said nobody.", []],
    [
      "organization",
      "She left Google for the University of Oslo and Acme Labs.",
      ["University of Oslo", "Google", "Acme Labs"],
    ],
    ["organization", "I worked at Globex before. Apply for a Visa.", ["Globex"]],
    [
      "technical_term",
      "Use parseDate() with UTF-8 in config.yaml on Node.js, gpt-4o and v2.1.0. OK, TODO.",
      ["parseDate()", "UTF-8", "config.yaml", "Node.js", "gpt-4o", "v2.1.0"],
    ],
    [
      "technical_term",
      "Write C++ or C# against redis; the API returns JSON. I need some rest.",
      ["C++", "C#", "redis", "API", "JSON"],
    ],
    [
      "date",
      "Due by Sept 3rd, 2024, not on 05.06.2024 or in May 2023.",
      ["Sept 3rd, 2024", "05.06.2024", "May 2023"],
    ],
  ])("finds each %s in: %s", (type, text, expected) => {
    expect(found(text, type).toSorted()).toEqual(expected.toSorted());
  });

  test("takes nothing but its language from fenced code", () => {
    const text = "```python\nclass HiddenThing: secret_value = 1\n```";
    expect(extractEntities(text).map((entity) => entity.text)).toEqual(["python"]);
  });

  test("names each once, surest first, with confidences between 0 and 1", () => {
    const entities = extractEntities(`${conversation}\n${conversation}`);
    const names = entities.map((entity) => entity.text.toLowerCase());
    expect(new Set(names).size).toBe(names.length);
    const confidences = entities.map((entity) => entity.confidence);
    expect(confidences).toEqual(confidences.toSorted((a, b) => b - a));
    expect(Math.max(...confidences)).toBeLessThan(1);
    expect(Math.min(...confidences)).toBeGreaterThan(0);
  });

  test("finds nothing in nothing", () => {
    expect(extractEntities("")).toEqual([]);
    expect(extractEntities("so what, then?")).toEqual([]);
  });
});
