import { describe, expect, it } from "vitest";
import {
  chatGpt,
  type NodeFixture,
  parse,
  parseOne,
  textContent,
  turnsOf,
} from "./__fixtures__/parsing.ts";

describe("ChatGPT exports", () => {
  const nodes: NodeFixture[] = [
    { id: "root", parent: null },
    { id: "sys", parent: "root", role: "system", content: textContent("") },
    { id: "u1", parent: "sys", role: "user", content: textContent("Where to?", "Soon.") },
    { id: "a1", parent: "u1", role: "assistant", content: textContent("Old answer") },
    {
      id: "a2",
      parent: "u1",
      role: "assistant",
      content: textContent("Lisbon"),
      more: { metadata: { model_slug: "gpt-4o" } },
    },
  ];

  it("keeps the current branch with ids, times, model and title", async () => {
    const parsed = await parseOne(`[${chatGpt(nodes, { current_node: "a2" })}]`);
    expect(turnsOf(parsed)).toEqual([
      ["user", "Where to?\nSoon."],
      ["assistant", "Lisbon"],
    ]);
    expect(parsed.identity).toEqual({ source: "chatgpt", externalId: "c-1" });
    expect(parsed.draft).toMatchObject({
      label: "Trip",
      folder: "/imports/chatgpt",
      status: "active",
      createdAt: 1.7e12,
      updatedAt: 1700000100500,
    });
    expect(parsed.draft.messages[1]).toMatchObject({
      importKey: "a2",
      timestamp: 1700000000124,
      metadata: { source: "chatgpt", model: "gpt-4o", imported_at: "2026-01-01T00:00:00.000Z" },
    });
  });

  it("takes the newest leaf without current_node and survives circles", async () => {
    const newest = nodes.map((node) =>
      node.id === "a1" ? { ...node, more: { create_time: 1800000000 } } : node,
    );
    expect(turnsOf(await parseOne(chatGpt(newest))).at(-1)).toEqual(["assistant", "Old answer"]);
    const circle = [
      { id: "x", parent: "y", role: "user", content: textContent("one") },
      { id: "y", parent: "x", role: "user", content: textContent("two") },
    ];
    expect(turnsOf(await parseOne(chatGpt(circle, { current_node: "y" })))).toHaveLength(2);
  });

  it("keeps images as parts, reads code, tools and thoughts, and leaves hidden turns out", async () => {
    const image = {
      content_type: "image_asset_pointer",
      asset_pointer: "file-service://x",
      width: 4,
    };
    const chain = [
      {
        id: "1",
        parent: null,
        role: "user",
        content: {
          content_type: "user_editable_context",
          user_profile: "I sail",
          user_instructions: "Be brief",
        },
        more: { metadata: { is_visually_hidden_from_conversation: true } },
      },
      {
        id: "2",
        parent: "1",
        role: "user",
        content: { content_type: "multimodal_text", parts: [image, "What is this?"] },
      },
      {
        id: "3",
        parent: "2",
        role: "assistant",
        content: { content_type: "code", language: "python", text: "print(1)" },
        more: { recipient: "python" },
      },
      {
        id: "4",
        parent: "3",
        role: "tool",
        content: { content_type: "execution_output", text: "1" },
        more: { author: { role: "tool", name: "python" } },
      },
      {
        id: "5",
        parent: "4",
        role: "tool",
        content: { content_type: "tether_quote", url: "https://e.org", title: "E", text: "quoted" },
      },
      {
        id: "6",
        parent: "5",
        role: "assistant",
        content: { content_type: "thoughts", thoughts: [{ summary: "Think", content: "hard" }] },
      },
      {
        id: "7",
        parent: "6",
        role: "assistant",
        content: { content_type: "brand_new", novel: { deep: true } },
      },
      {
        id: "8",
        parent: "7",
        role: "assistant",
        content: textContent("weightless"),
        more: { weight: 0 },
      },
      {
        id: "9",
        parent: "8",
        role: "user",
        content: { content_type: "multimodal_text", parts: [image] },
      },
    ];
    const parsed = await parseOne(chatGpt(chain, { current_node: "9", is_archived: true }));
    expect(turnsOf(parsed)).toEqual([
      ["user", "What is this?"],
      ["assistant", "print(1)"],
      ["tool", "1"],
      ["tool", "E\nhttps://e.org\nquoted"],
      ["assistant", "Think\nhard"],
      ["assistant", '{"content_type":"brand_new","novel":{"deep":true}}'],
      ["user", "[image]"],
    ]);
    expect(parsed.draft.messages[0]?.parts).toEqual([
      image,
      { type: "text", text: "What is this?" },
    ]);
    expect(parsed.draft.messages[2]?.name).toBe("python");
    expect(parsed.draft.status).toBe("archived");
    expect(parsed.draft.metadata?.custom_instructions).toBe("I sail\nBe brief");
  });

  it("refuses an empty conversation with its title and goes on", async () => {
    const { conversations, refusals } = await parse(
      `[${chatGpt([{ id: "r", parent: null }])},${chatGpt(nodes)},{"a":tru},{"odd":1}]`,
    );
    expect(conversations).toHaveLength(1);
    expect(refusals.map(({ title, reason }) => [title, reason.slice(0, 20)])).toEqual([
      ["Trip", "it holds no messages"],
      [undefined, "it is not valid JSON"],
      [undefined, "it is no conversatio"],
    ]);
  });
});
