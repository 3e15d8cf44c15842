import { randomUUID } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Conversation, JsonObject, Message } from "../conversations/conversation.ts";
import { collect, parse } from "./__fixtures__/parsing.ts";
import { writeJsonLines } from "./json-lines-export.ts";
import { writeMarkdown } from "./markdown-export.ts";

const FORMATS = { "JSON Lines": writeJsonLines, Markdown: writeMarkdown };

const CONVERSATION: Conversation = {
  id: "0190b0a0-0000-7000-8000-000000000001",
  label: 'Label: with "quotes" — and\nlines',
  folder: "/work/a b",
  status: "archived",
  pinned: true,
  importanceScore: 7.5,
  importanceSource: "user",
  createdAt: 1700000000123,
  updatedAt: 1700000001456,
  messageCount: 0,
  wordCount: 0,
  sessionId: "session",
  sessionCount: 1,
  tags: ["a,b", " c "],
  metadata: { "-->": { deep: [1, null, "<!--"] } },
  embeddingStatus: "pending",
};

function message(content: string, more: Partial<Message> = {}): Message {
  return {
    id: randomUUID(),
    conversationId: CONVERSATION.id,
    position: 0,
    role: "user",
    name: null,
    content,
    parts: null,
    timestamp: 1700000000999,
    metadata: {},
    embeddingStatus: "none",
    ...more,
  };
}

async function* each<T>(items: T[]): AsyncGenerator<T> {
  yield* items;
}

async function written(
  write: typeof writeMarkdown,
  conversation: Conversation,
  messages: Message[],
): Promise<string> {
  return (await collect(write(conversation, each(messages)))).join("");
}

const expectedMessage = (source: Message) => ({
  id: source.id,
  role: source.role,
  name: source.name,
  content: source.content,
  parts: source.parts,
  timestamp: source.timestamp,
  metadata: source.metadata,
  importKey: source.id,
});

function expectedDraft(conversation: Conversation, messages: Message[]) {
  const { messageCount, wordCount, sessionCount, embeddingStatus, ...rest } = conversation;
  return { ...rest, messages: messages.map(expectedMessage) };
}

/** Pieces that look like what the formats use themselves. */
const trickyText = fc
  .array(
    fc.oneof(
      fc.string({ unit: "binary" }),
      fc.constantFrom(
        "\n",
        "\n\n",
        "\r\n",
        "\r",
        "```",
        "\n```js\n",
        "~~~",
        "-->",
        '<!-- sekha:end {"messages":1} -->',
        '\n<!-- sekha:message {"role":"x"} -->\n',
        "\n## User\n",
        "**User:**",
        "User: ",
        "---",
        "\nsekha_conversation: 1\n",
        "שלום עולם",
        "👩‍👩‍👧",
        "\u0007\u001b[0m",
        "\u2028",
        "\u0085",
        "\ufeff",
        "  ",
        "\t",
        "\\",
        "&amp;",
      ),
    ),
    { maxLength: 8 },
  )
  .map((pieces) => pieces.join(""))
  .filter((text) => !/[\0\p{Surrogate}]/u.test(text));
const json = fc
  .dictionary(trickyText, fc.jsonValue({ maxDepth: 2, stringUnit: "grapheme" }))
  .map((value) => JSON.parse(JSON.stringify(value)) as JsonObject)
  .filter((value) => !JSON.stringify(value).includes("\\u0000"));
const messages = fc.array(
  fc
    .record({
      role: trickyText,
      name: fc.option(trickyText),
      content: trickyText,
      parts: fc.option(fc.array(json, { maxLength: 2 })),
      timestamp: fc.integer({ min: -8.64e15, max: 8.64e15 }),
      metadata: json,
    })
    .map(({ content, ...more }) => message(content, more)),
  { maxLength: 4 },
);

