import { randomUUID } from "node:crypto";
import fc from "fast-check";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { FRAME } from "../../../core/context/framing.ts";
import type { PreparedMemory, ProxyTurn } from "../proxy-memory.ts";
import {
  answer,
  assistant,
  type Bench,
  delivered,
  exchange,
  openBench,
  promptOf,
  request,
  tool,
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
});

const controller = () => bench.controllerOf(owner);
const queries = () => controller().assemblies.map((body) => body.query);

/** Every recall answers another text. */
function recallsAnew(tokens = 50, ...cited: string[]): void {
  let recalls = 0;
  controller().recall = () => {
    recalls += 1;
    return { text: `recalled ${recalls}`, tokens, cited };
  };
}

describe("blocks are frozen beside their turns [req:proxy.frozen-blocks]", () => {
  test("the next request has the same bytes at the same place, and more at its end", async () => {
    recallsAnew();
    const turns = [user("first"), assistant("one"), user("second")];
    const before = await exchange(bench, turns.slice(0, 1), { owner, says: "one" });
    await bench.restart();
    const after = await exchange(bench, turns, { owner, says: "two" });
    expect(before.blocks).toEqual([{ turn: 0, text: "recalled 1" }]);
    expect(after.blocks).toEqual([...before.blocks, { turn: 2, text: "recalled 2" }]);
    expect(after.report).toMatchObject({ recall: "used", contextTokens: 100, rebuilt: false });
  });

  test("another answer to the same turn, and what tools bring to it, recall nothing anew", async () => {
    recallsAnew();
    const call = assistant("Called clock with {}");
    const first = await exchange(bench, [user("what time")], { owner, says: call.text });
    const again = await exchange(bench, [user("what time")], { owner, says: call.text });
    const turns = [user("what time"), call, tool("noon")];
    const later = await exchange(bench, turns, { owner, says: "Noon." });
    expect([again.blocks, later.blocks]).toEqual([first.blocks, first.blocks]);
    expect(later.report.recall).toBe("used");
    expect(queries()).toEqual(["what time"]);
  });

  test("two requests at once for one turn get the same block", async () => {
    recallsAnew();
    const both = await Promise.all(
      [1, 2].map(() => bench.memory.prepare(request([user("hi")], { owner }))),
    );
    expect(both[0]?.blocks).toEqual(both[1]?.blocks);
  });

  test("a turn for which nothing is known stays bare", async () => {
    const { report, blocks } = await exchange(bench, [user("hi")], { owner, says: "Hello" });
    recallsAnew();
    const again = await exchange(bench, [user("hi")], { owner, says: "Hello" });
    expect({ report, blocks }).toMatchObject({ report: { recall: "none" }, blocks: [] });
    expect(again.blocks).toEqual([]);
    expect(queries()).toHaveLength(1);
  });

  test("what the prompt holds already is not recalled: its own turns and what earlier blocks quote", async () => {
    controller().add("c");
    recallsAnew(50, "c");
    await exchange(bench, [user("first")], { owner, says: "one" });
    await exchange(bench, [user("first"), assistant("one"), user("second")], {
      owner,
      says: "two",
    });
    await delivered(bench);
    const [own] = [...controller().conversations.values()].filter(({ id }) => id !== "c");
    expect(controller().assemblies[1]).not.toHaveProperty("conversation_id");
    expect(controller().assemblies[1]).toMatchObject({
      exclude_message_ids: expect.arrayContaining([
        own?.messages[0]?.id,
        own?.messages[1]?.id,
        "message of c",
      ]),
    });
  });

  test("the past of a conversation is asked for where the prompt may not hold it: a named one", async () => {
    const conversationId = randomUUID();
    await exchange(bench, [user("and then?")], { owner, conversationId, says: "Then this." });
    expect(controller().assemblies[0]).toMatchObject({ conversation_id: conversationId });
  });

  test("what gives way to a new block may be recalled in it", async () => {
    controller().add("c");
    recallsAnew(1990, "c");
    const turns = [user("first"), assistant("one"), user("second")];
    const more = { owner, contextBudget: 2000 };
    await exchange(bench, turns.slice(0, 1), { ...more, says: "one" });
    const after = await exchange(bench, turns, { ...more, says: "two" });
    expect(after.report.rebuilt).toBe(true);
    expect(controller().assemblies[1]?.exclude_message_ids).not.toContain("message of c");
  });

  test("a short question is asked with the exchange before it", async () => {
    const turns = [
      user("who painted the blue horses?"),
      assistant("Franz Marc."),
      user("and when?"),
    ];
    await exchange(bench, turns, { owner, says: "1911." });
    expect(queries()).toEqual(["who painted the blue horses?\nFranz Marc.\nand when?"]);
  });
});

