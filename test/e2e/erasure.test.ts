import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { chatGptExport } from "../support/chatgpt-export.ts";
import { remember, startProxyWorld, stored } from "../support/proxy-world.ts";
import { eventually, type SekhaProcess } from "../support/sekha-process.ts";
import { startedSekha } from "../support/temporary-place.ts";

/**
 * Files of the data directory that hold one of the words, with the word; UTF-8 and UTF-16. Looks
 * for the middle of each word: an index keeps stems, and of a term only what the last did not have.
 */
function remnants(folder: string, words: readonly string[]): string[] {
  const found: string[] = [];
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const bytes = readFileSync(join(entry.parentPath, entry.name));
    const lower = Buffer.from(bytes.toString("latin1").toLowerCase(), "latin1");
    for (const word of words) {
      const middle = word.slice(3, -1);
      const forms = [lower.includes(middle), bytes.includes(Buffer.from(middle, "utf16le"))];
      if (forms.includes(true)) found.push(`${entry.name}: ${word}`);
    }
  }
  return found;
}

async function gone(sekha: SekhaProcess, words: readonly string[]): Promise<string[]> {
  const { dataDirectory } = sekha.options;
  await eventually(() => (remnants(dataDirectory, words).length === 0 ? true : undefined), {
    what: "a data directory without the erased words",
    timeoutMs: 15_000,
    detail: () => remnants(dataDirectory, words).join(", "),
  });
  await sekha.stop();
  return remnants(dataDirectory, words);
}

const WORDS = ["zyxoquark", "vantabrill", "mopflindak", "krelbustin", "snorvelade", "plimquoth"];
const SECRET = {
  label: "The zyxoquark affair",
  folder: "/private/plimquoth",
  tags: ["vantabrill"],
  metadata: { note: "mopflindak" },
  messages: [
    { role: "user", content: "My neighbour krelbustin hides gold under the plum tree." },
    { role: "assistant", name: "snorvelade", content: "I will tell nobody about the gold." },
  ],
};

test("a deleted conversation leaves none of its words in any file, and no vector [req:erase.everywhere] [req:erase.vectors]", async () => {
  const sekha = await startedSekha();
  const { client } = sekha;
  const kept = await client.conversations.create({
    messages: [{ role: "user", content: "Treasure hunters dig for gold below fruit trees." }],
  });
  const { id } = await client.conversations.create(SECRET, { wait: true });
  await client.conversations.append(id, [{ role: "user", content: "krelbustin moved the gold." }], {
    wait: true,
  });
  await client.conversations.update(id, { label: "Renamed zyxoquark", tags: ["vantabrill", "b"] });
  const query = { query: "gold below a tree", mode: "semantic" } as const;
  const before = await client.search(query);
  expect(before.results.map((hit) => hit.conversation_id)).toContain(id);
  expect(remnants(sekha.options.dataDirectory, WORDS).length).toBeGreaterThan(0);

  expect(await client.conversations.delete(id)).toMatchObject({ deleted: 1 });
  const after = await client.search(query);
  expect(after.results.map((hit) => hit.conversation_id)).toEqual([kept.id]);
  for (const word of WORDS) {
    expect((await client.searchFullText({ query: word })).total, word).toBe(0);
  }
  const { collections } = await client.embeddingsStatus();
  expect(collections[0]?.messages).toBe(1);
  expect(await gone(sekha, WORDS)).toEqual([]);
});

test("an imported conversation is erased too; the file the user put in the folder stays theirs [req:erase.everywhere]", async () => {
  const sekha = await startedSekha();
  const { client } = sekha;
  const { dataDirectory } = sekha.options;
  const text = chatGptExport([
    { id: "private-1", title: "About zyxoquark", texts: ["Who is krelbustin?", "A mopflindak."] },
    { id: "other-1", title: "Bread", texts: ["How long does dough rest?", "An hour."] },
  ]);
  await client.import(text);
  writeFileSync(join(dataDirectory, "import", "same.json"), text);
  const [moved] = await eventually(
    () => {
      const names = readdirSync(join(dataDirectory, "imported"));
      return names.length > 0 ? names : undefined;
    },
    { what: "the file in imported" },
  );
  await sekha.embedded();
  const { results } = await client.searchFullText({ query: "krelbustin" });
  await client.conversations.deleteMany([results[0]?.conversation_id ?? ""]);
  expect((await client.stats()).total_conversations).toBe(1);

  const words = ["zyxoquark", "krelbustin", "mopflindak"];
  const inTheirFile = words.map((word) => `${moved}: ${word}`);
  await eventually(
    () =>
      remnants(dataDirectory, words).every((one) => inTheirFile.includes(one)) ? true : undefined,
    {
      what: "a data directory without the erased words",
      timeoutMs: 15_000,
      detail: () => remnants(dataDirectory, words).join(", "),
    },
  );
  expect(remnants(dataDirectory, words)).toEqual(inTheirFile);
});

test("a conversation that was recalled into another one's prompt leaves the prompt and the proxy's file at once [req:erase.everywhere] [req:proxy.erases]", async () => {
  const world = await startProxyWorld({ SEKHA__PROXY__DEFAULT_FOLDER: "/asked" });
  onTestFinished(() => world.stop());
  const { sekha, openai, sent } = world;
  const words = ["zyxoquark", "mopflindak"];
  const id = await remember(sekha, {
    ...{ label: "Zyxoquark garden", folder: "/private" },
    messages: [{ role: "user", content: "The gold of the mopflindak lies under the plum tree." }],
  });
  const messages = [{ role: "user" as const, content: "Under which tree does the gold lie?" }];
  const first = await openai.chat.completions.create({ model: "chat-openai", messages });
  expect(sent().asked).toContain("mopflindak");
  await stored(sekha, "/asked", 2);

  await sekha.client.conversations.delete(id);
  await eventually(
    () => (remnants(sekha.options.dataDirectory, words).length === 0 ? true : undefined),
    { what: "a data directory without what was quoted", timeoutMs: 15_000 },
  );
  const said = { role: "assistant" as const, content: first.choices[0]?.message.content ?? "" };
  await openai.chat.completions.create({
    model: "chat-openai",
    messages: [...messages, said, { role: "user", content: "And how deep?" }],
  });
  expect(JSON.stringify(sent().body)).not.toMatch(/mopflindak|zyxoquark/i);
  expect(await gone(sekha, words)).toEqual([]);
});

test("words in Chinese, emoji and Arabic are erased from the trigram index too [req:erase.everywhere]", async () => {
  const sekha = await startedSekha();
  const words = ["秘密の花園計画書", "🦤🦖🪐🧿", "حديقةسرية"];
  const { id } = await sekha.client.conversations.create(
    { messages: words.map((word) => ({ role: "user", content: `これは ${word} です` })) },
    { wait: true },
  );
  const bytes = words.map((word) => Buffer.from(word).toString("latin1").toLowerCase());
  const found = () =>
    readdirSync(sekha.options.dataDirectory, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .filter((entry) => {
        const text = readFileSync(join(entry.parentPath, entry.name)).toString("latin1");
        return bytes.some((word) => text.toLowerCase().includes(word));
      })
      .map((entry) => entry.name);
  expect(found().length).toBeGreaterThan(0);
  await sekha.client.conversations.delete(id);
  await eventually(() => (found().length === 0 ? true : undefined), {
    what: "a data directory without the erased words",
    timeoutMs: 15_000,
    detail: () => found().join(", "),
  });
  await sekha.stop();
  expect(found()).toEqual([]);
});
