import { expect, test } from "vitest";
import { SekhaError } from "../../core/errors.ts";
import { fakeController, sending } from "./__fixtures__/fake-services.ts";

const ID = "6f1c2b34-9a5d-4e0f-8b7a-1c2d3e4f5a6b";

test("every refusal has the same body and the request's id", async () => {
  const { fetch } = fakeController();
  const cases: [string, RequestInit, number, string][] = [
    ["/none", {}, 404, "not_found"],
    [`/api/v1/conversations/${ID}`, {}, 404, "not_found"],
    ["/api/v1/conversations/7", {}, 400, "invalid_request"],
    ["/api/v1/conversations/%", {}, 400, "invalid_request"],
    ["/api/v1/conversations?page=0", {}, 422, "validation_failed"],
    ["/api/v1/query", { method: "POST" }, 400, "invalid_json"],
    ["/api/v1/query", sending("POST", {}), 422, "validation_failed"],
    [
      "/api/v1/query",
      { ...sending("POST", {}), headers: { "Content-Type": "text/xml" } },
      415,
      "unsupported_media_type",
    ],
    ["/api/v1/query", sending("POST", "x".repeat(11_000_000)), 413, "payload_too_large"],
    [
      `/api/v1/conversations/${ID}/pin`,
      { method: "PUT", headers: { "Content-Length": "11000000" } },
      413,
      "payload_too_large",
    ],
  ];
  for (const [path, init, status, type] of cases) {
    const headers = { ...init.headers, "X-Request-Id": "abc-1" };
    const response = await fetch(path, { ...init, headers });
    const body = await response.json();
    expect(body, path).toMatchObject({ code: status, type, request_id: "abc-1" });
    expect(response.status).toBe(status);
    expect(response.headers.get("x-request-id")).toBe("abc-1");
  }
});

test("a method a path does not have is 405 with those it has, and OPTIONS names them", async () => {
  const { fetch } = fakeController();
  const refused = await fetch("/api/v1/conversations/count", { method: "PUT" });
  expect(refused.status).toBe(405);
  expect(refused.headers.get("allow")).toBe("GET, HEAD, OPTIONS");
  const asked = await fetch("/api/v1/conversations", { method: "OPTIONS" });
  expect(asked.status).toBe(204);
  expect(asked.headers.get("allow")).toBe("POST, GET, DELETE, HEAD, OPTIONS");
  const head = await fetch("/api/v1/conversations", { method: "HEAD" });
  expect(head.status).toBe(200);
  expect(await head.text()).toBe("");
});

test("a strange request id is replaced", async () => {
  const { fetch } = fakeController();
  const response = await fetch("/health", { headers: { "X-Request-Id": "a b<script>" } });
  expect(response.headers.get("x-request-id")).toMatch(/^[0-9a-f-]{36}$/);
});

test("an unexpected error is told by id alone and logged with its cause [req:errors.no-internals]", async () => {
  const failure = new Error("password is hunter2");
  const { fetch, log } = fakeController({
    services: {
      health: async () => {
        throw failure;
      },
    },
  });
  const response = await fetch("/health");
  const text = await response.text();
  expect(response.status).toBe(500);
  expect(text).not.toContain("hunter2");
  expect(text).not.toMatch(/\bat .*\.ts/);
  const { request_id } = JSON.parse(text);
  expect(log).toContainEqual({
    level: "error",
    fields: { err: failure, requestId: request_id },
    message: "request failed",
  });
});

test("an outage says when to try again", async () => {
  const { fetch } = fakeController({
    services: {
      health: async () => {
        throw new SekhaError("unavailable", "The disk is busy.", { retryAfterSeconds: 4.2 });
      },
    },
  });
  const response = await fetch("/health");
  expect(response.status).toBe(503);
  expect(response.headers.get("retry-after")).toBe("5");
});

test("the request log has routes and figures, never paths, queries, bodies or keys", async () => {
  const { fetch, log } = fakeController();
  await fetch(`/api/v1/conversations/${ID}?message_limit=5`, {
    headers: { "X-API-Key": "secret" },
  });
  await fetch("/api/v1/query?note=private", sending("POST", { query: "private words" }));
  const text = JSON.stringify(log);
  expect(text).toContain('"route":"/api/v1/conversations/:id"');
  expect(text).toMatch(/"status":404,"ms":0,"bytes":\d+|"status":404,"ms":0/);
  for (const hidden of [ID, "private", "secret"]) expect(text).not.toContain(hidden);
});

test("health is 503 with its body when the rows cannot be read [req:http.health]", async () => {
  const { fetch } = fakeController({
    services: {
      health: async () => ({
        status: "unhealthy",
        version: "2.0.0",
        uptime_seconds: 1,
        timestamp: "2026-01-25T20:30:00.000Z",
        checks: { database: { status: "error", error: "disk I/O error" } },
      }),
    },
  });
  const response = await fetch("/api/v1/health/");
  expect(response.status).toBe(503);
  expect(await response.json()).toMatchObject({ checks: { database: { status: "error" } } });
});

test("metrics are Prometheus text, and JSON for who asks for JSON", async () => {
  const { fetch } = fakeController();
  await fetch("/api/v1/query", sending("POST", { query: "x" }));
  await fetch("/wp-admin");
  const text = await (await fetch("/metrics")).text();
  for (const line of [
    "sekha_conversations_total 0",
    "sekha_messages_total 7",
    'sekha_embedding_queue_depth{state="parked"} 1',
    'sekha_search_duration_seconds_count{mode="hybrid"} 1',
    'sekha_http_requests_total{method="POST",route="/api/v1/query",status="200"} 1',
    'sekha_http_requests_total{method="GET",route="unmatched",status="404"} 1',
  ]) {
    expect(text).toContain(line);
  }
  const headers = { "User-Agent": "Sekha-JS-SDK/1.0.0", "Content-Type": "application/json" };
  const json = await (await fetch("/metrics", { headers })).json();
  expect(json.metrics).toBeInstanceOf(Array);
});
