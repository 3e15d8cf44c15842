import { describe, expect, it } from "vitest";
import { parse, parseOne, turnsOf } from "./__fixtures__/parsing.ts";

describe("Markdown and text", () => {
  it("reads headings, ignores them in code, keeps the preamble and the title [req:import.formats]", async () => {
    const markdown =
      "---\ntags: [a, b]\ndate: 2024-01-02\n---\n# My chat\n\nBefore.\n\n## You said:\r\n\r\nHow?\n```\n## User\n```\n## ChatGPT\n  indented\n### User\n## System design\n";
    const parsed = await parseOne(markdown, "notes/file.md");
    expect(turnsOf(parsed)).toEqual([
      ["user", "How?\n```\n## User\n```"],
      ["assistant", "  indented\n### User\n## System design"],
    ]);
    expect(parsed.draft).toMatchObject({
      label: "My chat",
      tags: ["a", "b"],
      folder: "/imports/markdown",
      createdAt: Date.UTC(2024, 0, 2),
      metadata: { preamble: "Before." },
    });
  });

  it("reads bold markers and line prefixes, labelled by the file's name", async () => {
    const bold = await parseOne("**User:** hi\nmore\n\n**Assistant**: yo\n", "dir/My talk.md");
    expect([bold.draft.label, turnsOf(bold)]).toEqual([
      "My talk",
      [
        ["user", "hi\nmore"],
        ["assistant", "yo"],
      ],
    ]);
    const plain = await parseOne("Human: hi\nthere\n\nAI: yo\nUser: bye", "talk.txt");
    expect([plain.draft.folder, turnsOf(plain)]).toEqual([
      "/imports/text",
      [
        ["user", "hi\nthere"],
        ["assistant", "yo"],
        ["user", "bye"],
      ],
    ]);
  });

  it("keeps the keys of a file that has grown", async () => {
    const before = await parseOne("User: ok\nAI: ok\nUser: ok\n", "a.txt");
    const after = await parseOne("User: ok\nAI: ok\nUser: ok\nUser: ok\n", "a.txt");
    expect(after.identity).toEqual(before.identity);
    const keys = after.draft.messages.map((message) => message.importKey);
    expect(keys.slice(0, 3)).toEqual(before.draft.messages.map((message) => message.importKey));
    expect(new Set(keys).size).toBe(4);
  });

  it("refuses text without turns, web pages, binary and empty files with a reason", async () => {
    const reasons = await Promise.all(
      ["just prose", "<!DOCTYPE html><html>", "\u0000\u0001PNG", " \n", "[[wiki]] link"].map(
        async (content) => (await parse(content)).refusals[0]?.reason,
      ),
    );
    expect(reasons).toEqual([
      expect.stringContaining("no turns found"),
      expect.stringContaining("web page"),
      expect.stringContaining("not a text file"),
      expect.stringContaining("empty"),
      expect.stringContaining("no turns found"),
    ]);
  });

  it("is not slowed down by lines made of marks and spaces", async () => {
    const odd = [
      `# ${" ".repeat(200_000)}x`,
      `## User${" #".repeat(100_000)}x`,
      "```js\n".repeat(50_000),
    ];
    const parsed = await parseOne(`${odd.join("\n")}\n## User\nhi`);
    expect(turnsOf(parsed)).toEqual([["user", "hi"]]);
  });
});
