import { describe, expect, test } from "vitest";
import { KEPT_KEY, mapConversation, mapMessage } from "./mapping.ts";
import type { V1ConversationRow, V1MessageRow } from "./rows.ts";

const ID = "6f1c2b34-9a5d-4e0f-8b7a-1c2d3e4f5a6b";
const OTHER = "0b6a1f7e-3c2d-4b5a-9e8f-7a6b5c4d3e2f";
const bytes = (text: string) => Buffer.from(text);

function conversation(given: Partial<V1ConversationRow> = {}): V1ConversationRow {
  return {
    ...{ row: 1, id: ID, label: bytes("Köln"), folder: bytes("/work"), status: bytes("active") },
    ...{ importance_score: "5", session_count: "1" },
    created_at: "2025-01-25 20:30:00.123456",
    updated_at: "2025-01-26T08:00:00Z",
    ...given,
  };
}

function message(given: Partial<V1MessageRow> = {}): V1MessageRow {
  return {
    ...{ row: 1, id: ID, conversation_id: OTHER, role: bytes("user"), content: bytes("hello") },
    ...{ timestamp: "2025-01-25 20:30:00.123456", embedding_id: null, metadata: null },
    ...given,
  };
}

describe("a conversation", () => {
  test("keeps id, label, folder, status and both times, to the millisecond", () => {
    const { draft, kept } = mapConversation(conversation(), 0);
    expect(draft).toMatchObject({
      ...{ id: ID, label: "Köln", folder: "/work", status: "active", importanceScore: 5 },
      createdAt: Date.UTC(2025, 0, 25, 20, 30, 0, 123),
      updatedAt: Date.UTC(2025, 0, 26, 8),
    });
    expect(draft.metadata).toBeUndefined();
    expect(kept).toEqual({});
  });

  test("of importance 10 is pinned, and unpinning gives it version 1's 5 again", () => {
    const { draft } = mapConversation(conversation({ importance_score: "10" }), 0);
    expect(draft).toMatchObject({ pinned: true, importanceScore: 5, importanceSource: "default" });
  });

  test("of another importance than version 1 gives was judged by a person", () => {
    const { draft } = mapConversation(conversation({ importance_score: "8" }), 0);
    expect(draft).toMatchObject({ importanceScore: 8, importanceSource: "user" });
    expect(draft.pinned).toBeUndefined();
  });

  test.each([
    [{ importance_score: "0" }, { importanceScore: 1 }, { importance_score: "0" }],
    [{ importance_score: null }, { importanceScore: 5 }, { importance_score: null }],
    [{ importance_score: "12" }, { pinned: true }, { importance_score: "12" }],
    [{ status: bytes("deleted") }, { status: "active" }, { status: "deleted" }],
    [{ folder: bytes("work/notes/") }, { folder: "/work/notes" }, { folder: "work/notes/" }],
    [{ session_count: "3" }, {}, { session_count: "3" }],
    [
      { created_at: "long ago" },
      { createdAt: Date.UTC(2025, 0, 26, 8) },
      { created_at: "long ago" },
    ],
    [{ id: "chat-1" }, {}, { id: "chat-1" }],
    [{ label: Buffer.from([0xff]) }, { label: "\uFFFD" }, { label_base64: "/w==" }],
  ])("keeps in its metadata what has no place: %j", (given, draft, kept) => {
    const mapped = mapConversation(conversation(given), 0);
    expect(mapped.draft).toMatchObject({ ...draft, metadata: { [KEPT_KEY]: kept } });
    expect(mapped.kept).toEqual(kept);
  });

  test("called pinned in its status is pinned", () => {
    const { draft, kept } = mapConversation(conversation({ status: bytes("pinned") }), 0);
    expect(draft).toMatchObject({ status: "active", pinned: true });
    expect(kept).toEqual({});
  });
});

describe("a message", () => {
  test.each([
    "2025-01-25 20:30:00.123456",
    "2025-01-25T20:30:00.123456789",
    "2025-01-25T20:30:00.123Z",
    "2025-01-25T20:30:00.123+00:00",
    "2025-01-25T22:30:00.123+02:00",
  ])("said at %s has its time", (timestamp) => {
    const { draft } = mapMessage(message({ timestamp }));
    expect(draft.timestamp).toBe(Date.UTC(2025, 0, 25, 20, 30, 0, 123));
  });

  test("keeps a metadata object letter by letter", () => {
    const text = '{"a": 1.0, "b":12345678901234567890}';
    const { draft, metadata } = mapMessage(message({ metadata: bytes(text) }));
    expect(metadata).toBe(text);
    expect(draft.metadata).toMatchObject({ a: 1 });
  });

  test.each(['{"a": ', '["a"]', '"text"', "7", ""])(
    "keeps metadata that is no object as it stood: %s",
    (text) => {
      const { draft, metadata } = mapMessage(message({ metadata: bytes(text) }));
      expect(draft.metadata).toEqual({ [KEPT_KEY]: { metadata: text } });
      expect(metadata).toBeNull();
    },
  );

  test.each([null, bytes("null"), bytes("{}")])("without metadata has none: %s", (metadata) => {
    expect(mapMessage(message({ metadata })).draft.metadata).toBeUndefined();
  });

  test("that has the name for what is kept itself keeps both", () => {
    const text = `{"${KEPT_KEY}": 1.0}`;
    const mapped = mapMessage(message({ metadata: bytes(text), timestamp: "never" }));
    expect(mapped.draft.metadata).toEqual({
      [KEPT_KEY]: 1,
      [`${KEPT_KEY}_2`]: { timestamp: "never" },
    });
    expect(JSON.parse(mapped.metadata ?? "")).toEqual(mapped.draft.metadata);
    expect(mapped.metadata?.startsWith(text.slice(0, -1))).toBe(true);
  });

  test("knows whether version 1 had a vector, and keeps that one's name when it is another", () => {
    expect(mapMessage(message()).embedded).toBe(false);
    const own = mapMessage(message({ embedding_id: ID }));
    expect(own).toMatchObject({ embedded: true, kept: {} });
    expect(mapMessage(message({ embedding_id: OTHER })).kept).toEqual({ embedding_id: OTHER });
  });
});
