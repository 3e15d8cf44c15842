import { describe, expect, test } from "vitest";
import { MIGRATION_CONVERSATION } from "../../../core/text/__fixtures__/migration-conversation.ts";
import { findKeywords } from "./keyword-labels.ts";

const texts = (text: string, count = 6) => findKeywords(text, count).map((label) => label.text);

describe("keyword labels", () => {
  test("name what a conversation is about, strongest first", () => {
    const labels = findKeywords(MIGRATION_CONVERSATION.join("\n"), 7);
    const names = labels.map((label) => label.text);
    expect(names).toEqual(expect.arrayContaining(["dual writes", "billing service", "PostgreSQL"]));
    expect(labels[0]?.confidence).toBe(1);
    const confidences = labels.map((label) => label.confidence);
    expect(confidences).toEqual(confidences.toSorted((a, b) => b - a));
  });

  test("count the forms of a word as one and write it as the text mostly does", () => {
    expect(texts("Gardens need water. The garden has roses. My garden is green.", 1)).toEqual([
      "garden",
    ]);
  });

  test("leave out a word that only occurs in a phrase that is named", () => {
    const names = texts("Quantum computing is young. Quantum computing is hard. I like apples.", 5);
    expect(names[0]).toBe("Quantum computing");
    expect(names).not.toContain("computing");
  });

  test("are found in scripts without spaces, grammar left out", () => {
    const names = texts("明日の会議は東京駅です。会議の資料は田中さんが準備します。", 4);
    expect(names[0]).toBe("会議");
    expect(names).not.toContain("です");
  });

  test.each([
    [
      "German",
      "user: Ich habe mit der Bank über die Kaution für die Wohnung gesprochen. Die Kaution und die Miete der Wohnung sind hoch.\nassistant: Die Miete ist hoch, aber die Wohnung ist schön.",
      "Wohnung",
    ],
    [
      "French",
      "user: Je voudrais changer la chaudière de la maison. La chaudière est vieille et la maison est froide.\nassistant: Il faut demander un devis pour la chaudière.",
      "chaudière",
    ],
    [
      "Spanish",
      "user: Quiero cambiar la caldera de la casa porque la caldera es vieja.\nassistant: Para la caldera de la casa hay ayudas.",
      "caldera",
    ],
  ])("are no function words of %s [req:labels.languages]", (_language, text, expected) => {
    const labels = texts(text);
    expect(labels[0]).toContain(expected);
    expect(labels.join(" ")).not.toMatch(/(?:^| )(?:die|der|und|ich|la|est|el|de|es|user)(?: |$)/i);
  });

  test("name no speaker where no space separates words [req:labels.languages]", () => {
    expect(texts("user: 我们决定搬到上海。\nassistant: 上海的公寓很贵。")).not.toContain("user");
  });

  test("are none for text without content", () => {
    expect(texts("How are you? I am fine, and you? 12 34 ok")).toEqual([]);
    expect(texts("")).toEqual([]);
  });
});
