import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import pg from "pg";
import { describe, expect, it, onTestFinished } from "vitest";
import { openSqliteStore } from "../../server/src/storage/sqlite/sqlite-store.ts";
import { pgliteForTests } from "../support/pglite-server.ts";
import { hasPostgres, postgresForTests, type TestDatabase } from "../support/postgres-server.ts";
import { eventually, runSekha, SekhaProcess, startCommand } from "../support/sekha-process.ts";
import { temporaryFolder } from "../support/temporary-place.ts";

const CONVERSATIONS = 60;
const TURNS = 100;
const TO_POSTGRES = ["migrate", "storage", "--from", "sqlite", "--to", "postgres"];
const TO_SQLITE = ["migrate", "storage", "--from", "postgres", "--to", "sqlite"];

/** A data directory with 6,000 messages, as a server leaves it. */
async function filledDirectory(): Promise<string> {
  const directory = join(temporaryFolder(), "data");
  mkdirSync(directory);
  const store = await openSqliteStore({ file: join(directory, "sekha-v2.db"), readers: 1 });
  for (let at = 0; at < CONVERSATIONS; at += 1) {
    await store.conversations.create("local", {
      label: `Garden ${at}`,
      folder: "/garden",
      messages: Array.from({ length: TURNS }, (_, turn) => ({
        role: turn % 2 === 0 ? "user" : "assistant",
        content: `Bed ${at}, row ${turn}: ${at === 7 && turn === 31 ? "the saffron crocus" : "tulips"}`,
      })),
    });
  }
  await store.close();
  return directory;
}

function digestOf(file: string): string {
  return createHash("sha256").update(readFileSync(file)).digest("hex");
}

async function noteIn(url: string): Promise<{ table: string } | undefined> {
  const client = new pg.Client({ connectionString: url });
  try {
    await client.connect();
    await client.query("BEGIN");
    // Row-level security shows it to the service's role alone, whose name is the database's own.
    const { rows } = await client.query(
      `SELECT rolname FROM pg_roles WHERE rolname LIKE 'sekha_jobs_%'
       AND pg_has_role(current_user, oid, 'MEMBER') AND rolname = 'sekha_jobs_' ||
         substr(md5(current_database() || '/sekha'), 1, 8)`,
    );
    if (rows.length > 0) await client.query(`SET LOCAL ROLE ${rows[0].rolname}`);
    await client.query("SET LOCAL sekha.service = 'on'");
    const found = await client.query(
      "SELECT value FROM sekha.settings WHERE key = 'storage_migration'",
    );
    return found.rows[0] === undefined ? undefined : JSON.parse(found.rows[0].value);
  } catch {
    // No table yet.
    return undefined;
  } finally {
    await client.query("ROLLBACK").catch(() => undefined);
    await client.end();
  }
}

const engines = [
  ["PGlite", pgliteForTests] as const,
  ...(hasPostgres() ? [["PostgreSQL", postgresForTests] as const] : []),
];

describe.each(engines)("sekha migrate storage with %s", (_name, open) => {
  it("moves a memory, killed on the way, and back; each side serves it [req:migrate-storage.kill]", {
    timeout: 300_000,
  }, async () => {
    const dataDirectory = await filledDirectory();
    const file = join(dataDirectory, "sekha-v2.db");
    const before = digestOf(file);
    const place = await openPlace(open);
    const there = { dataDirectory, environment: { DATABASE_URL: place.url } };

    const plan = await runSekha([...TO_POSTGRES, "--dry-run", "--json"], there);
    expect(JSON.parse(plan.stdout)).toMatchObject({
      state: "new",
      tables: { conversations: CONVERSATIONS, messages: CONVERSATIONS * TURNS },
    });

    const killed = startCommand(TO_POSTGRES, there);
    await eventually(
      async () => ((await noteIn(place.url))?.table === "messages" ? true : undefined),
      {
        what: "a batch of messages",
        timeoutMs: 120_000,
      },
    );
    await killed.kill();
    const half = SekhaProcess.spawn({ ...there });
    expect(await half.exited()).not.toBe(0);
    expect(half.output).toContain("half a memory");

    const resumed = await runSekha([...TO_POSTGRES, "--json"], there);
    expect(resumed.stderr).toBe("");
    const report = JSON.parse(resumed.stdout);
    expect(report).toMatchObject({
      state: "unfinished",
      verified: { messages: CONVERSATIONS * TURNS, conversations: CONVERSATIONS, differing: 0 },
    });
    expect(report.copied).toBe(report.rows - report.written);
    expect(digestOf(file)).toBe(before);
    const verified = await runSekha([...TO_POSTGRES, "--verify"], there);
    expect(verified).toMatchObject({ code: 0 });

    await findsTheCrocus(there);

    const backDirectory = join(temporaryFolder(), "data");
    const back = { dataDirectory: backDirectory, environment: there.environment };
    const returned = await runSekha([...TO_SQLITE, "--json"], back);
    expect(JSON.parse(returned.stdout)).toMatchObject({ verified: { differing: 0 } });
    expect(existsSync(join(backDirectory, "sekha-v2.db.migrating"))).toBe(false);
    await findsTheCrocus({ dataDirectory: backDirectory });
  });
});

describe("sekha migrate storage", () => {
  it("refuses while a server runs on the memory, and says what is missing", async () => {
    const dataDirectory = await filledDirectory();
    const sekha = await SekhaProcess.start({ dataDirectory });
    onTestFinished(() => sekha.kill());
    const url = "postgresql://nobody@127.0.0.1:1/none";
    const busy = await runSekha(TO_POSTGRES, { dataDirectory, environment: { DATABASE_URL: url } });
    expect(busy.code).not.toBe(0);
    expect(busy.stderr).toContain(String(sekha.pid));
    await sekha.stop();
    const unnamed = await runSekha(TO_POSTGRES, { dataDirectory });
    expect(unnamed.stderr).toContain("DATABASE_URL=postgresql://");
  });
});

async function openPlace(open: () => Promise<TestDatabase>): Promise<TestDatabase> {
  const place = await open();
  onTestFinished(() => place.close());
  return place;
}

/** Starts a server, asks it and stops it. */
async function findsTheCrocus(options: {
  dataDirectory: string;
  environment?: Record<string, string>;
}): Promise<void> {
  const sekha = await SekhaProcess.start(options);
  onTestFinished(() => sekha.kill());
  const { body } = await sekha.json("POST", "/api/v1/query", { query: "saffron crocus", limit: 1 });
  expect(body.results[0].content).toBe("Bed 7, row 31: the saffron crocus");
  expect(await sekha.stop()).toBe(0);
}
