import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { inspectDatabase, SOUND } from "../support/database-file.ts";
import { SeededRandom } from "../support/seeded-random.ts";
import { eventually, SekhaProcess } from "../support/sekha-process.ts";
import { startedSekha, temporaryFolder } from "../support/temporary-place.ts";
import { uniqueText, uniqueWordOf } from "../support/unique-text.ts";

/** Programs of the system, which no package brings. */
const SYSTEM = { mount: "mount", unmount: "umount" };

/** A small disk of its own; null where this user may not mount one. */
function mountSmallDisk(folder: string, size: string): string | null {
  mkdirSync(folder);
  try {
    execFileSync(SYSTEM.mount, ["-t", "tmpfs", "-o", `size=${size}`, "sekha-test", folder], {
      stdio: "pipe",
    });
  } catch (error) {
    process.stderr.write(
      `\n*** NOT TESTED: a full disk. This user may not mount a tmpfs (${String(error)}). Run the tests as root on Linux to test it.\n\n`,
    );
    return null;
  }
  onTestFinished(() => {
    execFileSync(SYSTEM.unmount, ["--lazy", folder]);
  });
  return folder;
}

describe("a full disk", () => {
  test("refuses with 507, loses nothing acknowledged, still finds, and stores again once there is space [req:durable.full-disk]", async () => {
    const folder = join(temporaryFolder(), "disk");
    const disk = mountSmallDisk(folder, "24m");
    // Said loudly above; the store's own test fills a file instead, wherever it runs.
    if (disk === null) return expect(readdirSync(folder)).toEqual([]);
    const dataDirectory = join(disk, "data");
    const sekha = await startedSekha({ dataDirectory });
    const random = new SeededRandom(507);
    const acknowledged = new Map<string, string>();
    const store = async () => {
      const content = uniqueText(random);
      const answer = await sekha.json("POST", "/api/v1/conversations", {
        messages: [{ role: "user", content }],
      });
      if (answer.status === 201) acknowledged.set(answer.body.id, content);
      return answer;
    };
    for (let count = 0; count < 20; count += 1) await store();
    await sekha.embedded();
    // Vectors reach their file, so that searching needs no disk.
    const before = await sekha.client.search({ query: "the wooden bridge", mode: "semantic" });
    expect(before.total).toBeGreaterThan(0);

    const filler = join(disk, "filler");
    fillDisk(filler);
    let refused = await store();
    for (let count = 0; count < 2000 && refused.status === 201; count += 1) refused = await store();
    expect(refused).toMatchObject({
      status: 507,
      body: { code: 507, type: "storage_full", error: expect.stringMatching(/full/i) },
    });
    expect(refused.body.error).not.toMatch(/SQLITE|ENOSPC/);
    const upload = await sekha.fetch("/api/v1/import", {
      method: "POST",
      body: "x".repeat(100_000),
    });
    expect(upload.status).toBe(507);

    for (const [id, content] of acknowledged) {
      const read = await sekha.json("GET", `/api/v1/conversations/${id}`);
      expect(read.body.messages[0].content).toBe(content);
    }
    const [last = ""] = [...acknowledged.values()].slice(-1);
    const byWord = await sekha.client.search({ query: uniqueWordOf(last), mode: "keyword" });
    expect(byWord.results[0]?.content).toBe(last);
    const byBoth = await sekha.client.search({ query: "the wooden bridge" });
    expect(byBoth.total).toBeGreaterThan(0);
    // A row as small as the health check's may still find room in the log, but not for long.
    await eventually(
      async () => ((await sekha.fetch("/health")).status === 503 ? true : undefined),
      { what: "an unhealthy answer", timeoutMs: 60_000 },
    );

    rmSync(filler);
    const again = await eventually(
      async () => {
        const answer = await store();
        return answer.status === 201 ? answer : undefined;
      },
      { what: "storing again after space was freed", detail: () => sekha.output.slice(-2000) },
    );
    expect(again.status).toBe(201);
    await eventually(async () => ((await sekha.fetch("/health")).ok ? true : undefined), {
      what: "green health",
    });
    await sekha.embedded();

    fillDisk(filler);
    await store();
    await sekha.kill();
    rmSync(filler);
    const restarted = await startedSekha({ dataDirectory });
    await restarted.embedded();
    for (const [id, content] of acknowledged) {
      const read = await restarted.json("GET", `/api/v1/conversations/${id}`);
      expect(read.body).toMatchObject({ embedding_status: "embedded", messages: [{ content }] });
    }
    expect(await restarted.stop()).toBe(0);
    expect(inspectDatabase(dataDirectory)).toMatchObject(SOUND);
  });
});

