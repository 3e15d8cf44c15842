import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { FrozenBlock, NewTurn, ProxyStore } from "../../core/ports/proxy-store.ts";
import { openProxyDatabase } from "./proxy-database.ts";

let folder: string;
let file: string;
let store: ProxyStore;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "sekha-proxy-"));
  file = join(folder, "proxy.db");
  store = await openProxyDatabase(file);
});
afterEach(async () => {
  await store.close();
  rmSync(folder, { recursive: true });
});

const EMPTY: FrozenBlock = { text: "", tokens: 0, citations: [] };

function block(text: string, ...cited: string[]): FrozenBlock {
  const citations = cited.map((conversationId) => ({
    conversationId,
    messageId: `of ${conversationId}`,
    label: "L",
    folder: "/f",
    timestamp: "2026-01-01T00:00:00.000Z",
  }));
  return { text, tokens: 5, citations };
}

function turn(hash: string, changes: Partial<NewTurn> = {}): NewTurn {
  return {
    hash,
    pair: `pair ${hash}`,
    state: "stored",
    messageId: `m ${hash}`,
    blockId: null,
    ...changes,
  };
}

async function keep(place: string, turns: NewTurn[], texts: string[] = []) {
  const [owner = "", conversationId = ""] = place.split("/");
  const messages = texts.map((text) => ({
    id: `m ${text}`,
    role: "user",
    name: null,
    text,
    parts: null,
    timestamp: 1,
    metadata: {},
  }));
  const tip = turns.at(-1)?.hash ?? "";
  const entry = { conversationId, isFirst: true, folder: "/f", metadata: {}, messages };
  await store.spool(owner, {
    conversationId,
    tip,
    window: `window ${tip}`,
    touchedAt: 10,
    turns,
    entry: texts.length === 0 ? null : entry,
  });
}

test("a history finds the conversation that shares the most of it, of its owner alone", async () => {
  await keep("ada/short", [turn("1"), turn("2")], ["x"]);
  await keep("ada/long", [turn("1"), turn("2"), turn("3")], ["x"]);
  await keep("bob/his", [turn("1"), turn("2"), turn("3"), turn("4")], ["x"]);
  const found = await store.findByHistory("ada", ["1", "2", "3", "4"]);
  expect(found).toMatchObject({ place: 2, conversation: { id: "long", tip: "3", isStored: true } });
  expect((await store.findByHistory("ada", ["1", "2"]))?.conversation.id).toBe("short");
  expect(await store.findByHistory("ada", ["9"])).toBeNull();
  expect((await store.findByWindow("ada", ["window 2", "window 3", "no"]))?.place).toBe(1);
  expect(await store.findByWindow("ada", ["window 4"])).toBeNull();
});

test("the first that was frozen beside a turn holds, over a restart [req:proxy.frozen-blocks]", async () => {
  await store.add("ada", { id: "c", tip: { hash: "1", pair: "pair 1" }, touchedAt: 1 });
  const mark = { hash: "1", pair: "pair 1" };
  const freeze = (id: string, frozen: FrozenBlock) =>
    store.freeze("ada", {
      conversationId: "c",
      turn: mark,
      blockId: id,
      block: frozen,
      touchedAt: 10,
    });
  expect((await freeze("b1", block("first", "x"))).text).toBe("first");
  expect((await freeze("b2", block("second", "x"))).text).toBe("first");
  await store.close();
  store = await openProxyDatabase(file);
  expect(await store.turns("ada", "c", { hashes: ["1", "2"] })).toEqual([
    { ...mark, state: "seen", messageId: null, blockId: "b1", block: block("first", "x") },
  ]);
  expect(await store.turns("bob", "c", { hashes: ["1"] })).toEqual([]);
  await store.dropBlocks("ada", "c", ["1"]);
  expect((await store.turns("ada", "c", { pairs: ["pair 1"] }))[0]?.block).toEqual(EMPTY);
  expect((await freeze("b3", block("third"))).text).toBe("");
});

test("a turn that was said with memory off stays so", async () => {
  await store.add("ada", { id: "c", tip: { hash: "1", pair: "pair 1" }, touchedAt: 1 });
  await store.skip("ada", "c", [{ hash: "1", pair: "p" }]);
  await keep("ada/c", [turn("1"), turn("2")]);
  const known = await store.turns("ada", "c", { hashes: ["1", "2"] });
  expect(known.map(({ state, messageId }) => [state, messageId])).toEqual([
    ["skipped", null],
    ["stored", "m 2"],
  ]);
});

