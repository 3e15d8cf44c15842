import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { chatGptConversation, chatGptExport } from "../support/chatgpt-export.ts";
import { claudeExport } from "../support/claude-export.ts";
import { contentOf } from "../support/memory-content.ts";
import { eventually, runSekha, type SekhaProcess } from "../support/sekha-process.ts";
import { startedSekha, temporaryFolder } from "../support/temporary-place.ts";
import { zipFile } from "../support/zip-file.ts";

const REPOSITORY = fileURLToPath(new URL("../../", import.meta.url));
const BENCH_DATA = resolve(REPOSITORY, process.env.SEKHA_BENCH_DATA ?? "../shared/data");

const CHATGPT = [
  {
    id: "5a1c9d1e-1111-4000-8000-000000000001",
    title: "Sourdough 🍞",
    texts: ["How do I feed a starter?", "Equal parts flour and water.", "And in winter?"],
  },
  { id: "5a1c9d1e-1111-4000-8000-000000000002", title: "الخط العربي", texts: ["مرحبا", "أهلا"] },
];
const CLAUDE = [
  {
    uuid: "7b2d0e2f-2222-4000-8000-000000000001",
    name: "東京旅行",
    texts: ["東京でどこに行けばいいですか", "浅草と上野がおすすめです"],
  },
];
const GROWN = CHATGPT.map((conversation, index) =>
  index > 0
    ? conversation
    : { ...conversation, texts: [...conversation.texts, "Feed it less often.", "Thanks!"] },
);
const COUNTS = (created: number, extended: number, unchanged: number) => ({
  created,
  extended,
  unchanged,
  refused: [],
  refused_total: 0,
});

/** A sample of the shared data as an export of one conversation; without it what stands in. */
function sampleExport(name: string, substitute: string): string {
  const file = join(BENCH_DATA, "exports", name);
  if (existsSync(file)) return `[${readFileSync(file, "utf8")}]`;
  process.stderr.write(
    `\n*** NOT TESTED: ${file} is absent; set SEKHA_BENCH_DATA. A conversation of our own stands in.\n\n`,
  );
  return substitute;
}

/** Everything an export must keep: parts, names, pins, tags, metadata, odd characters. */
async function storeVariety(sekha: SekhaProcess): Promise<void> {
  const { conversations } = sekha.client;
  const image = { type: "image_url", image_url: { url: "https://example.org/cat.png" } };
  const first = await conversations.create({
    label: "Parts and names",
    folder: "/work/design",
    tags: ["urgent", "naïve tag"],
    metadata: { source: "notes", nested: { list: [1, null, "二"] } },
    importance_score: 7.5,
    session_id: "session-9",
    created_at: "2020-02-29T23:59:59.123Z",
    messages: [
      { role: "user", name: "Zoë", content: [{ type: "text", text: "What is this?" }, image] },
      { role: "tool", content: "```\ncode # not a heading\n```", metadata: { call: "x-1" } },
      {
        role: "assistant",
        content: "A cat.\r\n\n## Assistant\n---\n<!-- tricky -->",
        timestamp: 1,
      },
    ],
  });
  await conversations.pin(first.id);
  const second = await conversations.create({
    label: "Archived",
    messages: [{ role: "user", content: "tabs\tand \u202eRTL שלום 👩‍👩‍👧‍👦" }],
  });
  await conversations.archive(second.id);
  await conversations.create({ label: "Empty", messages: [] });
}