describe("what must not be seen goes, cached or not [req:proxy.exclusion-first]", () => {
  const second = [user("first"), assistant("one"), user("second")];

  test.each([
    ["its folder is excluded by a later request", { excludedFolders: ["work/"] }, () => undefined],
    ["its conversation was deleted", {}, () => controller().conversations.delete("c")],
    [
      "its conversation was archived",
      {},
      () => Object.assign(controller().add("c"), { archived: true }),
    ],
    [
      "its conversation was moved where it is excluded",
      { excludedFolders: ["/private"] },
      () => controller().add("c", "/private/x"),
    ],
  ])("a block goes when %s", async (_, more, happens) => {
    controller().add("c", "/work/plans");
    recallsAnew(50, "c");
    await exchange(bench, second.slice(0, 1), { owner, says: "one" });
    happens();
    controller().recall = () => ({ text: "", tokens: 0 });
    const after = await exchange(bench, second, { owner, ...more, says: "two" });
    expect(after).toMatchObject({ blocks: [], report: { rebuilt: true, contextTokens: 0 } });
    const turns = [...second, assistant("two"), user("third")];
    const later = await exchange(bench, turns, { owner, says: "three" });
    expect(later).toMatchObject({ blocks: [], report: { rebuilt: false } });
  });

  test("what was erased in the same process is gone at once, and does not come back through the client [req:proxy.erases]", async () => {
    controller().add("c");
    recallsAnew(50, "c");
    const { report } = await exchange(bench, second.slice(0, 1), { owner, says: "one" });
    await delivered(bench);
    const own = report.conversationId ?? "";
    for (const id of ["c", own]) controller().conversations.delete(id);
    await bench.memory.forget(owner, ["c", own]);
    const again = await exchange(bench, second.slice(0, 1), {
      owner,
      mode: { read: true, write: false },
      says: "",
    });
    expect(again.blocks).toEqual([]);
    await exchange(bench, second, { owner, says: "two" });
    await delivered(bench);
    expect([...controller().conversations.keys()]).toEqual([own]);
    expect(controller().texts(own)).toEqual(["user: second", "assistant: two"]);
  });

  test("what was deleted elsewhere is gone from the disk after the next start", async () => {
    controller().add("c");
    recallsAnew(50, "c");
    await exchange(bench, second.slice(0, 1), { owner, says: "one" });
    await delivered(bench);
    controller().conversations.delete("c");
    await bench.restart();
    await expect
      .poll(
        async () =>
          (await bench.store.mentioned()).find((one) => one.owner === owner)?.conversationIds,
      )
      .not.toContain("c");
  });
});

describe("memory holds nothing up [req:proxy.time-budget]", () => {
  test.each([
    ["slow", "late", /not ready within 1000 ms/],
    ["down", "unavailable", /Nothing answers at/],
    ["broken", "unavailable", /It is internal/],
  ] as const)(
    "with a controller that is %s the request goes on, and it is told",
    async (weather, recall, note) => {
      recallsAnew();
      controller().weather = weather;
      const { report, blocks } = await bench.memory.prepare(request([user("hi")], { owner }));
      expect(report.recall).toBe(recall);
      expect(report.note).toMatch(note);
      expect(report.tookMs).toBeLessThan(2500);
      expect(blocks).toEqual([]);
      controller().weather = "fine";
      const again = await bench.memory.prepare(request([user("hi")], { owner }));
      expect(again).toMatchObject({ blocks: [], report: { recall: "none" } });
    },
  );

  test("who left before the answer leaves the turn open", async () => {
    recallsAnew();
    controller().weather = "slow";
    const leaving = new AbortController();
    const prepared = bench.memory.prepare(request([user("hi")], { owner, signal: leaving.signal }));
    setTimeout(() => leaving.abort(), 10);
    await prepared;
    controller().weather = "fine";
    expect((await bench.memory.prepare(request([user("hi")], { owner }))).blocks).toHaveLength(1);
  });

  test("a store that fails costs the memory, not the request", async () => {
    const other = await openBench();
    await other.store.close();
    const prepared = await other.memory.prepare(request([user("hi")]));
    await prepared.capture(answer("Hello"));
    expect(prepared).toMatchObject({
      blocks: [],
      report: { recall: "unavailable", conversationId: null },
    });
    expect(prepared.report.note).toMatch(/own store failed/);
    await other.close();
  });
});

test("a whole frame that a client sends back is kept by nobody [req:proxy.no-echo]", async () => {
  const frame = FRAME.replace("\n</", "\n# Keys\n[1] user: under the pot\n</");
  controller().recall = () => ({ text: frame, tokens: 50 });
  await exchange(bench, [user(`${frame}\n\nwhere is it?`)], { owner, says: `It says: ${frame}` });
  const turns = [user("where is it?"), assistant(`It says: ${frame}`), user(frame), user("ok")];
  await exchange(bench, turns, { owner, says: "Yes." });
  await delivered(bench);
  const [conversation] = [...controller().conversations.keys()];
  expect(controller().texts(conversation ?? "")).toEqual([
    "user: where is it?",
    "assistant: It says: ",
    "user: ok",
    "assistant: Yes.",
  ]);
  expect(controller().conversations.size).toBe(1);
  expect(queries().join()).not.toContain("recalled_memory");
});

