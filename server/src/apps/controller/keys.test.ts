import { describe, expect, test } from "vitest";
import { fakeController, sending } from "./__fixtures__/fake-services.ts";

const ADMIN = "test-key-of-the-administrator";
const KEYS = "/api/v1/keys";

/** A controller with a key in its configuration, and ways to call it. */
function controller({ configured = true } = {}) {
  const keys = configured ? [{ key: ADMIN, name: "rest_api_key" }] : [];
  const { fetch, app } = fakeController({
    options: {
      authentication: { keys, required: false, localOwner: "local", allowedHosts: [] },
    },
  });
  /** `call` is a method and a path. */
  const ask = async (key: string | null, call: string, body?: unknown) => {
    const [method = "", path = ""] = call.split(" ");
    const init: RequestInit = body === undefined ? { method } : sending(method, body);
    const headers = new Headers(init.headers);
    if (key !== null) headers.set("X-API-Key", key);
    const response = await fetch(path, { ...init, headers });
    return { status: response.status, body: await response.json() };
  };
  const make = async (request: object, key: string | null = ADMIN) => {
    const { status, body } = await ask(key, `POST ${KEYS}`, request);
    expect(status, JSON.stringify(body)).toBe(201);
    return body;
  };
  return { ask, make, app };
}

test("any key, whatever it may do, is told whose it is [req:proxy.callers]", async () => {
  const { ask, make } = controller();
  for (const scope of ["read", "write"]) {
    const { id, key } = await make({ name: scope, user: "ann", scopes: [scope] });
    expect(await ask(key, "GET /api/v1/whoami")).toEqual({
      status: 200,
      body: { user: "ann", key_id: id, scopes: [scope] },
    });
  }
  expect((await ask(null, "GET /api/v1/whoami")).status).toBe(401);
});

const soon = "2999-01-01T00:00:00.000Z";

describe("an administrator", () => {
  test("makes keys for any user: read and write unless told, like his own for himself", async () => {
    const { make } = controller();
    expect(await make({ name: "laptop", user: "ann" })).toMatchObject({
      user: "ann",
      scopes: ["read", "write"],
      state: "works",
      expires_at: null,
      key: expect.stringMatching(/^sk-sekha-/),
    });
    expect(await make({ name: "mine" })).toMatchObject({
      user: "local",
      scopes: ["read", "write", "admin"],
    });
    const short = { name: "x", user: "ann", scopes: ["read", "read"], expires_at: soon };
    expect(await make(short)).toMatchObject({ scopes: ["read"], expires_at: soon });
  });

  test.each([
    [{ name: "x", user: "Ann" }, "user"],
    [{ name: "x", user: "../ann" }, "user"],
    [{ name: "x", user: "*" }, "user"],
    [{ name: "x", scopes: [] }, "scopes"],
    [{ name: "x", scopes: ["all"] }, "scopes.0"],
    [{ name: "x", expires_in_days: 0 }, "expires_in_days"],
    [{ name: "x", expires_at: "2001-01-01" }, "expires_at"],
    [{ name: "x", expires_at: soon, expires_in_days: 1 }, "expires_at"],
  ])("is told what is wrong with %j", async (request, path) => {
    const { ask } = controller();
    const { status, body } = await ask(ADMIN, `POST ${KEYS}`, request);
    expect(status).toBe(422);
    expect(body.details).toMatchObject([{ path }]);
  });

  test("sees, rotates and revokes everyone's keys, by id or by name and user", async () => {
    const { ask, make } = controller();
    const ann = await make({ name: "laptop", user: "ann" });
    const bob = await make({ name: "laptop", user: "bob" });
    const names = async (query: string) =>
      (await ask(ADMIN, `GET ${KEYS}${query}`)).body.keys.map((key: { user: string }) => key.user);
    expect(await names("?user=*")).toEqual(["ann", "bob"]);
    expect(await names("?user=bob")).toEqual(["bob"]);
    expect(await names("")).toEqual([]);
    expect((await ask(ADMIN, `DELETE ${KEYS}/laptop`)).status).toBe(404);
    const rotated = await ask(ADMIN, `POST ${KEYS}/laptop/rotate?user=ann`, {});
    expect(rotated.body).toMatchObject({ id: ann.id, user: "ann" });
    expect((await ask(ADMIN, `DELETE ${KEYS}/${bob.id}`)).body.state).toBe("revoked");
    expect((await ask(bob.key, `GET ${KEYS}`)).status).toBe(401);
  });

  test("lists users with what they have, and erases one only when he says so twice", async () => {
    const { ask, make } = controller();
    const { key } = await make({ name: "laptop", user: "ann" });
    const conversation = { messages: [{ role: "user", content: "hello" }] };
    await ask(key, "POST /api/v1/conversations", conversation);
    const { body } = await ask(ADMIN, "GET /api/v1/users");
    expect(body).toMatchObject({ users: [{ name: "ann", conversations: 1, keys: 1 }], total: 1 });
    const unsure = await ask(ADMIN, "DELETE /api/v1/users/ann");
    expect(unsure).toMatchObject({
      status: 400,
      body: { error: expect.stringContaining("?confirm=ann") },
    });
    expect((await ask(key, `GET ${KEYS}`)).status).toBe(200);
    const erased = await ask(ADMIN, "DELETE /api/v1/users/ann?confirm=ann");
    expect(erased.body).toEqual({ success: true, user: "ann", conversations: 1, keys: 1 });
    expect((await ask(key, `GET ${KEYS}`)).status).toBe(401);
    const again = await ask(ADMIN, "DELETE /api/v1/users/ann?confirm=ann");
    expect(again.status).toBe(404);
  });
});