describe("import", () => {
  test("ChatGPT and Claude exports come in with their times; again changes nothing; grown appends [req:import.chatgpt] [req:import.claude] [req:import.twice] [req:import.grown] [req:import.timestamps] [req:import.report]", async () => {
    const sekha = await startedSekha();
    const { client } = sekha;
    expect(await client.import(chatGptExport(CHATGPT))).toEqual({
      ...COUNTS(2, 0, 0),
      messages: 5,
    });
    expect(await client.import(claudeExport(CLAUDE))).toEqual({ ...COUNTS(1, 0, 0), messages: 2 });
    const before = await contentOf(sekha);
    expect(await client.import(chatGptExport(CHATGPT))).toEqual({
      ...COUNTS(0, 0, 2),
      messages: 0,
    });
    expect(await contentOf(sekha)).toEqual(before);

    expect(await client.import(chatGptExport(GROWN))).toEqual({ ...COUNTS(0, 1, 1), messages: 2 });
    const found = await client.searchFullText({ query: "sourdough OR starter" });
    const id = found.results[0]?.conversation_id ?? "";
    const { messages } = await client.conversations.get(id);
    expect(messages.map((message) => message.content)).toEqual(GROWN[0]?.texts);
    expect(messages.map((message) => message.timestamp.slice(0, 16))).toEqual(
      ["00:00", "00:01", "00:02", "00:03", "00:04"].map((minute) => `2025-01-01T${minute}`),
    );
  });

  test("the real samples of both come in, by file, by ZIP and by folder [req:import.zip] [req:import.cli]", async () => {
    const sekha = await startedSekha();
    const chatGpt = sampleExport(
      "chatgpt-conversation.sample.json",
      chatGptExport(CHATGPT.slice(0, 1)),
    );
    const zip = zipFile({ "conversations.json": chatGpt, "user.json": "{}", "chat.html": "<p>" });
    expect(await sekha.client.import(zip)).toMatchObject(COUNTS(1, 0, 0));
    expect(await sekha.client.import(chatGpt)).toMatchObject(COUNTS(0, 0, 1));

    const claude = sampleExport("claude-conversation.sample.json", claudeExport(CLAUDE));
    const place = join(temporaryFolder(), "claude");
    mkdirSync(place);
    writeFileSync(join(place, "conversations.json"), claude);
    const result = await runSekha(["import", place, "--json", "--no-wait"], sekha.options);
    expect([result.code, JSON.parse(result.stdout).created]).toEqual([0, 1]);
    const stats = await sekha.client.stats();
    expect(stats.total_conversations).toBe(2);
    expect(stats.total_messages).toBeGreaterThan(2);
  });

  test("one bad conversation is refused with its reason and loses no other [req:import.refusals]", async () => {
    const sekha = await startedSekha();
    const [good, other] = CHATGPT.map((conversation) => chatGptConversation(conversation));
    const broken = { ...chatGptConversation({ id: "broken", title: "Broken", texts: ["x"] }) };
    const text = JSON.stringify([good, { ...broken, mapping: "gone" }, other]);
    const report = await sekha.client.import(text);
    expect(report).toMatchObject({ created: 2, refused_total: 1 });
    expect(report.refused[0]).toMatchObject({
      reason: expect.stringMatching(/mapping/),
      location: expect.stringMatching(/^upload, entry 2 \(byte \d+\)$/),
    });
    const file = join(temporaryFolder(), "one-bad.json");
    writeFileSync(file, text);
    const result = await runSekha(["import", file, "--json", "--no-wait"], sekha.options);
    expect([result.code, JSON.parse(result.stdout)]).toMatchObject([
      2,
      { unchanged: 2, refused_total: 1 },
    ]);
  });

  test("a long import is a job with progress, and ends with its report [req:import.job]", async () => {
    const sekha = await startedSekha();
    const many = Array.from({ length: 300 }, (_, index) => ({
      id: `many-${index}`,
      title: `Many ${index}`,
      texts: [`question ${index}`, `answer ${index}`],
    }));
    const accepted = await sekha.client.import(
      chatGptExport(many),
      { filename: "many.json" },
      { wait: false },
    );
    expect(accepted).toMatchObject({ kind: "import", detail: { file: "many.json" } });
    const done = await eventually(
      async () => {
        const job = await sekha.client.job(accepted.job_id);
        return job.state === "running" || job.state === "queued" ? undefined : job;
      },
      { what: "the end of the import" },
    );
    expect(done).toMatchObject({
      state: "done",
      progress: { percent: 100 },
      detail: { report: { created: 300, messages: 600 } },
    });
  });

  test("a file in the watched folder is imported and moved to imported [req:import.watched-folder]", async () => {
    const sekha = await startedSekha();
    const { dataDirectory } = sekha.options;
    writeFileSync(join(dataDirectory, "import", "claude.json"), claudeExport(CLAUDE));
    writeFileSync(join(dataDirectory, "import", "half.json.part"), "[");
    const [moved] = await eventually(
      () => {
        const names = readdirSync(join(dataDirectory, "imported"));
        return names.length > 0 ? names : undefined;
      },
      { what: "the file in imported", detail: () => sekha.output },
    );
    expect(moved).toMatch(/_claude\.json$/);
    expect(readdirSync(join(dataDirectory, "import"))).toEqual(["half.json.part"]);
    expect((await sekha.client.stats()).total_messages).toBe(2);
  });
});