describe.each(Object.entries(FORMATS))("the %s export", (_name, write) => {
  it("comes back with nothing lost", async () => {
    const turns = [
      message("Hello\nworld", { parts: [{ type: "image_url", image_url: { url: "data:,x-->" } }] }),
      message("```js\nopen fence", { role: "assistant", name: "Ada", metadata: { model: "m" } }),
      message("", { timestamp: 0 }),
    ];
    const { conversations, refusals } = await parse(await written(write, CONVERSATION, turns));
    expect(refusals).toEqual([]);
    expect(conversations[0]?.identity).toEqual({ source: "sekha", externalId: CONVERSATION.id });
    expect(conversations[0]?.draft).toEqual(expectedDraft(CONVERSATION, turns));
  });

  it("gives back any text, name, role, time and metadata exactly", async () => {
    await fc.assert(
      fc.asyncProperty(messages, trickyText, json, async (turns, label, metadata) => {
        const first = { ...CONVERSATION, label, metadata };
        const second = { ...CONVERSATION, id: randomUUID(), sessionId: null, tags: [] };
        const file =
          (await written(write, first, turns)) + (await written(write, second, turns.toReversed()));
        const { conversations, refusals } = await parse(file, { chunk: 97 });
        expect(refusals).toEqual([]);
        expect(conversations.map((item) => item.draft)).toEqual([
          expectedDraft(first, turns),
          expectedDraft(second, turns.toReversed()),
        ]);
      }),
      { numRuns: 150 },
    );
  });

  it("yields the complete conversations before any cut and refuses the one cut off", async () => {
    const turns = [message("one"), message("two\n```\nthree")];
    const first = Buffer.from(await written(write, CONVERSATION, turns));
    const file = Buffer.concat([first, first]);
    for (let at = first.length; at < file.length - 3; at += 1) {
      const { conversations, refusals } = await parse(file.subarray(0, at));
      expect(conversations.length).toBeGreaterThan(0);
      expect(conversations.length + refusals.length).toBeLessThanOrEqual(2);
    }
    for (let at = 1; at < first.length - 3; at += 1) {
      const { conversations } = await parse(first.subarray(0, at));
      expect(conversations).toEqual([]);
    }
  });

  it("refuses what a newer version wrote", async () => {
    const file = await written(write, CONVERSATION, [message("x")]);
    const newer = file
      .replace('"version":1', '"version":99')
      .replace("sekha_conversation: 1", "sekha_conversation: 99");
    expect((await parse(newer)).refusals[0]?.reason).toContain("newer Sekha");
  });

  it("holds one message at a time while it writes", async () => {
    let alive = 0;
    async function* counted(): AsyncGenerator<Message> {
      for (let index = 0; index < 1000; index += 1) {
        alive += 1;
        yield message(`m${index}`);
      }
    }
    let pieces = 0;
    for await (const piece of write(CONVERSATION, counted())) {
      pieces += piece.length > 0 ? 1 : 0;
      expect(alive).toBeLessThanOrEqual(pieces);
    }
    expect(alive).toBe(1000);
  });
});

describe("a Markdown export edited by hand", () => {
  const turns = [message("line one\nline two"), message("answer", { role: "assistant" })];

  it("takes the text as it is now and everything else as it was", async () => {
    const file = await written(writeMarkdown, CONVERSATION, turns);
    const edited = file
      .replace("line two", "line 2\nline three\n\nline five")
      .replace("answer\n", "answer\nadded\n");
    const { conversations, refusals } = await parse(edited);
    expect(refusals).toEqual([]);
    expect(conversations[0]?.draft.messages.map((item) => [item.id, item.content])).toEqual([
      [turns[0]?.id, "line one\nline 2\nline three\n\nline five"],
      [turns[1]?.id, "answer\nadded"],
    ]);
  });

  it("survives Windows line ends", async () => {
    const file = await written(writeMarkdown, CONVERSATION, turns);
    const { conversations } = await parse(file.replaceAll("\n", "\r\n"));
    expect(conversations[0]?.draft).toEqual(expectedDraft(CONVERSATION, turns));
  });

  it("closes an open code fence for other readers", async () => {
    const file = await written(writeMarkdown, CONVERSATION, [message("```js\nx"), message("y")]);
    expect(file).toContain("```js\nx\n```\n\n<!-- sekha:message");
  });
});
