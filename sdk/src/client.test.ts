import { readFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import {
  SDK_VERSION,
  SekhaApiError,
  SekhaClient,
  type SekhaClientOptions,
  SekhaConnectionError,
  SekhaTimeoutError,
} from "./index.ts";

type Handler = (request: IncomingMessage & { text: string }, response: ServerResponse) => void;

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

/** A real server that answers the nth request with the nth handler, the last one for the rest. */
async function serve(...handlers: Handler[]) {
  const requests: {
    method: string;
    url: string;
    headers: Record<string, unknown>;
    text: string;
  }[] = [];
  const server = createServer(async (request, response) => {
    const pieces: Buffer[] = [];
    for await (const piece of request) pieces.push(piece as Buffer);
    const text = Buffer.concat(pieces).toString();
    const { method = "", url = "", headers } = request;
    requests.push({ method, url, headers, text });
    const handler = handlers[Math.min(requests.length, handlers.length) - 1];
    handler?.(Object.assign(request, { text }), response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closers.push(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  const { port } = server.address() as AddressInfo;
  return { baseUrl: `http://127.0.0.1:${port}`, requests };
}

function json(status: number, body: unknown, headers: Record<string, string> = {}): Handler {
  return (_request, response) => {
    response.writeHead(status, { "Content-Type": "application/json", ...headers });
    response.end(JSON.stringify(body));
  };
}

const refusal = (status: number, type: string, extra: object = {}) => ({
  error: "It did not work. Do it differently.",
  code: status,
  type,
  request_id: "r-1",
  ...extra,
});
const busy = (headers: Record<string, string> = {}) =>
  json(503, refusal(503, "unavailable"), headers);

function clientOf(baseUrl: string, options: Partial<SekhaClientOptions> = {}) {
  const waits: number[] = [];
  const timing = {
    sleep: async (milliseconds: number) => void waits.push(milliseconds),
    random: () => 1,
  };
  return { client: new SekhaClient({ controllerURL: baseUrl, timing, ...options }), waits };
}

async function rejection(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => expect.fail("resolved"),
    (error: unknown) => error,
  );
}

describe("requests", () => {
  test("carry the key, the version and the body, below a path prefix too", async () => {
    const { baseUrl, requests } = await serve(json(200, { results: [] }));
    const { client } = clientOf(`${baseUrl}/memory/`, { apiKey: "sk-sekha-x" });
    await client.search({ query: "spare key", limit: 3 });
    expect(requests[0]).toMatchObject({
      method: "POST",
      url: "/memory/api/v1/query",
      text: '{"query":"spare key","limit":3}',
      headers: {
        authorization: "Bearer sk-sekha-x",
        "user-agent": `Sekha-SDK/${SDK_VERSION}`,
        "content-type": "application/json",
      },
    });
  });

  test("write lists, times and special characters into the address", async () => {
    const { baseUrl, requests } = await serve(json(200, {}));
    const { client } = clientOf(baseUrl);
    await client.conversations.list({
      tags: ["a&b", "c"],
      folder: "/über uns",
      since: new Date(0),
      pinned: false,
      label: undefined,
    });
    await client.keys.revoke("a/b?c");
    const query = new URL(requests[0]?.url ?? "", baseUrl).searchParams;
    expect(query.getAll("tags")).toEqual(["a&b", "c"]);
    expect(query.get("folder")).toBe("/über uns");
    expect(query.get("since")).toBe("1970-01-01T00:00:00.000Z");
    expect(query.get("pinned")).toBe("false");
    expect(query.has("label")).toBe(false);
    expect(requests[1]?.url).toBe("/api/v1/keys/a%2Fb%3Fc");
  });

  test.each(["", "..", "."])("refuse %j as an id before anything is sent", async (id) => {
    const { client } = clientOf("http://127.0.0.1:1");
    const error = await rejection(client.conversations.get(id));
    expect(String(error)).toContain("id must not be");
  });

  test.each(["localhost:8080", "", "ftp://x", "nowhere"])("need an address, not %j", (baseUrl) => {
    expect(() => new SekhaClient({ controllerURL: baseUrl })).toThrow("http://localhost:8080");
  });

  test("reach an injected fetch without a network", async () => {
    const fetch = async (request: Request) => Response.json({ seen: request.url });
    const { client } = clientOf("http://memory.internal", { fetch });
    expect(await client.stats()).toEqual({ seen: "http://memory.internal/api/v1/stats" });
  });

  test("name every change of a conversation as the API does", async () => {
    const { baseUrl, requests } = await serve(json(200, {}));
    const { conversations } = clientOf(baseUrl).client;
    await conversations.setLabel("i", "L");
    await conversations.setFolder("i", "/f");
    await conversations.pin("i");
    await conversations.unpin("i");
    await conversations.archive("i");
    await conversations.unarchive("i");
    await conversations.setTags("i", ["t"]);
    await conversations.addTags("i", ["t"]);
    await conversations.removeTags("i", ["t"]);
    await conversations.delete("i");
    await conversations.deleteMany(["i"]);
    await conversations.setImportance("i", 7);
    await conversations.setStatus("i", "active");
    await conversations.update("i", { pinned: true });
    await conversations.append("i", [{ role: "user", content: "x" }], { wait: true });
    const base = "/api/v1/conversations";
    expect(requests.map(({ method, url, text }) => `${method} ${url} ${text}`.trim())).toEqual([
      `PUT ${base}/i/label {"label":"L"}`,
      `PUT ${base}/i/folder {"folder":"/f"}`,
      `PUT ${base}/i/pin`,
      `PUT ${base}/i/unpin`,
      `PUT ${base}/i/archive`,
      `PUT ${base}/i/unarchive`,
      `PUT ${base}/i/tags {"tags":["t"]}`,
      `POST ${base}/i/tags {"tags":["t"]}`,
      `DELETE ${base}/i/tags {"tags":["t"]}`,
      `DELETE ${base}/i`,
      `DELETE ${base} {"conversation_ids":["i"]}`,
      `PUT ${base}/i/importance {"importance_score":7}`,
      `PUT ${base}/i/status {"status":"active"}`,
      `PUT ${base}/i {"pinned":true}`,
      `POST ${base}/i/messages?wait=true {"messages":[{"role":"user","content":"x"}]}`,
    ]);
  });
});

describe("failures", () => {
  test("become an error with status, code, request id and details", async () => {
    const details = [{ path: "messages.0.role", message: "is missing" }];
    const { baseUrl } = await serve(json(422, refusal(422, "validation_failed", { details })));
    const error = await rejection(clientOf(baseUrl).client.search({ query: "x" }));
    expect(error).toBeInstanceOf(SekhaApiError);
    expect(error).toMatchObject({
      message: "It did not work. Do it differently.",
      status: 422,
      code: "validation_failed",
      requestId: "r-1",
      details,
    });
  });

  test("of a proxy in between show its words", async () => {
    const { baseUrl } = await serve((_request, response) => {
      response.writeHead(413, { "X-Request-Id": "edge-7" });
      response.end("<h1>Too\n large</h1>");
    });
    const error = await rejection(clientOf(baseUrl).client.version());
    expect(error).toMatchObject({ status: 413, code: "unknown", requestId: "edge-7" });
    expect(String(error)).toContain("413 Payload Too Large: <h1>Too large</h1>");
  });

  test("say so when the address is another program's", async () => {
    const { baseUrl } = await serve((_request, response) => response.end("<html>Router</html>"));
    const error = await rejection(clientOf(baseUrl).client.version());
    expect(String(error)).toContain("not JSON. Is this address Sekha's?");
  });

  test("to connect name the address and what to do", async () => {
    const { baseUrl } = await serve(json(200, {}));
    await closers.pop()?.();
    const error = await rejection(clientOf(baseUrl, { retries: 0 }).client.version());
    expect(error).toBeInstanceOf(SekhaConnectionError);
    expect(error).toMatchObject({ url: `${baseUrl}/api/v1/version` });
    expect(String(error)).toContain(`Nothing answers at ${baseUrl}. Start Sekha there`);
  });

  test("to answer in time end the call", async () => {
    const { baseUrl, requests } = await serve(() => undefined);
    const { client } = clientOf(baseUrl, { timeout: 200 });
    const error = await rejection(client.stats());
    expect(error).toBeInstanceOf(SekhaTimeoutError);
    expect(error).toMatchObject({ timeoutMs: 200 });
    expect(requests).toHaveLength(1);
  });

  test("of an injected fetch that never answers end as well", async () => {
    const fetch = () => new Promise<Response>(() => undefined);
    const { client } = clientOf("http://memory.internal", { fetch, timeout: 20 });
    expect(await rejection(client.stats())).toBeInstanceOf(SekhaTimeoutError);
  });

  test("are the caller's own reason after an abort", async () => {
    const { baseUrl } = await serve(() => undefined);
    const controller = new AbortController();
    const { client } = clientOf(baseUrl);
    const call = rejection(client.stats({}, { signal: controller.signal }));
    controller.abort("enough");
    expect(await call).toBe("enough");
    expect(await rejection(client.stats({}, { signal: controller.signal }))).toBe("enough");
  });

  test("of the health check are an answer", async () => {
    const { baseUrl } = await serve(json(503, { status: "unhealthy", checks: {} }));
    expect(await clientOf(baseUrl).client.health()).toMatchObject({ status: "unhealthy" });
  });
});

describe("repeating", () => {
  test("waits longer each time and gives the answer that came at last", async () => {
    const { baseUrl, requests } = await serve(busy(), busy(), json(200, { labels: [] }));
    const { client, waits } = clientOf(baseUrl);
    expect(await client.labels.list()).toEqual({ labels: [] });
    expect(requests).toHaveLength(3);
    expect(waits).toEqual([250, 500]);
  });

  test("gives up after the retries with the last error", async () => {
    const { baseUrl, requests } = await serve(busy());
    const { client } = clientOf(baseUrl);
    expect(await rejection(client.tags())).toMatchObject({ status: 503 });
    expect(requests).toHaveLength(3);
    expect(await rejection(client.tags({ retries: 0 }))).toMatchObject({ status: 503 });
    expect(requests).toHaveLength(4);
  });

  test("waits as long as Retry-After says, in seconds or as a date", async () => {
    const now = Date.parse("2026-01-25T20:30:00Z");
    const { baseUrl } = await serve(
      busy({ "Retry-After": "7" }),
      busy({ "Retry-After": "Sun, 25 Jan 2026 20:30:09 GMT" }),
      json(200, {}),
    );
    const waits: number[] = [];
    const sleep = async (milliseconds: number) => void waits.push(milliseconds);
    await clientOf(baseUrl, {
      timing: { sleep, random: () => 0, now: () => now },
    }).client.folders();
    expect(waits).toEqual([7000, 9000]);
  });

  test("does not wait minutes: the caller is told how long instead", async () => {
    const { baseUrl, requests } = await serve(busy({ "Retry-After": "600" }));
    const error = await rejection(clientOf(baseUrl).client.labels.list());
    expect(error).toMatchObject({ retryAfterSeconds: 600 });
    expect(requests).toHaveLength(1);
  });

  test("sends a new conversation again under the same idempotency key", async () => {
    const { baseUrl, requests } = await serve(busy(), json(201, { id: "1" }));
    const { client } = clientOf(baseUrl);
    await client.conversations.create({ messages: [] });
    await client.conversations.create({ messages: [] });
    const keys = requests.map(({ headers }) => headers["idempotency-key"]);
    expect(keys[0]).toMatch(/^[0-9a-f]{32}$/);
    expect(keys[1]).toBe(keys[0]);
    expect(keys[2]).not.toBe(keys[0]);
  });

  test("sends again what broke on the way", async () => {
    const { baseUrl, requests } = await serve(
      (request) => request.socket.destroy(),
      json(200, { total: 0 }),
    );
    expect(await clientOf(baseUrl).client.search({ query: "x" })).toEqual({ total: 0 });
    expect(requests).toHaveLength(2);
  });

  test("leaves alone what would be stored twice, and what the caller did wrong", async () => {
    const broken = await serve(busy());
    const { client } = clientOf(broken.baseUrl);
    await rejection(client.conversations.append("i", [{ role: "user", content: "x" }]));
    await rejection(client.conversations.createMany([{ messages: [] }]));
    await rejection(client.keys.create("laptop"));
    await rejection(client.import("x"));
    expect(broken.requests).toHaveLength(4);
    const wrong = await serve(json(404, refusal(404, "not_found")));
    await rejection(clientOf(wrong.baseUrl).client.conversations.get("i"));
    expect(wrong.requests).toHaveLength(1);
  });
});

describe("streams", () => {
  test("are uploaded as they come", async () => {
    const { baseUrl, requests } = await serve(json(202, { job_id: "j" }));
    const pieces = ["one ", "two ", "three"].map((text) => new TextEncoder().encode(text));
    const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
      pull(controller) {
        const piece = pieces.shift();
        if (piece === undefined) controller.close();
        else controller.enqueue(piece);
      },
    });
    const job = await clientOf(baseUrl).client.import(
      body,
      { filename: "a b.json" },
      { wait: false },
    );
    expect(job.job_id).toBe("j");
    expect(requests[0]).toMatchObject({
      method: "POST",
      url: "/api/v1/import?filename=a+b.json&wait=false",
      text: "one two three",
      headers: { "content-type": "application/octet-stream" },
    });
  });

  test("of an export come in pieces with characters whole", async () => {
    const bytes = new TextEncoder().encode("a🔑b");
    const { baseUrl } = await serve((_request, response) => {
      response.write(bytes.slice(0, 3));
      setImmediate(() => response.end(bytes.slice(3)));
    });
    const pieces: string[] = [];
    for await (const text of clientOf(baseUrl).client.export({ format: "jsonl" })) {
      pieces.push(text);
    }
    expect(pieces.join("")).toBe("a🔑b");
  });

  test("end at the server when the reader leaves early", async () => {
    let closed = () => {};
    const left = new Promise<void>((resolve) => {
      closed = resolve;
    });
    const { baseUrl } = await serve((_request, response) => {
      response.on("close", closed);
      response.write("first");
    });
    for await (const text of clientOf(baseUrl).client.export()) {
      expect(text).toBe("first");
      break;
    }
    await left;
  });

  test("that break are an error, never a short file", async () => {
    const { baseUrl } = await serve((request, response) => {
      response.write("half");
      setImmediate(() => request.socket.destroy());
    });
    const read = async () => {
      for await (const _text of clientOf(baseUrl).client.export());
    };
    expect(await rejection(read())).toBeInstanceOf(SekhaConnectionError);
  });

  test("that fall silent run into the time limit", async () => {
    const { baseUrl } = await serve((_request, response) => void response.write("half"));
    const read = async () => {
      const { client } = clientOf(baseUrl, { timeout: 30 });
      for await (const _text of client.export());
    };
    expect(await rejection(read())).toBeInstanceOf(SekhaTimeoutError);
  });

  test("of a backup know their size", async () => {
    const { baseUrl } = await serve((_request, response) => {
      response.writeHead(200, { "Content-Length": "6" });
      response.end("sqlite");
    });
    const { size, stream } = await clientOf(baseUrl).client.backup();
    expect(size).toBe(6);
    expect(await new Response(stream).text()).toBe("sqlite");
  });
});

test("the version is the package's", () => {
  const file = new URL("../package.json", import.meta.url);
  expect(JSON.parse(readFileSync(file, "utf8"))).toMatchObject({ version: SDK_VERSION });
});