test("owners share neither conversations nor blocks [req:proxy.owners]", async () => {
  recallsAnew();
  const mine = await exchange(bench, [user("hi")], { owner, says: "Hello" });
  const theirs = await exchange(bench, [user("hi")], { owner: `not ${owner}`, says: "Hello" });
  expect(theirs.blocks).toEqual([]);
  expect(theirs.report.conversationId).not.toBe(mine.report.conversationId);
});

interface Step {
  kind: "say" | "again" | "tool" | "restart";
  tokens: number;
  weather: "fine" | "down";
}

/** A conversation that recalls as much as the step says, or as it may. */
class RecallingChat {
  readonly turns: ProxyTurn[] = [];
  #number = 0;

  async take({ kind, tokens, weather }: Step, contextBudget: number) {
    this.#number += 1;
    const number = this.#number;
    if (kind === "restart") await bench.restart();
    if (kind === "tool" && number > 1) {
      this.turns.push(assistant(`call ${number}`), tool(`result ${number}`));
    } else if (kind === "say" || number === 1) {
      const before = number === 1 ? [] : [assistant(`answer ${number}`)];
      this.turns.push(...before, user(`question ${number}`));
    }
    controller().weather = weather;
    controller().recall = () => {
      const size = Math.min(tokens, Number(controller().assemblies.at(-1)?.context_budget));
      return { text: size === 0 ? "" : `block ${number}`, tokens: size };
    };
    const more = { owner, contextBudget, says: `answer ${number}` };
    const prepared: PreparedMemory = await exchange(bench, this.turns, more);
    return { report: prepared.report, prompt: promptOf(this.turns, prepared) };
  }
}

function sharedPrefix(one: string, other: string): number {
  let length = 0;
  while (length < one.length && one[length] === other[length]) length += 1;
  return length;
}

describe("the budget [req:proxy.rebuild]", () => {
  const step: fc.Arbitrary<Step> = fc.record({
    kind: fc.constantFrom("say", "say", "say", "again", "tool", "restart"),
    tokens: fc.integer({ min: 0, max: 400 }),
    weather: fc.constantFrom("fine", "fine", "fine", "down"),
  });
  const steps = fc.array(step, { minLength: 2, maxLength: 25 });

  test("a prompt begins with the one before it, byte by byte, unless it says that it was rebuilt; never are there more tokens than allowed", async () => {
    const budgets = fc.integer({ min: 100, max: 3000 });
    const property = fc.asyncProperty(steps, budgets, async (taken, budget) => {
      count += 1;
      owner = `owner ${count}`;
      const chat = new RecallingChat();
      let before = "";
      for (const one of taken) {
        const { report, prompt } = await chat.take(one, budget);
        expect(report.contextTokens).toBeLessThanOrEqual(budget);
        if (!report.rebuilt) expect(prompt.startsWith(before)).toBe(true);
        before = prompt;
      }
    });
    await fc.assert(property, { numRuns: 25 });
  });

  test("over 20 turns that all recall what they may, a prompt repeats 95 % of the one before it on average", async () => {
    controller().recall = () => {
      const asked = Number(controller().assemblies.at(-1)?.context_budget);
      const tokens = Math.floor(asked * 0.85);
      return { text: `${controller().assemblies.length} ${"word".repeat(tokens)}`, tokens };
    };
    const turns: ProxyTurn[] = [];
    const shares: number[] = [];
    let before = "";
    for (let index = 0; index < 20; index += 1) {
      const says = `answer ${index} ${"x".repeat(2000)}`;
      turns.push(user(`question ${index} of more than forty characters each`));
      const prepared = await exchange(bench, turns, { owner, contextBudget: 2000, says });
      const prompt = promptOf(turns, prepared);
      if (index > 0) shares.push(sharedPrefix(before, prompt) / before.length);
      before = prompt;
      turns.push(assistant(says));
    }
    expect(shares.reduce((sum, share) => sum + share, 0) / shares.length).toBeGreaterThan(0.95);
  });

  test("a smaller budget than before drops what no longer fits", async () => {
    recallsAnew(300);
    const { blocks } = await exchange(bench, [user("first")], { owner, says: "one" });
    const less = await exchange(bench, [user("first")], { owner, contextBudget: 100, says: "one" });
    expect(blocks).toHaveLength(1);
    expect(less).toMatchObject({ blocks: [], report: { rebuilt: true, contextTokens: 0 } });
  });
});
