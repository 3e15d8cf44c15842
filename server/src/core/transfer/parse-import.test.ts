import { describe, expect, it } from "vitest";
import {
  chatGpt,
  collect,
  NOW,
  parse,
  parseOne,
  textContent,
  turnsOf,
} from "./__fixtures__/parsing.ts";
import { parseImport } from "./parse-import.ts";

describe("JSON Lines of messages", () => {
  it("puts consecutive lines of one conversation together and continues it later [req:import.formats]", async () => {
    const lines = [
      {
        role: "user",
        content: "1",
        conversation_id: "a",
        title: "First",
        folder: "/f",
        tags: ["t"],
        timestamp: 1700000000,
      },
      { role: "assistant", content: "2", conversation_id: "a", name: "Bot", metadata: { x: 1 } },
      { role: "user", content: "3", conversation: "b" },
      { role: "user", content: "1", conversation_id: "a" },
    ];
    const { conversations } = await parse(lines.map((line) => JSON.stringify(line)).join("\n"), {
      fileName: "log.jsonl",
    });
    expect(
      conversations.map((item) => [
        item.identity.externalId,
        item.draft.label,
        item.draft.folder,
        item.continued,
      ]),
    ).toEqual([
      ["a", "First", "/f", false],
      ["b", "log b", "/imports/jsonl", false],
      ["a", "First", "/f", true],
    ]);
    expect(conversations[0]?.draft.messages[1]).toMatchObject({
      name: "Bot",
      metadata: { x: 1, source: "jsonl" },
    });
    expect(conversations[2]?.draft.messages[0]?.importKey).not.toBe(
      conversations[0]?.draft.messages[0]?.importKey,
    );
  });

  it("hands a huge single conversation on in portions of one identity", async () => {
    const lines = Array.from(
      { length: 12_000 },
      (_, index) => `{"role":"user","content":"m${index}"}`,
    );
    const { conversations } = await parse(lines.join("\n"), { fileName: "log.jsonl" });
    expect(conversations.map((item) => [item.draft.messages.length, item.continued])).toEqual([
      [5000, false],
      [5000, true],
      [2000, true],
    ]);
    expect(new Set(conversations.map((item) => item.identity.externalId)).size).toBe(1);
  });
});

describe("any import", () => {
  it("overrides the folder and reports the bytes read", async () => {
    const { conversations, last } = await parse("User: hi", { fileName: "a.txt", folder: "/mine" });
    expect(conversations[0]?.draft.folder).toBe("/mine");
    expect(last).toEqual({ kind: "progress", bytesRead: 8 });
  });

  it("removes only NUL and lone surrogates from texts", async () => {
    const parsed = await parseOne(
      '{"messages":[{"role":"user","content":"a\\u0000b\\ud800c\\u0007🙂\\ud83d\\ude00"}]}',
    );
    expect(turnsOf(parsed)).toEqual([["user", "ab\uFFFDc\u0007🙂😀"]]);
  });

  it("keeps conversations apart that begin alike", async () => {
    const one = '{"title":"New chat","messages":[{"role":"user","content":"hi"}]}';
    const { conversations } = await parse(`[${one},${one}]`);
    expect(new Set(conversations.map((item) => item.identity.externalId)).size).toBe(2);
  });

  it("turns a reading error into a refusal after what could be read", async () => {
    async function* failing(): AsyncGenerator<Uint8Array> {
      yield Buffer.from('[{"messages":[{"role":"user","content":"hi"}]},');
      throw new Error("disk gone");
    }
    const items = await collect(parseImport(failing(), { fileName: "x.json", now: () => NOW }));
    expect(items.map((item) => item.kind)).toEqual([
      "conversation",
      "refusal",
      "refusal",
      "progress",
    ]);
    expect(items[2]).toMatchObject({ reason: expect.stringContaining("disk gone") });
  });

  it("releases the stream of a file that it refuses", async () => {
    let isClosed = false;
    async function* large(): AsyncGenerator<Uint8Array> {
      try {
        for (;;) {
          yield Buffer.alloc(100_000);
        }
      } finally {
        isClosed = true;
      }
    }
    await collect(parseImport(large(), { fileName: "x", now: () => NOW }));
    expect(isClosed).toBe(true);
  });

  it("never throws wherever a small file of any format is cut or overwritten", async () => {
    const files = [
      chatGpt([{ id: "1", parent: null, role: "user", content: textContent("hi") }]),
      "<conversation><title>T</title><message><role>user</role><content>x</content></message></conversation>",
      "# T\n## User\nhi\n```\nx\n```\n## Assistant\nyo\n",
      '{"role":"user","content":"x","conversation_id":"a"}\n{"role":"user","content":"y"}\n',
    ];
    let parsed = 0;
    for (const file of files) {
      const bytes = Buffer.from(file);
      for (let at = 0; at < bytes.length; at += 1) {
        const damaged = Buffer.from(bytes);
        damaged[at] = (at * 37) % 256;
        for (const variant of [bytes.subarray(0, at), damaged]) {
          const { conversations, refusals } = await parse(variant);
          parsed += 1;
          expect(conversations.length + refusals.length).toBeGreaterThan(0);
        }
      }
    }
    expect(parsed).toBeGreaterThan(500);
  });
});