/** Takes every byte there is. */
function fillDisk(file: string): void {
  for (const size of [1 << 20, 1 << 16, 1 << 12, 1 << 8]) {
    const block = Buffer.alloc(size, 1);
    try {
      for (;;) writeFileSync(file, block, { flag: "a" });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOSPC") throw error;
    }
  }
}

describe("a damaged vector file", () => {
  const MESSAGES = 60;
  const QUERIES = ["who fixed the bridge", "musical instrument", "papers for the tax office"];
  let folder = "";
  let sekha: SekhaProcess;
  let expected: string[] = [];

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "sekha-e2e-"));
    sekha = await SekhaProcess.start({ dataDirectory: join(folder, "data") });
    const random = new SeededRandom(4);
    const conversations = Array.from({ length: MESSAGES }, () => ({
      messages: [{ role: "user", content: uniqueText(random) }],
    }));
    await sekha.client.conversations.createMany(conversations);
    await sekha.embedded();
    expected = await resultsOf(sekha);
    await sekha.stop();
  });
  afterAll(async () => {
    await sekha.kill();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Ids and scores of the first twenty of every query by meaning. */
  async function resultsOf(running: SekhaProcess): Promise<string[]> {
    const answers = [];
    for (const query of QUERIES) {
      const { results } = await running.client.search({ query, mode: "semantic", limit: 20 });
      answers.push(...results.map((hit) => `${hit.message_id} ${hit.score.toFixed(6)}`));
    }
    return answers;
  }

  function vectorFile(): string {
    const vectors = join(folder, "data", "vectors");
    const [name] = readdirSync(vectors).filter((one) => one.endsWith(".vectors"));
    return join(vectors, name ?? "no vector file was written");
  }

  const random = new SeededRandom(9);
  const damages: Record<string, (whole: Buffer) => Buffer> = {
    truncated: (whole) => whole.subarray(0, Math.floor(whole.length * 0.6)),
    "one byte short": (whole) => whole.subarray(0, -1),
    empty: () => Buffer.alloc(0),
    garbage: (whole) => Buffer.from(whole.map(() => random.whole(0, 255))),
    "of another program": () => Buffer.from("SQLite format 3\0 and more that is no vector"),
    "flipped in 20 bits": (whole) => {
      const copy = Buffer.from(whole);
      for (let count = 0; count < 20; count += 1) {
        const at = random.whole(0, copy.length - 1);
        copy[at] = (copy[at] ?? 0) ^ (1 << random.whole(0, 7));
      }
      return copy;
    },
    "longer than it was": (whole) => Buffer.concat([whole, whole]),
  };

  for (const [name, damage] of Object.entries(damages)) {
    test(`${name}: it is built again from the rows, the log says so, searches answer as before [req:durable.vector-file]`, async () => {
      const file = vectorFile();
      writeFileSync(file, damage(readFileSync(file)));
      const restarted = await startedSekha(sekha.options);
      expect(await resultsOf(restarted)).toEqual(expected);
      const line = await restarted.logged(/vector file .* is damaged/);
      expect(line).toContain(`rebuilt from ${MESSAGES} rows`);
      expect(await restarted.stop()).toBe(0);
    });
  }

  test("an undamaged file is taken as it is [req:durable.vector-file]", async () => {
    const restarted = await startedSekha(sekha.options);
    expect(await resultsOf(restarted)).toEqual(expected);
    expect(restarted.output).not.toContain("built from");
  });
});
