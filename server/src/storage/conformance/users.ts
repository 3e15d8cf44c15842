import { describe, expect } from "vitest";
import type { ApiKey } from "../../core/ports/key-store.ts";
import type { OpenStores, StoresFactory } from "./stores.ts";
import { conversationDraft, testWith } from "./with-stores.ts";

function keyOf(owner: string): ApiKey {
  return {
    id: `key of ${owner}`,
    owner,
    name: "n",
    prefix: "p",
    scopes: ["read"],
    createdAt: 1,
    expiresAt: null,
    rotatedAt: null,
    previousUntil: null,
    lastUsedAt: null,
    revokedAt: null,
  };
}

async function spend({ costs }: OpenStores, owner: string, key: string): Promise<void> {
  const entry = {
    owner,
    id: `${owner} ${key}`,
    provider: "openai",
    model: "m",
    task: "chat",
    key,
    day: "2026-11-25",
    nano: 5n,
    promptTokens: 1,
    completionTokens: 1,
    cachedTokens: 0,
    state: "settled" as const,
  };
  await costs.write({ reserve: [], settle: [entry], release: [] });
}

/** What every UserStore must do. */
export function describeUserStore(name: string, open: StoresFactory): void {
  describe(`${name} as a UserStore`, () => {
    const check = testWith(open);
    check("a user is whoever has a key, a conversation or costs", async (stores) => {
      expect(await stores.users.list()).toEqual([]);
      await stores.keys.create(keyOf("with key"), "h");
      await stores.conversations.create("with rows", conversationDraft());
      await stores.conversations.create("with rows", conversationDraft());
      await spend(stores, "with costs", "k");
      expect(await stores.users.list()).toEqual(["with costs", "with key", "with rows"]);
    });
    check("an erased user is gone, and what was spent is spent by nobody", async (stores) => {
      await stores.keys.create(keyOf("o"), "h");
      await spend(stores, "o", "k1");
      await spend(stores, "o", "k2");
      await spend(stores, "p", "k3");
      await stores.users.erase("o");
      expect(await stores.users.list()).toEqual(["p"]);
      expect(await stores.keys.find("h", 1)).toBeNull();
      expect(await stores.costs.sums("o", { by: "key" })).toEqual([]);
      expect(await stores.costs.sumsOfAll({ by: "owner" })).toMatchObject([
        { group: "", nano: 10n, requests: 2 },
        { group: "p", nano: 5n, requests: 1 },
      ]);
      expect(await stores.costs.sumsOfAll({ by: "key" })).toMatchObject([
        { group: "", nano: 10n },
        { group: "k3", nano: 5n },
      ]);
    });
    check("conversations are deleted before their user is erased", async (stores) => {
      const { conversation } = await stores.conversations.create("o", conversationDraft(), {
        key: "same",
        bodyHash: "1",
      });
      await stores.keys.create(keyOf("o"), "h");
      await expect(stores.users.erase("o")).rejects.toMatchObject({ code: "conflict" });
      expect(await stores.keys.list("o")).toHaveLength(1);
      await stores.conversations.delete("o", [conversation.id]);
      await stores.users.erase("o");
      // The key of a conversation that was erased with its user is free again.
      const again = await stores.conversations.create("o", conversationDraft(), {
        key: "same",
        bodyHash: "2",
      });
      expect(again.replayed).toBe(false);
    });
  });
}
