import { expect, test } from "vitest";
import { runSekha } from "../support/sekha-process.ts";
import { startedSekha } from "../support/temporary-place.ts";

const BODY = { messages: [{ role: "user", content: "The kite is in the attic." }] };

test("the configured rate limit is told in headers, and beyond it is 429 with the time to wait [req:http.rate-limit]", async () => {
  const sekha = await startedSekha({ environment: { SEKHA__RATE_LIMIT_PER_MINUTE: "5" } });
  const answers = [];
  for (let count = 0; count < 8; count += 1) answers.push(await sekha.json("GET", "/api/v1/stats"));
  const first = answers[0];
  expect(first?.headers.get("x-ratelimit-limit")).toBe("5");
  expect(first?.headers.get("x-ratelimit-remaining")).toMatch(/^\d+$/);
  expect(first?.headers.get("x-ratelimit-reset")).toMatch(/^\d+$/);
  const last = answers.at(-1);
  expect(last).toMatchObject({ status: 429, body: { code: 429, type: "rate_limited" } });
  expect(last?.body.error).toMatch(/Retry after \d+ seconds?/);
  expect(Number(last?.headers.get("retry-after"))).toBeGreaterThan(0);
  expect((await sekha.fetch("/health")).status).toBe(200);
});

test("the rate limit is for each key [req:http.rate-limit]", async () => {
  const keys = ["sk-sekha-one-0123456789012345678901234567", "sk-sekha-two-0123456789012345678901"];
  const sekha = await startedSekha({
    environment: {
      SEKHA__RATE_LIMIT_PER_MINUTE: "3",
      SEKHA__ADDITIONAL_API_KEYS: JSON.stringify(keys),
    },
  });
  const ask = async (key = "") =>
    (await sekha.fetch("/api/v1/stats", { headers: { "X-API-Key": key } })).status;
  const statuses = [];
  for (let count = 0; count < 4; count += 1) statuses.push(await ask(keys[0]));
  expect(statuses).toEqual([200, 200, 200, 429]);
  expect(await ask(keys[1])).toBe(200);
});

test("bodies beyond the limit are 413, by length and by what really comes [req:http.body-limit]", async () => {
  const sekha = await startedSekha();
  const path = "/api/v1/conversations";
  const big = JSON.stringify({ messages: [{ role: "user", content: "x".repeat(11 << 20) }] });
  const headers = { "Content-Type": "application/json" };
  const whole = await sekha.fetch(path, { method: "POST", headers, body: big });
  expect([whole.status, (await whole.json()).type]).toEqual([413, "payload_too_large"]);
  const init = { method: "POST", headers, body: new Blob([big]).stream(), duplex: "half" };
  const streamed = await sekha.fetch(path, init as RequestInit);
  expect(streamed.status).toBe(413);
  expect((await sekha.json("POST", path, BODY)).status).toBe(201);
});

test("every answer has a request id, the caller's when it is a good one, and the log has it [req:http.request-id] [req:http.logs]", async () => {
  const sekha = await startedSekha({ environment: { SEKHA__LOG_LEVEL: "debug" } });
  const own = await sekha.fetch("/api/v1/nothing", { headers: { "X-Request-Id": "trace-42" } });
  expect(own.headers.get("x-request-id")).toBe("trace-42");
  expect(await own.json()).toMatchObject({ code: 404, request_id: "trace-42" });
  const bad = await sekha.fetch("/health", { headers: { "X-Request-Id": "x".repeat(5000) } });
  expect(bad.headers.get("x-request-id")).toMatch(/^[\w-]{8,128}$/);
  await sekha.stop();
  expect(sekha.output).toContain("trace-42");
  expect(sekha.output).not.toContain("kite");
});

