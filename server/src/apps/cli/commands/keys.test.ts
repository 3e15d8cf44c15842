import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { CliWorld } from "../__fixtures__/cli-world.ts";

let world: CliWorld;
beforeEach(() => {
  world = new CliWorld();
});
afterEach(() => world.remove());

const lastBody = (path: string) => JSON.parse(world.memory.asked(path).at(-1)?.body ?? "null");

describe("keys", () => {
  test("create says whose key it is, what it may do and until when", async () => {
    const options = ["--user", "ann", "--scopes", "write, read", "--expires", "2027-01-31"];
    const { code, out } = await world.run("keys", "create", "laptop", ...options);
    expect({ code, out }).toEqual({ code: 0, out: "sk-sekha-secret\n" });
    expect(lastBody("/api/v1/keys")).toEqual({
      name: "laptop",
      user: "ann",
      scopes: ["read", "write"],
      expires_at: "2027-01-31T23:59:59.000Z",
    });
    await world.run("keys", "create", "laptop");
    expect(lastBody("/api/v1/keys")).toEqual({ name: "laptop" });
  });

  test("create refuses a scope that there is not, and a time that is none", async () => {
    const scope = await world.run("keys", "create", "laptop", "--scopes", "read,all");
    expect(scope).toMatchObject({ code: 64, err: expect.stringContaining('"all"') });
    const time = await world.run("keys", "create", "laptop", "--expires", "soon");
    expect(time).toMatchObject({ code: 64, err: expect.stringContaining("90d") });
    expect(world.memory.asked("/api/v1/keys")).toEqual([]);
  });

  test("list shows whose keys they are and what they may do, one's own unless told", async () => {
    const { out } = await world.run("keys", "list");
    expect(out).toMatch(/laptop +sk-sekha-ab… +works +never +local +read,write +never/);
    await world.run("keys", "list", "--user", "ann");
    await world.run("keys", "list", "--all");
    const asked = world.memory.asked("/api/v1/keys").map(({ query }) => query);
    expect(asked).toEqual([{}, { user: "ann" }, { user: "*" }]);
    expect(await world.run("keys", "list", "--all", "--user", "ann")).toMatchObject({ code: 64 });
  });

  test("rotate writes the new secret alone to stdout and says how long the old one works", async () => {
    const options = ["--grace", "24h", "--user", "ann"];
    const { out, err } = await world.run("keys", "rotate", "laptop", ...options);
    expect(out).toBe("sk-sekha-rotated\n");
    expect(err).toContain("The old one works until 2026-01-25");
    const [asked] = world.memory.asked("/api/v1/keys/laptop/rotate");
    expect(asked).toMatchObject({ method: "POST", query: { user: "ann" } });
    expect(JSON.parse(asked?.body ?? "")).toEqual({ grace_seconds: 86_400 });
  });

  test("revoke names the user of a key that is not one's own", async () => {
    await world.run("keys", "revoke", "laptop", "--user", "ann");
    const [asked] = world.memory.asked("/api/v1/keys/laptop");
    expect(asked).toMatchObject({ method: "DELETE", query: { user: "ann" } });
  });
});

describe("users", () => {
  test("list shows everyone with how much they have", async () => {
    const { out } = await world.run("users", "list");
    expect(out).toMatch(/ann +7 +1 +never/);
    expect(JSON.parse((await world.run("users", "list", "--json")).out)).toMatchObject([
      { name: "ann", conversations: 7 },
    ]);
  });

  test("erase asks before anything, and says what is gone", async () => {
    const refused = await world.run("users", "erase", "ann");
    expect(refused).toMatchObject({ code: 64, err: expect.stringContaining("--yes") });
    expect(world.memory.asked("/api/v1/users/ann")).toEqual([]);
    const { code, err } = await world.run("users", "erase", "ann", "--yes");
    expect({ code, err }).toEqual({
      code: 0,
      err: "The user ann is erased: 7 conversations and 1 key.\n",
    });
    expect(world.memory.asked("/api/v1/users/ann")).toMatchObject([
      { method: "DELETE", query: { confirm: "ann" } },
    ]);
  });
});
