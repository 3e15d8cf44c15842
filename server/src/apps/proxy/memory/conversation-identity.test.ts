import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import {
  answer,
  assistant,
  type Bench,
  delivered,
  exchange,
  openBench,
  request,
  system,
  tool,
  turn,
  user,
} from "./__fixtures__/proxy-memory-bench.ts";

let bench: Bench;
let owner: string;
let count = 0;

beforeAll(async () => {
  bench = await openBench();
});
afterAll(async () => {
  await bench.close();
});
beforeEach(() => {
  count += 1;
  owner = `owner ${count}`;
  bench.ahead = 0;
});

const told = () => [...bench.controllerOf(owner).conversations.values()];
const texts = () => told().map(({ id }) => bench.controllerOf(owner).texts(id));

const HI = user("hi");
const HELLO = assistant("Hello! How can I help?");

describe("a conversation is recognised by its history [req:proxy.identity]", () => {
  test("each turn is stored once, in one conversation, from exchange to exchange", async () => {
    const first = await exchange(bench, [HI], { owner, says: HELLO.text });
    const turns = [HI, HELLO, user("my tax")];
    const second = await exchange(bench, turns, { owner, says: "Sure." });
    await delivered(bench);
    expect(second.report.conversationId).toBe(first.report.conversationId);
    expect(texts()).toEqual([
      ["user: hi", "assistant: Hello! How can I help?", "user: my tax", "assistant: Sure."],
    ]);
    expect(told()[0]).toMatchObject({ folder: "/chat", metadata: { source: "proxy", model: "m" } });
    expect(told()[0]?.id).toBe(first.report.conversationId);
  });

  test("system turns are not stored and may change with the date", async () => {
    await exchange(bench, [system("Monday"), HI], { owner, says: HELLO.text });
    await exchange(bench, [system("Tuesday"), HI, HELLO, user("my tax")], { owner, says: "Sure." });
    await delivered(bench);
    expect(texts()).toEqual([expect.arrayContaining(["user: my tax"])]);
    expect(texts().flat().join()).not.toContain("day");
  });

  test("an answer in another dress is the same answer", async () => {
    await exchange(bench, [HI], { owner, says: "<think>greet</think>**Hello!** How can I help?" });
    const dressed = assistant("Hello!  How can I help? \n");
    await exchange(bench, [HI, dressed, user("my tax")], { owner, says: "Sure." });
    await exchange(bench, [HI, dressed, user("my tax"), assistant("Sure"), user("ok")], {
      owner,
      says: "!",
    });
    await delivered(bench);
    expect(texts()).toHaveLength(1);
    expect(texts()[0]).toHaveLength(6);
  });

  test("two conversations with one beginning stay two once they differ", async () => {
    await exchange(bench, [HI], { owner, says: HELLO.text });
    await exchange(bench, [HI], { owner, says: HELLO.text });
    await exchange(bench, [HI, HELLO, user("my tax")], { owner, says: "Taxes." });
    const other = await exchange(bench, [HI, HELLO, user("bread")], { owner, says: "Flour." });
    await exchange(bench, [HI, HELLO, user("bread"), assistant("Flour."), user("how much")], {
      owner,
      says: "500 g.",
    });
    await exchange(bench, [HI, HELLO, user("my tax"), assistant("Taxes."), user("when")], {
      owner,
      says: "May.",
    });
    await delivered(bench);
    expect(texts()).toEqual([
      [
        "user: hi",
        `assistant: ${HELLO.text}`,
        "user: my tax",
        "assistant: Taxes.",
        "user: when",
        "assistant: May.",
      ],
      ["user: bread", "assistant: Flour.", "user: how much", "assistant: 500 g."],
    ]);
    const first = told()[0]?.id;
    expect(told()[1]?.metadata).toMatchObject({ branched_from: first, branched_after_turns: 2 });
    expect(other.report.conversationId).toBe(told()[1]?.id);
  });

  test("another answer to the same question is stored, the question is not stored again", async () => {
    await exchange(bench, [HI], { owner, says: "one" });
    await exchange(bench, [HI], { owner, says: "two" });
    await exchange(bench, [HI], { owner, says: "two" });
    await exchange(bench, [HI, assistant("two"), user("good")], { owner, says: "three" });
    await delivered(bench);
    expect(texts()).toEqual([
      ["user: hi", "assistant: one", "assistant: two", "user: good", "assistant: three"],
    ]);
  });

  test("the same first message a day later begins a new conversation", async () => {
    await exchange(bench, [user("what is new")], { owner, says: "rain" });
    bench.ahead = 24 * 60 * 60 * 1000;
    const later = await exchange(bench, [user("what is new")], { owner, says: "sun" });
    await exchange(bench, [user("what is new"), assistant("sun"), user("nice")], {
      owner,
      says: "yes",
    });
    await delivered(bench);
    expect(texts()).toEqual([
      ["user: what is new", "assistant: rain"],
      ["user: what is new", "assistant: sun", "user: nice", "assistant: yes"],
    ]);
    expect(later.report.conversationId).toBe(told()[1]?.id);
  });

  test("an edited turn branches off with what is new, and nothing is stored twice", async () => {
    await exchange(bench, [HI], { owner, says: HELLO.text });
    await exchange(bench, [HI, HELLO, user("my tox")], { owner, says: "What?" });
    await exchange(bench, [HI, HELLO, user("my tax")], { owner, says: "Sure." });
    await delivered(bench);
    expect(texts()[1]).toEqual(["user: my tax", "assistant: Sure."]);
    expect(texts().flat()).toHaveLength(6);
  });

  test("a history that was cut at its beginning is recognised, whether or not old turns were rewritten", async () => {
    const said = [HI, HELLO];
    await exchange(bench, [HI], { owner, says: HELLO.text });
    for (const topic of ["tax", "bread", "wine"]) {
      said.push(user(`tell me of ${topic}`));
      await exchange(bench, said, { owner, says: `All about ${topic}.` });
      said.push(assistant(`All about ${topic}.`));
    }
    said.push(user("and now"));
    await exchange(bench, said.slice(3), { owner, says: "Now." });
    said.push(assistant("Now."), user("later"));
    await exchange(bench, [user("[cleared]"), ...said.slice(1)], { owner, says: "Later." });
    await delivered(bench);
    expect(texts()).toHaveLength(1);
    expect(texts()[0]).toHaveLength(said.length + 1);
  });

  test("tool turns belong to the exchange and are stored once", async () => {
    const call = assistant('Called weather with {"at":"Bonn"}');
    await exchange(bench, [user("weather?")], { owner, says: call.text });
    await exchange(bench, [user("weather?"), call, tool("rain")], { owner, says: "It rains." });
    await exchange(
      bench,
      [user("weather?"), call, tool("rain"), assistant("It rains."), user("ok")],
      { owner, says: "!" },
    );
    await delivered(bench);
    expect(texts()).toEqual([
      [
        "user: weather?",
        `assistant: ${call.text}`,
        "tool: rain",
        "assistant: It rains.",
        "user: ok",
        "assistant: !",
      ],
    ]);
  });

  test("what the client put into the model's mouth is stored with the answer", async () => {
    await exchange(bench, [user("as JSON"), assistant("{")], { owner, says: '"a": 1}' });
    await exchange(bench, [user("as JSON"), assistant('{"a": 1}'), user("ok")], {
      owner,
      says: "!",
    });
    await delivered(bench);
    expect(texts()).toEqual([["user: as JSON", 'assistant: {"a": 1}', "user: ok", "assistant: !"]]);
  });

  test("an image makes another turn of the same words", async () => {
    const picture = (data: string) => ({
      ...turn("user", "what is this"),
      canonical: JSON.stringify(["user", "what is this", data]),
      parts: [
        { type: "text", text: "what is this" },
        { type: "image_url", image_url: { url: `data:image/png;base64,${data}` } },
      ],
    });
    await exchange(bench, [picture("AAAA")], { owner, says: "a cat" });
    await exchange(bench, [picture("BBBB")], { owner, says: "a dog" });
    await delivered(bench);
    expect(texts()).toHaveLength(2);
  });
});

