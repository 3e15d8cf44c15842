import { SekhaClient } from "@sekha/sdk";
import { describe, expect, test } from "vitest";
import { CallerKeys } from "./caller-keys.ts";

const ANN = "sk-sekha-ann";
const WRITER = "sk-sekha-ann-writes";
const BOB = "sk-sekha-bob";
const LOCAL = "sk-sekha-local";
const CALLERS: Record<string, { user: string; scopes: string[] }> = {
  [ANN]: { user: "ann", scopes: ["read"] },
  [WRITER]: { user: "ann", scopes: ["write"] },
  [BOB]: { user: "bob", scopes: ["admin"] },
  [LOCAL]: { user: "local", scopes: ["read", "write"] },
};

/** A controller that knows these keys, and what it was asked with which of them. */
function world({ ownUser = "local" } = {}) {
  const state = { isDown: false, now: 1_000_000, callers: { ...CALLERS } };
  const asked: string[] = [];
  const fetch = async (request: Request) => {
    if (state.isDown) throw new TypeError("fetch failed");
    const key = request.headers.get("authorization")?.replace("Bearer ", "") ?? "";
    const { pathname } = new URL(request.url);
    const caller =
      key === "own" ? { user: ownUser, scopes: ["read", "write"] } : state.callers[key];
    asked.push(`${request.method} ${pathname} ${key}`);
    if (caller === undefined) return Response.json({ error: "no", code: 401 }, { status: 401 });
    if (pathname.endsWith("/whoami")) return Response.json({ ...caller, key_id: `id of ${key}` });
    return Response.json({ conversations: [], messages: [], citations: [] });
  };
  const url = "http://controller.test";
  const own = new SekhaClient({ controllerURL: url, apiKey: "own", fetch, retries: 0 });
  const keys = new CallerKeys({ url, timeout: 1000, own, fetch, clock: () => state.now });
  return { keys, state, asked, own };
}

const append = (client: SekhaClient) =>
  client.conversations.append("c", [{ role: "user", content: "x" }]);

describe("callers of a proxy apart [req:proxy.callers]", () => {
  test("are whom the controller says their key belongs to, asked once in ten seconds", async () => {
    const { keys, state, asked } = world();
    const principal = { owner: "ann", keyId: `id of ${ANN}`, scopes: ["read"] };
    expect(await keys.verify(ANN)).toMatchObject(principal);
    expect(await keys.verify(ANN)).toMatchObject(principal);
    expect(asked).toHaveLength(1);
    state.now += 10_001;
    await keys.verify(ANN);
    expect(asked).toHaveLength(2);
  });

  test("are nobody in particular with what is no key of a controller", async () => {
    const { keys, asked } = world();
    expect(await keys.verify("not-needed")).toBeNull();
    expect(asked).toEqual([]);
  });

  test("are refused with a key that the controller does not know any more", async () => {
    const { keys, state } = world();
    await expect(keys.verify("sk-sekha-nobody")).rejects.toMatchObject({ code: "unauthorized" });
    await keys.verify(ANN);
    delete state.callers[ANN];
    state.now += 10_001;
    await expect(keys.verify(ANN)).rejects.toMatchObject({ code: "unauthorized" });
  });

  test("are who they were for an hour while the controller is away, and unknown to it before", async () => {
    const { keys, state } = world();
    await keys.verify(ANN);
    state.isDown = true;
    state.now += 10_001;
    expect(await keys.verify(ANN)).toMatchObject({ owner: "ann" });
    await expect(keys.verify(BOB)).rejects.toMatchObject({ code: "unavailable" });
    state.now += 60 * 60 * 1000;
    await expect(keys.verify(ANN)).rejects.toMatchObject({ code: "unavailable" });
  });

  test("have their memory opened with their own keys, by what each may do", async () => {
    const { keys, asked } = world();
    for (const key of [ANN, WRITER, BOB]) await keys.verify(key);
    asked.length = 0;
    await keys.clientOf("ann").context.assemble({ query: "x" });
    await append(keys.clientOf("ann"));
    await append(keys.clientOf("bob"));
    expect(asked.map((one) => one.split(" ").at(-1))).toEqual([ANN, WRITER, BOB]);
  });

  test("that were not heard since the start have nothing sent for them, with no other key either", async () => {
    const { keys, asked } = world();
    await expect(append(keys.clientOf("ann"))).rejects.toThrow("No client of ann has called");
    expect(asked).toEqual([]);
  });

  test("share the memory of the proxy's own key only where it is theirs", async () => {
    const same = world();
    expect(await same.keys.verify(LOCAL)).toMatchObject({ owner: "local" });
    expect(same.keys.clientOf("local")).toBe(same.own);
    const other = world({ ownUser: "ann" });
    const principal = await other.keys.verify(LOCAL);
    expect(principal?.owner).not.toBe("local");
    other.asked.length = 0;
    await append(other.keys.clientOf(principal?.owner ?? ""));
    expect(other.asked).toEqual([`POST /api/v1/conversations/c/messages ${LOCAL}`]);
  });
});