describe("a key without the scope admin", () => {
  test("makes none, and sees its own user's only", async () => {
    const { ask, make } = controller();
    const { key } = await make({ name: "laptop", user: "ann" });
    await make({ name: "phone", user: "ann" });
    await make({ name: "laptop", user: "bob" });
    const raise = { name: "x", scopes: ["admin"] };
    expect(await ask(key, `POST ${KEYS}`, raise)).toMatchObject({
      status: 403,
      body: { type: "forbidden", error: expect.stringContaining("lacks the scope 'admin'") },
    });
    const own = (await ask(key, `GET ${KEYS}`)).body.keys;
    expect(own.map(({ name }: { name: string }) => name)).toEqual(["laptop", "phone"]);
    expect((await ask(key, `GET ${KEYS}?user=ann`)).status).toBe(200);
    expect((await ask(key, `GET ${KEYS}?user=bob`)).status).toBe(403);
    expect((await ask(key, `GET ${KEYS}?user=*`)).status).toBe(403);
  });

  test("rotates itself and no other, least of all a stronger one, and keeps its end", async () => {
    const { ask, make } = controller();
    const weak = await make({ name: "weak", user: "ann", expires_at: soon });
    const strong = await make({ name: "strong", user: "ann", scopes: ["admin"] });
    expect((await ask(weak.key, `POST ${KEYS}/${strong.id}/rotate`, {})).status).toBe(403);
    expect((await ask(weak.key, `DELETE ${KEYS}/strong`)).status).toBe(403);
    const longer = { expires_in_days: 3650 };
    expect((await ask(weak.key, `POST ${KEYS}/weak/rotate`, longer)).status).toBe(403);
    const rotated = await ask(weak.key, `POST ${KEYS}/weak/rotate`, { grace_seconds: 60 });
    expect(rotated.body).toMatchObject({
      id: weak.id,
      scopes: ["read", "write"],
      expires_at: soon,
      previous_until: expect.any(String),
    });
    expect((await ask(weak.key, `GET ${KEYS}`)).status).toBe(200);
    expect((await ask(rotated.body.key, `POST ${KEYS}/weak/rotate`)).status).toBe(200);
    for (const key of [weak.key, rotated.body.key]) {
      expect((await ask(key, `GET ${KEYS}`)).status).toBe(401);
    }
  });

  test("revokes itself, but not the last key: that would open this machine", async () => {
    const { ask, make } = controller({ configured: false });
    const admin = await make({ name: "admin" }, null);
    const ann = await make({ name: "laptop", user: "ann" }, admin.key);
    const other = await make({ name: "phone", user: "ann" }, admin.key);
    expect((await ask(other.key, `DELETE ${KEYS}/phone`)).status).toBe(200);
    await ask(admin.key, `DELETE ${KEYS}/admin`);
    expect(await ask(ann.key, `DELETE ${KEYS}/laptop`)).toMatchObject({
      status: 409,
      body: { error: expect.stringContaining("last key") },
    });
    expect((await ask(null, `GET ${KEYS}`)).status).toBe(401);
  });
});

test("a service of this process reads and writes for who it names, and is no administrator unless it says so", async () => {
  const { app } = controller();
  const status = async (scopes?: readonly ("read" | "write" | "admin")[]) => {
    const context = { peerAddress: null, injected: true, owner: "ann", ...(scopes && { scopes }) };
    return (await app.fetch(new Request("http://sekha/api/v1/users"), context)).status;
  };
  expect(await status()).toBe(403);
  expect(await status(["read"])).toBe(403);
  expect(await status(["admin"])).toBe(200);
});