describe("export and import again", () => {
  test("JSON Lines and Markdown bring back everything, through API and CLI [req:export.jsonl] [req:export.markdown] [req:export.round-trip] [req:cli.export]", async () => {
    const sekha = await startedSekha();
    await storeVariety(sekha);
    await sekha.client.import(chatGptExport(GROWN));
    await sekha.client.import(claudeExport(CLAUDE));
    const original = await contentOf(sekha);
    expect(original.size).toBe(6);

    const place = temporaryFolder();
    for (const format of ["jsonl", "markdown"] as const) {
      let text = "";
      for await (const piece of sekha.client.export({ format, status: "all" })) text += piece;
      const file = join(place, `memory.${format}`);
      const written = await runSekha(["export", "--format", format, "-o", file], sekha.options);
      expect([written.code, written.stderr]).toMatchObject([0, expect.anything()]);
      expect(readFileSync(file, "utf8")).toBe(text);

      const other = await startedSekha();
      expect(await other.client.import(text)).toMatchObject(COUNTS(6, 0, 0));
      expect(await contentOf(other)).toEqual(original);
      expect(await other.client.import(text)).toMatchObject(COUNTS(0, 0, 6));
      await other.stop();
      const third = { dataDirectory: join(temporaryFolder(), "data") };
      const imported = await runSekha(["import", file, "--json", "--no-wait"], third);
      expect([imported.code, JSON.parse(imported.stdout).created]).toEqual([0, 6]);
    }
  });

  test("an export can be of a folder, a label or a time [req:export.filters]", async () => {
    const sekha = await startedSekha();
    await storeVariety(sekha);
    const labelsOf = async (query: string) => {
      const text = await (await sekha.fetch(`/api/v1/export?format=jsonl&${query}`)).text();
      const lines = text.split("\n").filter((line) => line !== "");
      return lines.map((line) => JSON.parse(line).label).sort();
    };
    expect(await labelsOf("folder=/work")).toEqual(["Parts and names"]);
    expect(await labelsOf("label=Empty")).toEqual(["Empty"]);
    expect(await labelsOf("status=all")).toEqual(["Archived", "Empty", "Parts and names"]);
    expect(await labelsOf("status=all&since=2999-01-01")).toEqual([]);
  });
});

describe("backup and restore", () => {
  test("a backup taken while writing is whole, and restores what it held [req:backup.online] [req:backup.restore]", async () => {
    const sekha = await startedSekha();
    await storeVariety(sekha);
    const original = await contentOf(sekha);
    let writing = true;
    const writer = (async () => {
      for (let index = 0; writing; index += 1) {
        const messages = [{ role: "user", content: `meanwhile ${index}` }];
        await sekha.client.conversations.create({ folder: "/later", messages });
      }
    })();
    const file = join(dirname(sekha.options.dataDirectory), "memory.db");
    const backup = await runSekha(["backup", file, "--json"], sekha.options);
    writing = false;
    await writer;
    expect([backup.code, JSON.parse(backup.stdout).bytes > 0]).toEqual([0, true]);

    const refused = await runSekha(["restore", file, "--yes"], sekha.options);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain(`process ${sekha.pid}`);

    const copy = { dataDirectory: join(temporaryFolder(), "data") };
    const restored = await runSekha(["restore", file, "--yes", "--json"], copy);
    expect(restored.code).toBe(0);
    const other = await startedSekha(copy);
    const content = await contentOf(other);
    expect([...original].map(([id]) => content.get(id))).toEqual([...original.values()]);
    await other.embedded();
    const found = await other.client.search({ query: "what animal is it", mode: "semantic" });
    expect(found.total).toBeGreaterThan(0);
  });
});