describe("a conversation that the client names [req:proxy.named-conversation]", () => {
  test("is never left, also when its history is edited, cut or missing", async () => {
    const conversationId = "My Chat 7";
    const more = { owner, conversationId };
    const first = await exchange(bench, [HI], { ...more, says: HELLO.text });
    await exchange(bench, [HI, HELLO, user("tax")], { ...more, says: "Taxes." });
    await exchange(bench, [HI, HELLO, user("tox")], { ...more, says: "What?" });
    await exchange(bench, [user("alone")], { ...more, says: "Alone." });
    await delivered(bench);
    expect(texts()).toEqual([
      [
        "user: hi",
        `assistant: ${HELLO.text}`,
        "user: tax",
        "assistant: Taxes.",
        "user: tox",
        "assistant: What?",
        "user: alone",
        "assistant: Alone.",
      ],
    ]);
    expect(first.report.conversationId).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-a/);
  });

  test("that the memory has already is gone on with: what it holds is not sent again", async () => {
    const id = "6f1c2b34-9a5d-4e0f-8b7a-1c2d3e4f5a6b";
    const stored = bench.controllerOf(owner).add(id);
    for (const [role, text] of [
      ["user", "hi"],
      ["assistant", HELLO.text],
    ] as const) {
      stored.messages.push({ id: `old ${role}`, role, text, metadata: {} });
    }
    await exchange(bench, [HI, HELLO, user("tax")], {
      owner,
      conversationId: id.toUpperCase(),
      says: "Taxes.",
    });
    await delivered(bench);
    expect(texts()).toEqual([
      ["user: hi", `assistant: ${HELLO.text}`, "user: tax", "assistant: Taxes."],
    ]);
  });
});

describe("modes [req:proxy.modes]", () => {
  test.each([
    { read: false, write: false },
    { read: true, write: false },
  ])("what was said with %j is not stored later either", async (mode) => {
    await exchange(bench, [HI], { owner, says: HELLO.text });
    const secret = [HI, HELLO, user("a secret")];
    const off = await exchange(bench, secret, { owner, mode, says: "Kept." });
    const after = [...secret, assistant("Kept."), user("the weather")];
    await exchange(bench, after, { owner, says: "Rain." });
    await delivered(bench);
    expect(texts()).toEqual([
      ["user: hi", `assistant: ${HELLO.text}`, "user: the weather", "assistant: Rain."],
    ]);
    expect(off.report.recall).toBe(mode.read ? "none" : "off");
  });

  test("with write alone nothing is recalled", async () => {
    const mode = { read: false, write: true };
    const { report } = await exchange(bench, [HI], { owner, mode, says: HELLO.text });
    await delivered(bench);
    expect(report).toMatchObject({ recall: "off", conversationId: told()[0]?.id });
    expect(bench.controllerOf(owner).assemblies).toEqual([]);
  });

  test("a request without a word of a user is left alone", async () => {
    const prepared = await bench.memory.prepare(request([system("be brief")], { owner }));
    await prepared.capture(answer("Yes."));
    expect(prepared).toMatchObject({ blocks: [], report: { recall: "off", conversationId: null } });
    expect(bench.memory.waiting()).toBe(0);
  });
});
