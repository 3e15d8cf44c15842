import { describe, expect, onTestFinished, test } from "vitest";
import { type ChromaServer, hasChromaServer, startChromaServer } from "../support/chroma-server.ts";
import { hasPostgres, postgresForTests } from "../support/postgres-server.ts";
import { eventually, type SekhaProcess } from "../support/sekha-process.ts";
import { startedSekha } from "../support/temporary-place.ts";

describe.skipIf(!hasChromaServer())("a memory whose vectors stand in ChromaDB", () => {
  async function chromaServer(): Promise<ChromaServer> {
    const server = await startChromaServer();
    onTestFinished(() => server.close());
    return server;
  }

  async function store(sekha: SekhaProcess, content: string): Promise<string> {
    const { status, body } = await sekha.json("POST", "/api/v1/conversations", {
      messages: [{ role: "user", content }],
    });
    expect(status).toBe(201);
    return body.id;
  }

  async function search(sekha: SekhaProcess, query: string, mode = "hybrid") {
    const { status, body } = await sekha.json("POST", "/api/v1/query", { query, mode });
    const found = (body.results ?? []) as { conversation_id: string }[];
    return { status, degraded: body.degraded, ids: found.map((one) => one.conversation_id) };
  }

  /** The checks of a moment ago serve again. */
  async function becomes(sekha: SekhaProcess, status: string): Promise<void> {
    await eventually(async () => ((await health(sekha)).status === status ? true : undefined), {
      what: `${status} health`,
    });
  }

  async function health(sekha: SekhaProcess) {
    return (await sekha.json("GET", "/health")).body;
  }

  test("finds by meaning what Chroma holds; without it finds by word, says so, and lets new messages wait [req:chroma.degraded]", async () => {
    const chroma = await chromaServer();
    const sekha = await startedSekha({ environment: { CHROMA_URL: chroma.url } });
    const kitten = await store(sekha, "The kitten sleeps on the warm windowsill.");
    await sekha.embedded();
    expect(sekha.output).toMatch(
      /Successfully stored embedding .* in collection conversations_384/,
    );
    expect((await search(sekha, "a young cat is napping", "semantic")).ids).toEqual([kitten]);
    await becomes(sekha, "healthy");

    await chroma.kill();
    const tax = await store(sekha, "The tax return is due in April.");
    const found = await search(sekha, "tax return");
    expect(found).toMatchObject({ status: 200, ids: [tax] });
    expect(found.degraded).toMatch(/^Searched by words alone/);
    expect((await search(sekha, "tax", "semantic")).status).toBe(503);
    await becomes(sekha, "degraded");
    expect((await health(sekha)).checks.chroma.error).toContain("cannot be reached");
    await sekha.logged(/Embedding failed for 1 messages \(ChromaDB .*; 0 given up/);
    const erased = await sekha.json("DELETE", `/api/v1/conversations/${kitten}`);
    expect(erased.status).toBeLessThan(300);

    await chroma.start();
    await sekha.embedded();
    const { queue } = await sekha.client.embeddingsStatus();
    expect(queue).toMatchObject({ parked: 0, pending: 0 });
    expect((await search(sekha, "income declaration deadline", "semantic")).ids).toEqual([tax]);
    await eventually(async () => ((await held(chroma)) === 1 ? true : undefined), {
      what: "a collection without the deleted message",
      timeoutMs: 60_000,
      detail: () => sekha.output,
    });
  });

  test("starts while Chroma is out, and fills it from the rows when it is there", async () => {
    const chroma = await chromaServer();
    const environment = { CHROMA_URL: chroma.url };
    const first = await startedSekha({ environment });
    const kitten = await store(first, "The kitten sleeps on the warm windowsill.");
    await first.embedded();
    await first.stop();
    await drop(chroma);
    await chroma.stop();
    const second = await startedSekha(first.options);
    expect((await search(second, "kitten")).ids).toEqual([kitten]);
    await chroma.start();
    await second.logged(/Pushed 1 vectors from the rows to conversations_384/, 90_000);
    expect((await search(second, "a young cat is napping", "semantic")).ids).toEqual([kitten]);
  });

  const BASE = "/api/v2/tenants/default_tenant/databases/default_database/collections";

  async function held({ url }: ChromaServer): Promise<number> {
    const found = (await (await fetch(`${url}${BASE}/conversations_384`)).json()) as { id: string };
    return (await (await fetch(`${url}${BASE}/${found.id}/count`)).json()) as number;
  }

  async function drop({ url }: ChromaServer): Promise<void> {
    const answer = await fetch(`${url}${BASE}/conversations_384`, { method: "DELETE" });
    expect(answer.status).toBe(200);
  }

  test.runIf(hasPostgres())(
    "beside PostgreSQL loses no vector on the way from pgvector and back",
    async () => {
      const chroma = await chromaServer();
      const database = await postgresForTests();
      onTestFinished(() => database.close());
      const pgvector = { DATABASE_URL: database.url };
      const beside = { ...pgvector, CHROMA_URL: chroma.url };
      const ids: string[] = [];
      const finds = async (sekha: SekhaProcess, query: string, id: string | undefined) =>
        await eventually(
          async () => ((await search(sekha, query, "semantic")).ids[0] === id ? true : undefined),
          { what: `a hit of ${query}`, detail: () => sekha.output },
        );
      let sekha = await startedSekha({ environment: beside });
      ids.push(await store(sekha, "The kitten sleeps on the warm windowsill."));
      await sekha.embedded();
      await sekha.stop();
      sekha = await sekha.restart({ environment: pgvector });
      await finds(sekha, "a young cat is napping", ids[0]);
      ids.push(await store(sekha, "The zebra crossing at the harbour is closed for repairs."));
      await sekha.embedded();
      await sekha.stop();
      // Chroma has its collection already, and what pgvector held comes to the rows only now.
      sekha = await sekha.restart({ environment: beside });
      await finds(sekha, "a young cat is napping", ids[0]);
      await finds(sekha, "which crossing is being repaired", ids[1]);
      expect(await held(chroma)).toBe(2);
      await sekha.stop();
    },
    120_000,
  );
});