test("what waits is given out conversation by conversation, in order, until it is delivered [req:proxy.spool]", async () => {
  await keep("ada/c", [turn("1")], ["one"]);
  await keep("ada/d", [turn("9")], ["two", "three"]);
  await keep("ada/c", [turn("2")], ["four"]);
  await store.close();
  store = await openProxyDatabase(file);
  expect(await store.counts()).toEqual({ waiting: 4, setAside: 0 });
  const texts = async () =>
    (await store.waiting({ limit: 10, except: [] })).map((entry) =>
      entry.messages.map((message) => message.text),
    );
  expect(await texts()).toEqual([["one"], ["two", "three"]]);
  const [first, second] = await store.waiting({ limit: 10, except: [] });
  await store.delivered(first?.number ?? 0);
  await store.setAside(second?.number ?? 0, "refused");
  expect(await texts()).toEqual([["four"]]);
  expect(await store.counts()).toEqual({ waiting: 1, setAside: 2 });
});

test("a forgotten conversation leaves no byte: no turn, no block that cites it, nothing on its way [req:proxy.erases]", async () => {
  await keep("ada/gone", [turn("1")], ["SECRETWORD"]);
  await keep("ada/stays", [turn("2")], ["other"]);
  const freeze = (blockId: string, hash: string, frozen: FrozenBlock) =>
    store.freeze("ada", {
      conversationId: "stays",
      turn: { hash, pair: hash },
      blockId,
      block: frozen,
      touchedAt: 10,
    });
  await freeze("b1", "2", block("QUOTEDSECRET", "gone", "third"));
  await freeze("b2", "3", block("fine", "third"));
  await store.forget("ada", ["gone"]);
  const known = await store.turns("ada", "stays", { hashes: ["2", "3"] });
  expect(known.map((one) => one.block?.text)).toEqual(["", "fine"]);
  expect((await store.turns("ada", "gone", { hashes: ["1"] }))[0]?.state).toBe("skipped");
  expect(await store.mentioned()).toEqual([{ owner: "ada", conversationIds: ["third"] }]);
  expect(await store.counts()).toEqual({ waiting: 1, setAside: 0 });
  await store.close();
  const bytes = readFileSync(file).toString("latin1");
  expect(bytes).toContain("fine");
  expect(bytes).not.toContain("SECRETWORD");
  expect(bytes).not.toContain("QUOTEDSECRET");
  store = await openProxyDatabase(file);
});

test("a branch takes the shared turns and their blocks along, and each forgets for itself", async () => {
  await keep("ada/c", [turn("1"), turn("2")], ["one"]);
  const mark = { hash: "1", pair: "pair 1" };
  await store.freeze("ada", {
    conversationId: "c",
    turn: mark,
    blockId: "b",
    block: block("quoted", "x"),
    touchedAt: 10,
  });
  await store.add(
    "ada",
    { id: "d", tip: { hash: "1", pair: "pair 1" }, touchedAt: 1 },
    { from: "c", hashes: ["1"] },
  );
  await store.dropBlocks("ada", "c", ["1"]);
  const known = await store.turns("ada", "d", { hashes: ["1", "2"] });
  expect(known).toMatchObject([
    { hash: "1", state: "stored", messageId: "m 1", block: { text: "quoted" } },
  ]);
});

test("what nobody touched for long goes, but nothing that still waits [req:proxy.bounded]", async () => {
  await keep("ada/old", [turn("1")]);
  await keep("ada/waits", [turn("2")], ["one"]);
  expect(await store.mentioned()).toEqual([]);
  await store.expire(11);
  expect(await store.conversation("ada", "old")).toBeNull();
  expect(await store.conversation("ada", "waits")).not.toBeNull();
  const [entry] = await store.waiting({ limit: 1, except: [] });
  await store.delivered(entry?.number ?? 0);
  expect(await store.mentioned()).toEqual([{ owner: "ada", conversationIds: ["waits"] }]);
});

test("an erased owner leaves nothing, and others stay", async () => {
  await keep("ada/c", [turn("1")], ["one"]);
  await keep("bob/c", [turn("1")], ["two"]);
  await store.forgetOwner("ada");
  expect(await store.conversation("ada", "c")).toBeNull();
  expect((await store.waiting({ limit: 9, except: [] })).map((entry) => entry.owner)).toEqual([
    "bob",
  ]);
});

test("the file is its owner's alone", () => {
  expect(statSync(file).mode & 0o777).toBe(0o600);
});
