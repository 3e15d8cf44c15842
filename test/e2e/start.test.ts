import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { request as httpRequest } from "node:http";
import { createServer } from "node:net";
import { networkInterfaces } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { databaseFile } from "../support/database-file.ts";
import { runSekha, SekhaProcess } from "../support/sekha-process.ts";
import { emptyDataDirectory, startedSekha, temporaryFolder } from "../support/temporary-place.ts";

const BODY = { messages: [{ role: "user", content: "The spare key is under the blue pot." }] };

/** fetch sets Host and Origin itself; this does not. */
function statusWith(url: string, headers: Record<string, string>): Promise<number> {
  return new Promise((resolve, reject) => {
    const call = httpRequest(url, { headers, agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    call.on("error", reject).end();
  });
}

describe("start", () => {
  test("health is green within 10 s of the start on an empty directory [req:start.green-in-10-s] [req:start.one-command] [req:start.embedded-default]", async () => {
    const dataDirectory = emptyDataDirectory();
    const startedAt = performance.now();
    // Nothing is compiled yet at anybody's first start.
    const environment = { NODE_DISABLE_COMPILE_CACHE: "1" };
    const sekha = await startedSekha({ dataDirectory, environment });
    let status = "";
    while (status !== "healthy" && performance.now() - startedAt < 10_000) {
      status = (await sekha.client.health()).status;
      await sleep(100);
    }
    expect(status).toBe("healthy");
    expect(readdirSync(dataDirectory)).toEqual(
      expect.arrayContaining(["import", "imported", "sekha-v2.db", "server.json", "vectors"]),
    );
  });

  test("a search right after the start waits for the model and does not fail [req:embedding.waits-for-model]", async () => {
    const sekha = await startedSekha({
      environment: { SEKHA__SEARCH__SEMANTIC_TIMEOUT_MS: "30000" },
    });
    const created = await sekha.json("POST", "/api/v1/conversations?wait=true", BODY);
    expect(created).toMatchObject({ status: 201, body: { embedding_status: "embedded" } });
    const found = await sekha.client.search({ query: "where is the key", mode: "semantic" });
    expect(found).toMatchObject({ mode: "semantic", degraded: null, total: 1 });
  });

  test("data lie in SEKHA_DATA_DIR, else with the configuration file, else in ~/.sekha [req:data.directory]", async () => {
    const home = temporaryFolder();
    const dataDirectory = join(home, "named");
    const named = await runSekha(["stats", "--json"], { dataDirectory });
    expect([named.code, existsSync(databaseFile(dataDirectory))]).toEqual([0, true]);

    const unnamed = { dataDirectory, environment: { SEKHA_DATA_DIR: "" } };
    const atHome = await runSekha(["stats", "--json"], unnamed);
    expect([atHome.code, existsSync(databaseFile(join(home, ".sekha")))]).toEqual([0, true]);

    mkdirSync(join(home, "settings"));
    const file = join(home, "settings", "sekha.yaml");
    writeFileSync(file, "log_level: info\n");
    const besideFile = await runSekha(["stats", "--json", "--config", file], unnamed);
    expect(besideFile.code).toBe(0);
    expect(existsSync(databaseFile(join(home, "settings")))).toBe(true);
  });

  test("it listens on loopback only [req:start.loopback-only]", async () => {
    const sekha = await startedSekha();
    const { port } = new URL(sekha.url);
    expect(sekha.url).toBe(`http://127.0.0.1:${port}`);
    const others = Object.values(networkInterfaces())
      .flatMap((addresses) => addresses ?? [])
      .filter((address) => !address.internal && address.family === "IPv4");
    for (const { address } of others) {
      await expect(fetch(`http://${address}:${port}/health`)).rejects.toThrow("fetch failed");
    }
    const hexPort = Number(port).toString(16).toUpperCase().padStart(4, "0");
    const listening = readFileSync(`/proc/${sekha.pid}/net/tcp`, "utf8")
      .split("\n")
      .filter((line) => line.includes(`:${hexPort} 00000000:0000 0A`));
    expect(listening).toEqual([expect.stringContaining(`0100007F:${hexPort}`)]);
  });

  test("a second server on the same directory refuses and names the first [req:start.one-server-per-directory]", async () => {
    const sekha = await startedSekha();
    const second = await runSekha(["start"], sekha.options);
    expect(second.code).toBe(1);
    expect(second.stderr).toContain(sekha.url);
    expect(second.stderr).toContain(sekha.options.dataDirectory);
    expect(second.stderr).toContain("SEKHA_DATA_DIR");
    expect(second.stderr).not.toMatch(/\n\s+at /);
    expect((await sekha.client.health()).status).not.toBe("unhealthy");
  });

  test("a taken port is said, with the setting to change [req:start.taken-port]", async () => {
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, "127.0.0.1", resolve));
    const { port } = taken.address() as { port: number };
    const result = await runSekha(["start"], {
      dataDirectory: emptyDataDirectory(),
      environment: { SEKHA__SERVER__PORT: String(port) },
    });
    taken.close();
    expect(result.code).toBe(1);
    expect(result.stderr).toContain(`Port ${port} is taken`);
    expect(result.stderr).toContain("SEKHA__SERVER__PORT");
  });
});