test("metrics, OpenAPI, the page to read and the version are served [req:http.metrics] [req:http.openapi] [req:http.docs]", async () => {
  const sekha = await startedSekha();
  await sekha.client.conversations.create(BODY, { wait: true });
  await sekha.client.search({ query: "kite" });
  const metrics = await (await sekha.fetch("/metrics")).text();
  for (const name of [
    "sekha_conversations_total 1",
    "sekha_messages_total 1",
    "# HELP",
    "# TYPE",
  ]) {
    expect(metrics).toContain(name);
  }
  expect(metrics).toMatch(/queue/);
  expect(metrics).toMatch(/_bucket\{.*le="/);
  const json = await sekha.fetch("/metrics", { headers: { Accept: "application/json" } });
  expect(json.headers.get("content-type")).toContain("application/json");
  expect(await json.json()).toEqual(expect.any(Object));

  const document = await (await sekha.fetch("/openapi.json")).json();
  expect(document.openapi).toMatch(/^3\.1/);
  expect(Object.keys(document.paths)).toEqual(
    expect.arrayContaining(["/api/v1/conversations", "/api/v1/query", "/health"]),
  );
  const page = await sekha.fetch("/docs");
  expect(page.headers.get("content-type")).toContain("text/html");
  expect(await page.text()).toContain("/api/v1/conversations");
});

test("the routes only old clients know answer like their new names [req:http.old-routes]", async () => {
  const sekha = await startedSekha();
  const stored = await sekha.json("POST", "/api/v1/memory/store", { label: "Kite", ...BODY });
  expect(stored.status).toBe(201);
  const paths = ["query", "search", "query/smart", "memory/search", "memory/retrieve"];
  for (const path of paths) {
    const found = await sekha.json("POST", `/api/v1/${path}`, { query: "kite attic", limit: 5 });
    expect(found, path).toMatchObject({
      status: 200,
      body: { total: 1, page: 1, results: [{ conversation_id: stored.body.id, label: "Kite" }] },
    });
  }
  const stats = await sekha.json("GET", "/api/v1/stats?folder=/");
  expect(stats.body).toMatchObject({
    success: true,
    data: { total_conversations: 1, average_importance: expect.any(Number), folders: ["/"] },
  });
  const status = await sekha.json("PUT", `/api/v1/conversations/${stored.body.id}/status`, {
    status: "archived",
  });
  expect(status.body).toMatchObject({ success: true, status: "archived" });
  const listed = await sekha.json("GET", "/api/v1/conversations?archived=true&limit=5&offset=0");
  expect(listed.body).toMatchObject({
    total: 1,
    results: [{ score: 1, content: "Kite", label: "Kite" }],
    conversations: [{ id: stored.body.id }],
  });
  const count = await sekha.json("GET", "/api/v1/conversations/count?label=Kit");
  expect(count.body).toMatchObject({ count: 1, total: 1, by_status: { archived: 1 } });
  const posted = await sekha.json("POST", "/api/v1/export", { format: "json", status: "all" });
  expect(posted.body).toMatchObject({ format: "json", count: 1 });
  expect(JSON.parse(posted.body.content)).toEqual([expect.objectContaining({ label: "Kite" })]);
  const got = await sekha.fetch("/api/v1/export?label=Kite&format=markdown&status=all");
  expect(await got.text()).toContain("The kite is in the attic.");
  for (const path of ["/version", "/api/v1/version"]) {
    expect((await sekha.json("GET", path)).body).toMatchObject({ version: expect.any(String) });
  }
  for (const path of ["/auth/keys", "/api/v1/auth/keys"]) {
    expect((await sekha.json("GET", path)).body).toEqual({ keys: [] });
  }
  expect((await sekha.json("GET", "/api/v1/health")).body).toMatchObject({
    version: expect.any(String),
    uptime_seconds: expect.any(Number),
    checks: { database: { status: "ok" }, chroma: { status: "ok" } },
  });
});

test("a configuration is checked by route and command, with line, key and nearest key [req:config.validate-route] [req:cli.config-check] [req:config.errors]", async () => {
  const sekha = await startedSekha();
  const validate = async (text: string) => {
    const response = await sekha.fetch("/api/v1/config/validate", { method: "POST", body: text });
    return { status: response.status, body: await response.json() };
  };
  expect(await validate("server:\n  port: 9090\n")).toMatchObject({
    status: 200,
    body: { valid: true, errors: [] },
  });
  const wrong = await validate("server:\n  prot: 9090\n");
  const problem = [...wrong.body.errors, ...wrong.body.warnings].map((one) => JSON.stringify(one));
  expect(problem.join()).toMatch(/prot.*port/);

  const checked = await runSekha(["config", "check", "--json"], {
    ...sekha.options,
    environment: { SEKHA__SERVER__PORT: "ninety" },
  });
  expect(checked.code).toBe(1);
  expect(checked.stdout + checked.stderr).toContain("SEKHA__SERVER__PORT");
});
