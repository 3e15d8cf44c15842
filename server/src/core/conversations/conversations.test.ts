import { expect, test } from "vitest";
import { FakeStore } from "../../apps/controller/__fixtures__/fake-store.ts";
import { LOCAL_OWNER } from "./conversation.ts";
import { Conversations } from "./conversations.ts";

const DRAFT = { label: "Talk", folder: "/", messages: [{ role: "user", content: "hello" }] };

function world() {
  let ids = 0;
  const store = new FakeStore(
    () => 1000,
    () => `id-${++ids}`,
  );
  const events: string[] = [];
  const conversations = new Conversations({
    store,
    vectors: {
      remove: async (_owner, sequences) => {
        events.push(`vectors of ${sequences.length} removed`);
      },
    },
    onStored: () => events.push("stored"),
  });
  return { store, conversations, events };
}

test("whatever is stored is said to the embedding queue", async () => {
  const { conversations, events } = world();
  const { conversation } = await conversations.create(LOCAL_OWNER, DRAFT);
  await conversations.createMany(LOCAL_OWNER, [DRAFT, DRAFT]);
  await conversations.append(LOCAL_OWNER, conversation.id, DRAFT.messages);
  expect(events).toEqual(["stored", "stored", "stored"]);
});

test("a repeated create stores nothing and says nothing", async () => {
  const { conversations, events } = world();
  const claim = { key: "k", bodyHash: "h" };
  const first = await conversations.create(LOCAL_OWNER, DRAFT, claim);
  const again = await conversations.create(LOCAL_OWNER, DRAFT, claim);
  expect([again.replayed, again.conversation.id]).toEqual([true, first.conversation.id]);
  expect(events).toEqual(["stored"]);
});

test("a change of the label leaves nothing to embed", async () => {
  const { conversations, events } = world();
  const { conversation } = await conversations.create(LOCAL_OWNER, DRAFT);
  const changed = await conversations.update(LOCAL_OWNER, conversation.id, { label: "New" });
  expect(changed.label).toBe("New");
  expect(events).toEqual(["stored"]);
});

test("erasing takes the vectors along and tells which ids existed", async () => {
  const { store, conversations, events } = world();
  const { conversation } = await conversations.create(LOCAL_OWNER, DRAFT);
  store.delete = async (_owner, ids) => {
    const deleted = ids.filter((id) => id === conversation.id);
    return { deleted, sequences: deleted.map(() => 7) };
  };
  expect(await conversations.erase(LOCAL_OWNER, [conversation.id, "unknown"])).toEqual([
    conversation.id,
  ]);
  expect(await conversations.erase(LOCAL_OWNER, ["unknown"])).toEqual([]);
  expect(events.filter((event) => event.startsWith("vectors"))).toEqual(["vectors of 1 removed"]);
});