describe("stop", () => {
  test("SIGTERM answers what is under way, keeps it, and ends with 0 [req:stop.drains]", async () => {
    const sekha = await startedSekha();
    const bodies = Array.from({ length: 40 }, (_, index) => ({
      messages: [{ role: "user", content: `under way number ${index} quetzal${index}` }],
    }));
    const first = sekha.json("POST", "/api/v1/conversations", bodies[0]);
    await first;
    const calls = bodies.map((body) =>
      sekha.json("POST", "/api/v1/conversations", body).catch(() => null),
    );
    await sleep(3);
    const code = await sekha.stop();
    const acknowledged = (await Promise.all(calls)).filter((answer) => answer?.status === 201);
    expect(code).toBe(0);
    expect(existsSync(join(sekha.options.dataDirectory, "server.json"))).toBe(false);
    const again = await startedSekha(sekha.options);
    for (const answer of acknowledged) {
      expect((await again.json("GET", `/api/v1/conversations/${answer?.body.id}`)).status).toBe(
        200,
      );
    }
    expect(acknowledged.length).toBeGreaterThan(0);
  });

  test("a request whose body is still coming is answered before the end [req:stop.drains]", async () => {
    const sekha = await startedSekha();
    const text = JSON.stringify(BODY);
    const answer = new Promise<number>((resolve, reject) => {
      const call = httpRequest(
        `${sekha.url}/api/v1/conversations`,
        { method: "POST", headers: { "Content-Type": "application/json" } },
        (response) => {
          response.resume();
          resolve(response.statusCode ?? 0);
        },
      );
      call.on("error", reject);
      call.write(text.slice(0, 20));
      setTimeout(() => call.end(text.slice(20)), 700);
    });
    await sleep(200);
    const code = sekha.stop();
    expect(await answer).toBe(201);
    expect(await code).toBe(0);
  });

  test("after SIGKILL the next start takes the directory over [req:start.lock-freed-by-death]", async () => {
    const sekha = await startedSekha();
    const created = await sekha.json("POST", "/api/v1/conversations", BODY);
    await sekha.kill();
    expect(existsSync(join(sekha.options.dataDirectory, "server.json"))).toBe(true);
    const again = await startedSekha(sekha.options);
    const read = await again.json("GET", `/api/v1/conversations/${created.body.id}`);
    expect(read.body.messages[0].content).toBe(BODY.messages[0]?.content);
  });
});

