import fc from "fast-check";
import { expect } from "vitest";
import type { Conversation, ConversationFilter } from "../../core/conversations/conversation.ts";
import type { StoresFactory } from "./stores.ts";
import { conversationDraft, testWith } from "./with-stores.ts";

const FOLDERS = ["/", "/work", "/work/a", "/work/a/b", "/workshop", "/work 0", "/Ünï"];
const LABELS = ["Alpha", "alphabet", "ÄRGER", "100%_x", "Beta"];
const TAGS = ["red", "green", "blue"];
const SESSIONS = ["s1", "s2"];

const drafts = fc.array(
  fc.record({
    folder: fc.constantFrom(...FOLDERS),
    label: fc.constantFrom(...LABELS),
    tags: fc.subarray(TAGS),
    status: fc.constantFrom("active" as const, "archived" as const),
    pinned: fc.boolean(),
    importanceScore: fc.integer({ min: 1, max: 10 }),
    sessionId: fc.constantFrom(...SESSIONS, null),
    updatedAt: fc.integer({ min: 0, max: 20 }),
  }),
  { minLength: 8, maxLength: 25 },
);

/** Each key there or not, so that every one is met alone and with others. */
const filters = fc.record(
  {
    folder: fc.constantFrom(...FOLDERS, "/work/", "/nowhere"),
    excludedFolders: fc.subarray(["/work", "/work/a", "/Ünï"]),
    label: fc.constantFrom(...LABELS),
    labels: fc.subarray(LABELS),
    idPrefix: fc.constantFrom("", "0", "a", "f", "12"),
    labelContains: fc.constantFrom("alpha", "ärg", "%_", "PHA", ""),
    tags: fc.subarray(TAGS),
    statuses: fc.subarray(["active" as const, "archived" as const]),
    pinned: fc.boolean(),
    minImportance: fc.integer({ min: 1, max: 10 }),
    maxImportance: fc.integer({ min: 1, max: 10 }),
    sessionId: fc.constantFrom(...SESSIONS),
    updatedSince: fc.integer({ min: 0, max: 20 }),
    updatedUntil: fc.integer({ min: 0, max: 20 }),
  },
  { requiredKeys: [] },
);

function inside(folder: string, path: string): boolean {
  const parent = path.replace(/\/$/u, "");
  return folder === parent || folder.startsWith(`${parent}/`);
}

type Claims = {
  [Key in keyof Required<ConversationFilter>]: (
    c: Conversation,
    value: Required<ConversationFilter>[Key],
  ) => boolean;
};

/** What each key means, said once more in plain JavaScript. */
const CLAIMS: Claims = {
  ids: (c, ids) => ids.includes(c.id),
  folder: (c, folder) => inside(c.folder, folder),
  excludedFolders: (c, folders) => !folders.some((folder) => inside(c.folder, folder)),
  label: (c, label) => c.label === label,
  labels: (c, labels) => labels.includes(c.label),
  idPrefix: (c, prefix) => c.id.startsWith(prefix),
  labelContains: (c, part) => c.label.toLowerCase().includes(part.toLowerCase()),
  tags: (c, tags) => tags.every((tag) => c.tags.includes(tag)),
  statuses: (c, statuses) => statuses.includes(c.status),
  pinned: (c, pinned) => c.pinned === pinned,
  minImportance: (c, least) => c.importanceScore >= least,
  maxImportance: (c, most) => c.importanceScore <= most,
  sessionId: (c, session) => c.sessionId === session,
  updatedSince: (c, since) => c.updatedAt >= since,
  updatedUntil: (c, until) => c.updatedAt <= until,
};

export function passes(conversation: Conversation, filter: ConversationFilter): boolean {
  return Object.entries(CLAIMS).every(([key, claim]) => {
    const value = filter[key as keyof ConversationFilter];
    return (
      value === undefined ||
      (claim as (c: Conversation, v: unknown) => boolean)(conversation, value)
    );
  });
}

export function describeConversationFilters(open: StoresFactory): void {
  testWith(open)(
    "every filter, alone and with others, means the same in lists, counts, ids, scans and searches",
    async (stores) => {
      const { conversations, index } = stores;
      let owners = 0;
      await fc.assert(
        fc.asyncProperty(
          drafts,
          fc.array(filters, { minLength: 6, maxLength: 6 }),
          async (given, asked) => {
            owners += 1;
            const owner = `owner-${owners}`;
            const stored = await conversations.createMany(
              owner,
              given.map((draft) => conversationDraft(draft)),
            );
            const halves = [{ ids: stored.slice(0, 4).map((c) => c.id) }, {}];
            for (const [number, rest] of asked.entries()) {
              const filter = { ...rest, ...halves[number % 2] };
              const expected = stored.filter((c) => passes(c, filter)).map((c) => c.id);
              const listed = await conversations.list(owner, filter, { limit: 100, offset: 0 });
              expect(listed.items.map((c) => c.id).sort()).toEqual([...expected].sort());
              expect(listed.total).toBe(expected.length);
              expect((await conversations.counts(owner, filter)).count).toBe(expected.length);
              expect(await conversations.ids(owner, filter, 100)).toEqual(expected);
              expect(
                (await conversations.scan(owner, filter, { limit: 100 })).items.map((c) => c.id),
              ).toEqual(expected);
              const found = await index.searchText(
                owner,
                { kind: "words", words: ["hello"] },
                { filter, limit: 100 },
              );
              expect(found.hits).toHaveLength(expected.length);
              const all = await index.searchText(
                owner,
                { kind: "words", words: ["hello"] },
                { filter: {}, limit: 100 },
              );
              const briefs = await index.briefs(
                owner,
                all.hits.map((hit) => hit.message),
                filter,
              );
              expect(briefs.map((brief) => brief.message).sort()).toEqual(
                found.hits.map((hit) => hit.message).sort(),
              );
            }
          },
        ),
        { numRuns: 25 },
      );
    },
  );
}
