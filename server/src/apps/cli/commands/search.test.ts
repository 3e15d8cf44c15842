import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { CliWorld } from "../__fixtures__/cli-world.ts";
import { conversation, hit, ID, OTHER_ID } from "../__fixtures__/fake-memory.ts";
import { widthOf } from "../terminal-text.ts";

let world: CliWorld;
beforeEach(() => {
  world = new CliWorld();
});
afterEach(() => world.remove());

describe("search", () => {
  test("sends every filter", async () => {
    await world.run(
      ...["search", "spare", "key", "-n", "3", "--mode", "keyword", "--folder", "/home"],
      ...["--tag", "a", "--tag", "b", "--role", "user", "--since", "1d", "--neighbours", "2"],
    );
    expect(JSON.parse(world.memory.asked("/api/v1/query")[0]?.body ?? "")).toMatchObject({
      ...{ query: "spare key", limit: 3, mode: "keyword", folder: "/home", neighbours: 2 },
      ...{ tags: ["a", "b"], role: ["user"] },
      since: expect.stringMatching(/^2026-01-31T12/),
    });
  });

  test("shows score, place, passage and id, as plain text in a pipe", async () => {
    const { out, err } = await world.run("search", "key");
    expect(out).toBe(
      `0.82  Spare keys  /home · 2026-01-25 · user\n    The **spare key** is under the blue pot.\n    ${ID}\n`,
    );
    expect(err).toContain("1 of 1 match");
  });

  test("highlights matches in colour on a terminal, and not with --no-color", async () => {
    world.io = { isTerminal: true, colour: true };
    const coloured = await world.run("search", "key");
    expect(coloured.out).toContain("\u001b[1m\u001b[33mspare key");
    expect(coloured.plain).toContain("███████░ 0.82  Spare keys");
    expect(coloured.plain).not.toContain("**");
    expect((await world.run("search", "key", "--no-color")).out).not.toContain("\u001b");
  });

  test("never lets stored text steer the terminal", async () => {
    world.memory.hits = [
      hit({ snippet: "\u001b]0;owned\u0007x", label: "a\u001b[2Jb", name: "\u009b" }),
    ];
    const { out } = await world.run("search", "key");
    for (const character of ["\u001b", "\u0007", "\u009b"]) expect(out).not.toContain(character);
  });

  test.each([40, 80, 200])("fits into %i columns", async (columns) => {
    world.io = { isTerminal: true, columns };
    world.memory.hits = [hit({ snippet: "鍵は青い鉢の下にあります。".repeat(20) })];
    const { out } = await world.run("search", "鍵");
    const passage = out.split("\n").filter((line) => line.startsWith("    "));
    for (const line of passage) expect(widthOf(line)).toBeLessThanOrEqual(Math.max(40, columns));
  });

  test("groups by conversation, shows neighbours, and says when nothing was found", async () => {
    const neighbour = { role: "assistant", name: null, text: "Which pot?", position: 2 };
    world.memory.hits = [hit({ neighbours: [neighbour] })];
    const grouped = await world.run("search", "key", "--group");
    expect(grouped.out).toContain(
      "user: The **spare key** is under the blue pot.\n    assistant: Which pot?",
    );
    world.memory.hits = [];
    expect((await world.run("search", "key")).err).toContain("Nothing found.");
  });

  test("is the API's answer with --json", async () => {
    const { out } = await world.run("search", "key", "--json");
    expect(JSON.parse(out)).toMatchObject({ results: [{ score: 0.82 }], total: 1 });
  });
});

describe("list and show", () => {
  test.each([40, 80, 200])("the table fits into %i columns", async (columns) => {
    world.io = { isTerminal: true, columns };
    world.memory.conversations = [conversation({ label: "引っ越しの計画を立てる".repeat(6) })];
    const { out } = await world.run("list");
    for (const line of out.split("\n")) expect(widthOf(line)).toBeLessThanOrEqual(columns);
    expect(out).toContain(ID.slice(0, 8));
  });

  test("an empty memory says how to fill it", async () => {
    world.memory.conversations = [];
    const { code, out, err } = await world.run("list");
    expect({ code, out }).toEqual({ code: 0, out: "" });
    expect(err).toContain("sekha import FILE");
  });

  test("a conversation is found by a unique beginning of its id", async () => {
    world.memory.conversations = [conversation(), conversation({ id: OTHER_ID })];
    const { out } = await world.run("show", ID.slice(0, 7));
    expect(out).toContain("Spare keys");
    expect(out).toContain("Line one\n[31mred[0m");
    const { code, err } = await world.run("show", ID.slice(0, 4));
    expect(code).toBe(1);
    expect(err).toContain(`Several conversations begin with 6f1c: ${ID}, ${OTHER_ID}.`);
    expect((await world.run("show", "ffff")).err).toContain("no conversation whose id begins");
  });

  test("a conversation can be JSON or Markdown", async () => {
    const json = await world.run("show", ID, "--json");
    expect(JSON.parse(json.out)).toMatchObject({ id: ID, messages: [{ role: "user" }] });
    await world.run("show", ID, "--format", "markdown");
    expect(world.memory.asked("/api/v1/export")[0]?.query).toMatchObject({
      format: "markdown",
      conversation_id: ID,
    });
  });
});