describe("who may call", () => {
  test("beyond loopback the first start makes one key, prints it once and stores its hash [req:keys.first-key]", async () => {
    const dataDirectory = emptyDataDirectory();
    const environment = { SEKHA__SERVER__HOST: "0.0.0.0" };
    const first = await startedSekha({ dataDirectory, environment });
    await first.logged(/controller listens/);
    const printed = [...first.output.matchAll(/sk-sekha-[\w-]{32,}/g)].map(([key]) => key);
    expect(printed).toHaveLength(1);
    const key = printed[0] ?? "";

    expect((await first.fetch("/health")).status).toBe(200);
    expect((await first.fetch("/api/v1/stats")).status).toBe(401);
    expect((await first.json("GET", "/api/v1/stats")).body).toMatchObject({
      code: 401,
      type: "unauthorized",
    });
    const statuses = await Promise.all(
      [{ Authorization: `Bearer ${key}` }, { "X-API-Key": key }, { "x-api-key": `${key}x` }].map(
        async (headers) => (await first.fetch("/api/v1/stats", { headers })).status,
      ),
    );
    expect(statuses).toEqual([200, 200, 401]);
    await first.stop();

    for (const name of readdirSync(dataDirectory, { recursive: true, withFileTypes: true })) {
      if (!name.isFile()) continue;
      const bytes = readFileSync(join(name.parentPath, name.name));
      expect(bytes.includes(key), name.name).toBe(false);
    }
    const second = await startedSekha({ dataDirectory, environment, apiKey: key });
    expect(second.output).not.toContain("sk-sekha-");
    expect((await second.fetch("/api/v1/stats")).status).toBe(200);
  });

  test("a bridge alone beyond loopback makes the first key too: without one nobody could call it [req:keys.first-key]", async () => {
    const environment = { SEKHA__BRIDGE__HOST: "0.0.0.0" };
    const sekha = await startedSekha({ dataDirectory: emptyDataDirectory(), environment });
    await sekha.logged(/bridge listens/);
    const key = /sk-sekha-[\w-]{32,}/.exec(sekha.output)?.[0] ?? "";
    const statusOf = async (headers: Record<string, string>) =>
      (await fetch(`${sekha.bridgeUrl}/v1/models`, { headers })).status;
    expect(await statusOf({})).toBe(401);
    expect(await statusOf({ Authorization: `Bearer ${key}` })).toBe(200);
  });

  test("on loopback no web page gets in: Host and Origin are checked [req:keys.dns-rebinding]", async () => {
    const sekha = await startedSekha();
    const url = `${sekha.url}/api/v1/stats`;
    const { host, port } = new URL(sekha.url);
    expect(await statusWith(url, { Host: host })).toBe(200);
    expect(await statusWith(url, { Host: `localhost:${port}` })).toBe(200);
    expect(await statusWith(url, { Host: "evil.example" })).toBe(403);
    expect(await statusWith(url, { Host: host, Origin: "https://evil.example" })).toBe(403);
    expect(await statusWith(url, { Host: host, Origin: sekha.url })).toBe(200);
    expect(await statusWith(url, { Host: host, "X-Forwarded-For": "203.0.113.9" })).toBe(401);
  });

  test("as soon as a key exists, loopback needs it too; revoking takes effect at once [req:keys.needed-once-made] [req:keys.api] [req:cli.keys]", async () => {
    const sekha = await startedSekha();
    expect((await sekha.fetch("/api/v1/stats")).status).toBe(200);
    const created = await sekha.json("POST", "/api/v1/auth/keys", { name: "laptop" });
    expect(created.body.key).toMatch(/^sk-sekha-[\w-]{32,}$/);
    expect((await sekha.fetch("/api/v1/stats")).status).toBe(401);
    const headers = { "X-API-Key": String(created.body.key) };
    expect((await sekha.fetch("/api/v1/stats", { headers })).status).toBe(200);

    const environment = { SEKHA_API_KEY: String(created.body.key) };
    const options = { ...sekha.options, environment };
    const second = await runSekha(["keys", "create", "phone", "--json"], options);
    expect(second.code).toBe(0);
    const listed = await runSekha(["keys", "list", "--json"], options);
    expect(listed.stdout).toContain("phone");
    expect(listed.stdout).not.toContain(JSON.parse(second.stdout).key);
    const revoked = await runSekha(["keys", "revoke", "laptop"], options);
    expect(revoked.code).toBe(0);
    expect((await sekha.fetch("/api/v1/stats", { headers })).status).toBe(401);
  });

  test("with a key, CORS follows the configuration [req:keys.cors]", async () => {
    const key = "sk-sekha-configured-key-of-this-test-0123456789";
    const sekha = await startedSekha({
      environment: {
        SEKHA__REST_API_KEY: key,
        SEKHA__CORS_ENABLED: "true",
        SEKHA__CORS_ORIGINS: '["https://notes.example"]',
      },
    });
    const ask = (origin: string) =>
      sekha.fetch("/api/v1/stats", { headers: { Origin: origin, "X-API-Key": key } });
    const allowed = await ask("https://notes.example");
    expect(allowed.status).toBe(200);
    expect(allowed.headers.get("access-control-allow-origin")).toBe("https://notes.example");
    const other = await ask("https://evil.example");
    expect(other.headers.get("access-control-allow-origin")).toBeNull();
    const preflight = await sekha.fetch("/api/v1/stats", {
      method: "OPTIONS",
      headers: {
        Origin: "https://notes.example",
        "Access-Control-Request-Method": "GET",
        "Access-Control-Request-Headers": "x-api-key",
      },
    });
    expect(preflight.ok).toBe(true);
    expect(preflight.headers.get("access-control-allow-headers")?.toLowerCase()).toContain(
      "x-api-key",
    );
  });
});

test("a failed start says what is wrong and leaves no lock behind [req:start.clear-failure]", async () => {
  const dataDirectory = emptyDataDirectory();
  const failed = SekhaProcess.spawn({
    dataDirectory,
    environment: { SEKHA__SERVER__HOST: "203.0.113.77" },
  });
  expect(await failed.exited()).toBe(1);
  expect(failed.output).toContain("This machine has no address 203.0.113.77");
  expect(failed.output).not.toMatch(/\n\s+at /);
  const sekha = await startedSekha({ dataDirectory });
  expect((await sekha.client.health()).checks.database?.status).toBe("ok");
});
