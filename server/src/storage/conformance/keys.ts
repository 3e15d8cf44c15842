import { describe, expect } from "vitest";
import type { ApiKey } from "../../core/ports/key-store.ts";
import type { StoresFactory } from "./stores.ts";
import { testWith } from "./with-stores.ts";

function keyOf(changes: Partial<ApiKey> = {}): ApiKey {
  return {
    id: "1",
    owner: "o",
    name: "laptop",
    prefix: "sk-",
    scopes: ["read", "write", "admin"],
    createdAt: 1,
    expiresAt: null,
    rotatedAt: null,
    previousUntil: null,
    lastUsedAt: null,
    revokedAt: null,
    ...changes,
  };
}

type Check = ReturnType<typeof testWith>;

/** What every KeyStore must do. */
export function describeKeyStore(name: string, open: StoresFactory): void {
  describe(`${name} as a KeyStore`, () => {
    const check = testWith(open);
    describeLife(check);
    describeRotation(check);
  });
}

function describeLife(check: Check): void {
  check("a key is found by its hash until it is revoked by id or name", async ({ keys }) => {
    expect(await keys.any()).toBe(false);
    await keys.create(keyOf(), "h1");
    await keys.create(keyOf({ id: "2", createdAt: 2 }), "h2");
    expect(await keys.find("h1", 5)).toEqual({ key: keyOf(), validUntil: null });
    expect(await keys.find("h3", 5)).toBeNull();
    await keys.touch("1", 7);
    expect((await keys.list("o")).map((entry) => entry.lastUsedAt)).toEqual([7, null]);
    expect((await keys.revoke("o", "1", 8)).revokedAt).toBe(8);
    expect(await keys.find("h1", 9)).toBeNull();
    expect((await keys.revoke("o", "laptop", 9)).id).toBe("2");
    expect(await keys.any()).toBe(false);
    await expect(keys.revoke("o", "laptop", 9)).rejects.toMatchObject({ code: "not_found" });
  });
  check("whoever watches is told of every change, and not of a use", async ({ keys, users }) => {
    let changes = 0;
    keys.watch(() => {
      changes += 1;
    });
    await keys.create(keyOf(), "h1");
    expect(changes).toBe(1);
    await keys.touch("1", 7);
    await keys.find("h1", 8);
    expect(changes).toBe(1);
    await keys.rotate("o", "1", { prefix: "2", hash: "h2", now: 8, previousUntil: 9 });
    expect(changes).toBe(2);
    await keys.revoke("o", "1", 9);
    expect(changes).toBe(3);
    await users.erase("o");
    expect(changes).toBe(4);
  });
  check("a hash is stored once", async ({ keys }) => {
    await keys.create(keyOf(), "h");
    await expect(keys.create(keyOf({ id: "2" }), "h")).rejects.toMatchObject({ code: "conflict" });
  });
  check("scopes are kept as given, and an administrator sees everyone's keys", async ({ keys }) => {
    await keys.create(keyOf({ id: "2", owner: "p", scopes: ["read"] }), "h2");
    await keys.create(keyOf({ scopes: ["read", "write"] }), "h1");
    expect((await keys.find("h2", 5))?.key.scopes).toEqual(["read"]);
    expect((await keys.all()).map(({ owner, scopes }) => [owner, scopes])).toEqual([
      ["o", ["read", "write"]],
      ["p", ["read"]],
    ]);
    expect(await keys.list("p")).toHaveLength(1);
  });
  check("an expired key is not found, and yet keys exist", async ({ keys }) => {
    await keys.create(keyOf({ expiresAt: 100 }), "h");
    expect((await keys.find("h", 99))?.validUntil).toBe(100);
    expect(await keys.find("h", 100)).toBeNull();
    expect(await keys.any()).toBe(true);
    expect((await keys.list("o"))[0]?.expiresAt).toBe(100);
  });
}

function describeRotation(check: Check): void {
  const rotation = { prefix: "new", hash: "h2", now: 10, previousUntil: 20 };
  check("a rotated key is the same with another secret; the old one ends", async ({ keys }) => {
    await keys.create(keyOf({ expiresAt: 100, scopes: ["read"] }), "h1");
    const rotated = keyOf({
      prefix: "new",
      scopes: ["read"],
      expiresAt: 100,
      rotatedAt: 10,
      previousUntil: 20,
    });
    expect(await keys.rotate("o", "laptop", rotation)).toEqual(rotated);
    expect(await keys.find("h2", 11)).toEqual({ key: rotated, validUntil: 100 });
    expect(await keys.find("h1", 11)).toEqual({ key: rotated, validUntil: 20 });
    expect(await keys.find("h1", 20)).toBeNull();
    await keys.revoke("o", "1", 12);
    expect(await keys.find("h1", 13)).toBeNull();
    expect(await keys.find("h2", 13)).toBeNull();
  });
  check("without grace the old secret ends at once, an earlier one too", async ({ keys }) => {
    await keys.create(keyOf(), "h1");
    await keys.rotate("o", "1", rotation);
    await keys.rotate("o", "1", { prefix: "3", hash: "h3", now: 11, previousUntil: 11 });
    expect(await keys.find("h1", 11)).toBeNull();
    expect(await keys.find("h2", 11)).toBeNull();
    expect((await keys.find("h3", 11))?.key.previousUntil).toBeNull();
  });
  check("rotating may set another expiry, and revives no dead key", async ({ keys }) => {
    await keys.create(keyOf({ expiresAt: 100 }), "h1");
    const prolonged = { ...rotation, expiresAt: 200 };
    expect((await keys.rotate("o", "1", prolonged)).expiresAt).toBe(200);
    const endless = { ...rotation, hash: "h3", expiresAt: null };
    expect((await keys.rotate("o", "1", endless)).expiresAt).toBeNull();
    await keys.rotate("o", "1", { ...rotation, hash: "h4", expiresAt: 12 });
    const late = { ...rotation, hash: "h5", now: 12, previousUntil: 12 };
    const missing = { code: "not_found" };
    await expect(keys.rotate("o", "1", late)).rejects.toMatchObject(missing);
    await keys.revoke("o", "1", 13);
    await expect(keys.rotate("o", "1", { ...late, now: 11 })).rejects.toMatchObject(missing);
    await expect(keys.rotate("o", "none", late)).rejects.toMatchObject(missing);
  });
}
