import { describe, expect, it } from "vitest";
import { parse, parseOne, turnsOf } from "./__fixtures__/parsing.ts";

describe("Claude exports", () => {
  const message = (uuid: string, sender: string, more: Record<string, unknown>) => ({
    uuid,
    sender,
    text: "",
    content: [],
    attachments: [],
    files: [],
    created_at: "2024-05-09T12:29:00.780444+00:00",
    ...more,
  });

  it("reads blocks, attachments and times with and without zone", async () => {
    const parsed = await parseOne(
      JSON.stringify([
        {
          uuid: "k-1",
          name: "",
          created_at: "2024-05-09T12:00:00.123456",
          updated_at: "2024-05-09T14:00:00+02:00",
          chat_messages: [
            message("m1", "human", {
              text: "Hi",
              attachments: [{ file_name: "a.txt", extracted_content: "inside" }],
            }),
            message("m2", "assistant", {
              text: "placeholder",
              content: [
                { type: "thinking", thinking: "hm" },
                { type: "text", text: "Hello", citations: [] },
                { type: "tool_use", name: "search", input: {} },
              ],
            }),
            message("m3", "human", { content: [{ type: "text", text: "plain", citations: [] }] }),
            message("m4", "human", {}),
            message("m5", "human", { files: [{ file_name: "p.png" }] }),
          ],
        },
      ]),
    );
    expect(parsed.identity).toEqual({ source: "claude", externalId: "k-1" });
    expect(parsed.draft).toMatchObject({
      label: "Untitled conversation",
      folder: "/imports/claude",
      createdAt: Date.UTC(2024, 4, 9, 12, 0, 0, 123),
      updatedAt: Date.UTC(2024, 4, 9, 12),
    });
    expect(turnsOf(parsed)).toEqual([
      ["user", "Hi\n\n[Attachment: a.txt]\ninside"],
      ["assistant", "Hello"],
      ["user", "plain"],
      ["user", "[file: p.png]"],
    ]);
    expect(parsed.draft.messages[1]?.parts).toHaveLength(3);
    expect(parsed.draft.messages[2]?.parts).toBeNull();
  });

  it("reads the old {conversations: […]} form into the Claude folder, the same identity each time", async () => {
    const old = JSON.stringify({
      conversations: [
        {
          title: "T",
          created_at: "2024-01-01T00:00:00Z",
          messages: [
            { role: "human", content: "q", timestamp: "2024-01-01T00:00:01Z" },
            { role: "assistant", content: "a" },
          ],
        },
      ],
    });
    const first = await parseOne(old);
    expect(first.draft).toMatchObject({
      label: "T",
      folder: "/imports/claude",
      createdAt: Date.UTC(2024, 0, 1),
    });
    expect(first.draft.messages[0]).toMatchObject({ role: "user", timestamp: 1704067201000 });
    expect((await parseOne(old)).identity).toEqual(first.identity);
  });

  it("reads XML with entities, CDATA and tags inside the text, and refuses what is cut off", async () => {
    const xml = `<?xml version="1.0"?><conversations><!-- <conversation> -->
      <conversation><title>A &amp; B</title><message><role>human</role><content>x &lt; 1 <b>bold</b> &#x1F642; &nope;<![CDATA[</content>&amp;]]></content></message>
      <message role="assistant">short &amp; direct</message></conversation>
      <conversation><title>Cut</title><message><role>user</role><content>lost`;
    const { conversations, refusals } = await parse(xml);
    expect(conversations.map((item) => [item.draft.label, turnsOf(item)])).toEqual([
      [
        "A & B",
        [
          ["user", "x < 1 <b>bold</b> 🙂 &nope;</content>&amp;"],
          ["assistant", "short & direct"],
        ],
      ],
    ]);
    expect(refusals).toMatchObject([{ title: "Cut", reason: expect.stringContaining("cut off") }]);
    const bomb = '<!DOCTYPE x [<!ENTITY a "aaaa">]><conversation><title>&a;</title></conversation>';
    expect((await parse(bomb)).refusals[0]?.reason).toContain("document type");
  });
});
