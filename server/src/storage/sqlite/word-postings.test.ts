import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { LOCAL_OWNER } from "../../core/conversations/conversation.ts";
import { Connection } from "./connection.ts";
import { createConversation, deleteConversations } from "./conversation-writes.ts";
import { DocumentLengths } from "./document-lengths.ts";
import { FullText } from "./full-text.ts";
import { migrate } from "./migrate.ts";
import { WordPostings } from "./word-postings.ts";

let folder: string;
let connection: Connection;
let ids = 0;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sekha-postings-"));
  const file = join(folder, "memory.db");
  connection = new Connection(file, { readOnly: false, cacheMegabytes: 8 });
  migrate(connection, file);
  connection.database.exec("PRAGMA synchronous = OFF");
});

afterEach(() => {
  connection.close();
  rmSync(folder, { recursive: true, force: true });
});

function store(texts: readonly string[], owner = LOCAL_OWNER): string {
  const newId = () => {
    ids += 1;
    return `00000000-0000-4000-8000-${String(ids).padStart(12, "0")}`;
  };
  const context = { now: 0, newId };
  const draft = {
    label: "made",
    folder: "/",
    messages: texts.map((content) => ({ role: "user", content })),
  };
  connection.database.exec("BEGIN");
  const { conversation } = createConversation(connection, owner, { draft, context });
  connection.database.exec("COMMIT");
  return conversation.id;
}

function search(fullText: FullText, text: string, filter = {}) {
  const query = { kind: "words" as const, words: text.split(" ") };
  return fullText.search(LOCAL_OWNER, { query, filter, limit: 8 });
}

const BOTH = { key: "boat", match: "boat" };

describe("the messages of a word", () => {
  it("are read once and grow with the memory", () => {
    const postings = new WordPostings(connection);
    store(["a boat", "a car", "two boats"]);
    expect(postings.look(BOTH, 3)).toEqual({ rows: 2, numbers: Uint32Array.of(1, 3) });
    store(["boat", "nothing", "boat again"]);
    expect(postings.look(BOTH, 3).numbers).toEqual(Uint32Array.of(1, 3));
    expect(postings.look(BOTH, 5).numbers).toEqual(Uint32Array.of(1, 3, 4));
    expect(postings.look(BOTH, 6).numbers).toEqual(Uint32Array.of(1, 3, 4, 6));
  });

  it("are forgotten when messages are deleted", () => {
    const postings = new WordPostings(connection);
    const gone = store(["a boat"]);
    store(["another boat"]);
    postings.refresh();
    expect(postings.look(BOTH, 2).numbers).toEqual(Uint32Array.of(1, 2));
    deleteConversations(connection, LOCAL_OWNER, [gone]);
    postings.refresh();
    expect(postings.look(BOTH, 2).numbers).toEqual(Uint32Array.of(2));
  });

  it("are not kept of a word in very many messages; how many is estimated, and again when there are more", () => {
    const postings = new WordPostings(connection);
    for (let count = 0; count < 31; count += 1) store(Array.from({ length: 2000 }, () => "boat"));
    const { rows, numbers } = postings.look(BOTH, 62_000);
    expect(numbers).toBeNull();
    expect(rows).toBe(62_000);
    store(Array.from({ length: 10_000 }, () => "boat"));
    expect(postings.look(BOTH, 72_000)).toEqual({ rows: 72_000, numbers: null });
  });
});

describe("searching many frequent words", () => {
  /** Every word is in so many messages that full text alone would not rank them all. */
  function storeMany(): void {
    for (let count = 0; count < 6; count += 1) {
      store(Array.from({ length: 1000 }, (_, at) => `${at % 2 ? "boat" : "river"} number ${at}`));
    }
    store(["The boat lies at the river, near a tree"]);
    store([`boat river ${"and much else besides ".repeat(60)}`]);
  }

  it("finds what holds most of them first, short before long", () => {
    storeMany();
    const fullText = new FullText(connection);
    const { hits, total, dropped, statistics } = search(fullText, "boat river");
    expect(hits.slice(0, 8).map((hit) => hit.message)).toContain(6001);
    expect(total).toBe(6002);
    expect(dropped).toEqual([]);
    expect(statistics.frequencies).toEqual({ boat: 3002, river: 3002 });
    expect(hits[0]?.message).toBe(6001);
  });

  it("honours filters that few messages pass", () => {
    storeMany();
    const other = store(["a boat on another river", "a river and a boat"]);
    expect(other).toBeTruthy();
    connection.execute("UPDATE messages SET role = 'assistant' WHERE seq > 6002");
    const { hits, total } = search(new FullText(connection), "boat river", {
      roles: ["assistant"],
    });
    expect(hits.map((hit) => hit.message).sort()).toEqual([6003, 6004]);
    expect(total).toBe(2);
  });

  it("finds nothing of another owner", () => {
    storeMany();
    store(
      Array.from({ length: 2100 }, () => "boat and river"),
      "someone-else",
    );
    const { hits } = search(new FullText(connection), "boat river");
    expect(hits.every((hit) => hit.message <= 6002)).toBe(true);
    expect(hits.length).toBeGreaterThan(0);
  });

  it("answers the same after the frequent words were read ahead", () => {
    storeMany();
    const cold = search(new FullText(connection), "boat river");
    const warmed = new FullText(connection);
    let steps = 0;
    for (let after: string | null = ""; after !== null; steps += 1) {
      after = warmed.warm(LOCAL_OWNER, after);
    }
    expect(steps).toBeGreaterThan(1);
    expect(search(warmed, "boat river")).toEqual(cold);
  });
});

it("a message's length lowers its score as BM25 does", () => {
  store(["short boat", `boat ${"word ".repeat(400)}`]);
  const [first, second] = new DocumentLengths(connection).rank([
    { message: 2, score: 1 },
    { message: 1, score: 1 },
  ]);
  expect(first?.message).toBe(1);
  // (k1 + 1) / (1 + k1 (1 - b + b · words / usual)) with k1 1.2, b 0.75, 100 usual words.
  expect(first?.score).toBeCloseTo(2.2 / (1 + 1.2 * (0.25 + 0.75 * 0.02)), 5);
  expect(second?.score).toBeCloseTo(2.2 / (1 + 1.2 * (0.25 + 0.75 * 4.01)), 5);
});
