import { request as httpRequest, type IncomingMessage } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { head, type RawServer } from "./__fixtures__/raw-client.ts";
import { servedFaces } from "./__fixtures__/served-face.ts";
import { Answer, type HttpAnswer } from "./answer.ts";
import { readBytes } from "./body-bytes.ts";
import { errorResponse, publicError } from "./error-response.ts";
import type { HttpRequest } from "./http-request.ts";
import { platformRequest } from "./socket-request.ts";

const LIMIT = 1000;
const serving = servedFaces();

/** Answers with the body, or says what is wrong with it as HttpApp does. */
async function echo(request: HttpRequest): Promise<HttpAnswer> {
  try {
    return new Answer(`<${Buffer.from(await readBytes(request, LIMIT)).toString()}>`);
  } catch (error) {
    return errorResponse(publicError(error, "id"), { wrong: String(error) });
  }
}

describe("an answer over a socket", () => {
  test("of text says how long it is, in bytes", async () => {
    const server = await serving(() => new Answer("größer"));
    const client = await server.connect();
    const text = await client.send(head("GET /", "Connection: close")).end();
    expect(text).toMatch(/\r\ncontent-length: 8\r\n/);
    expect(text).not.toMatch(/transfer-encoding/i);
  });
  test("to HEAD has the headers of GET and no body", async () => {
    const server = await serving(({ method }) => {
      const answer = new Answer("body", { headers: { "x-own": "1" } });
      return method === "HEAD" ? answer.withoutBody() : answer;
    });
    const client = await server.connect();
    client.send(head("HEAD /") + head("GET /", "Connection: close"));
    const [toHead = "", toGet = "", body] = (await client.end()).split("\r\n\r\n");
    const fields = (text: string) =>
      text.split("\r\n").filter((line) => !/^(date|connection|keep-alive):/i.test(line));
    expect(fields(toHead)).toEqual(fields(toGet));
    expect(toHead).toMatch(/content-length: 4/);
    expect(body).toBe("body");
  });
  test.each([204, 304])("with status %d has neither body nor length", async (status) => {
    const server = await serving(() => new Answer(null, { status }));
    const client = await server.connect();
    const text = await client.send(head("GET /") + head("GET /", "Connection: close")).end();
    expect(text.match(/HTTP\/1\.1 \d{3}/g)).toHaveLength(2);
    expect(text).not.toMatch(/content-length|transfer-encoding/i);
  });
  test("keeps cookies apart, also those of the platform's Response", async () => {
    const server = await serving(({ url }) => {
      const answer = url.endsWith("/own") ? new Answer("") : new Response("x");
      answer.headers.append("set-cookie", "a=1, 2");
      answer.headers.append("set-cookie", "b=2");
      return answer;
    });
    for (const path of ["/own", "/platform"]) {
      const answer = await fetch(server.url + path);
      expect(answer.headers.getSetCookie()).toEqual(["a=1, 2", "b=2"]);
    }
  });
  test.each<[string, () => HttpAnswer | Promise<HttpAnswer>]>([
    ["rejects", () => Promise.reject(new Error("secret"))],
    [
      "throws",
      () => {
        throw new Error("secret");
      },
    ],
    [
      "writes a header with a name that HTTP forbids",
      () => new Answer("x", { headers: { "b d": "1" } }),
    ],
    [
      "writes such a header of an empty answer",
      () => new Answer(null, { status: 204, headers: { "b d": "1" } }),
    ],
    [
      "answers with a Response that was read",
      () => {
        const answer = new Response("x");
        answer.body?.getReader();
        return answer;
      },
    ],
  ])("of a face that %s is 500 or none, and the server lives", async (_, fail) => {
    const server = await serving(({ url }) =>
      url.endsWith("/fail") ? fail() : new Answer("fine"),
    );
    const client = await server.connect();
    const text = await client.send(head("GET /fail", "Connection: close")).end();
    expect(text === "" || text.startsWith("HTTP/1.1 500 Internal Server Error\r\n")).toBe(true);
    expect(text).not.toContain("secret");
    expect(await (await fetch(server.url)).text()).toBe("fine");
  });
  test("that failed leaves the connection to the next request", async () => {
    const server = await serving(() => new Answer(null, { status: 204, headers: { "b d": "1" } }));
    const client = await server.connect();
    await client.send(head("GET /")).hears(/\r\ncontent-length: 0\r\n.*\r\n\r\n$/is);
    client.send(head("GET /", "Connection: close"));
    expect((await client.end()).match(/HTTP\/1\.1 500/g)).toHaveLength(2);
  });
});

describe("the body of a request", () => {
  test.each([
    ["has a length", `${head("POST /", "Content-Length: 5", "Connection: close")}hello`, "<hello>"],
    ["is empty", head("POST /", "Content-Length: 0", "Connection: close"), "<>"],
    ["is not there", head("POST /", "Connection: close"), "<>"],
    [
      "comes in chunks",
      `${head("POST /", "Transfer-Encoding: chunked", "Connection: close")}2\r\nhe\r\n3;x=y\r\nllo\r\n0\r\nTrailer: 1\r\n\r\n`,
      "<hello>",
    ],
  ])("that %s is read", async (_, message, read) => {
    const server = await serving(echo);
    const client = await server.connect();
    expect((await client.send(message).end()).endsWith(read)).toBe(true);
  });
  test("is asked for with 100 where the client waits for that", async () => {
    const server = await serving(echo);
    const client = await server.connect();
    client.send(head("POST /", "Content-Length: 5", "Expect: 100-continue", "Connection: close"));
    await client.hears(/^HTTP\/1\.1 100 Continue\r\n\r\n$/);
    expect(await client.send("hello").end()).toMatch(/<hello>$/);
  });
  test("cannot be read twice", async () => {
    const server = await serving(async (request) => {
      await request.bytes();
      const again = request.bytes().then(String, String);
      await sleep(5);
      return new Answer(`${await again} ${await request.bytes().then(String, String)}`);
    });
    const answer = await fetch(server.url, { method: "POST", body: "x" });
    expect((await answer.text()).match(/TypeError/g)).toHaveLength(2);
  });
  test.each(["fetch", "node:http"])("too large by announcement is told to %s", async (client) => {
    const server = await serving(echo);
    const body = Buffer.alloc(8 * 2 ** 20);
    for (let round = 0; round < 3; round += 1) {
      const status =
        client === "fetch"
          ? (await fetch(server.url, { method: "POST", body })).status
          : (await sent(server, body)).statusCode;
      expect(status).toBe(413);
    }
  });
  test.each([
    ["keep-alive", "text"],
    ["close", "text"],
    ["close", "stream"],
  ])(
    "too large is told to a client that reads only once all is sent (Connection: %s, with a %s)",
    async (connection, kind) => {
      const server = await serving(async (request) => {
        const answer = (await echo(request)) as Answer;
        return kind === "text" ? answer : answer.toResponse();
      });
      const client = await server.connect();
      client.socket.pause();
      const size = 8 * 2 ** 20;
      client.send(head("POST /", `Content-Length: ${size}`, `Connection: ${connection}`));
      for (let part = 0; part < 8; part += 1) {
        client.send(Buffer.alloc(2 ** 20));
        await sleep(20);
      }
      client.socket.resume();
      await client.hears(/^HTTP\/1\.1 413 .*larger than 1000 bytes/s);
      if (connection === "keep-alive") {
        await client.send(head("GET /", "Connection: close")).hears(/<>$/);
      }
      await client.end();
      expect(client.error).toBeUndefined();
    },
  );
  test("too large by its chunks is told, and the connection is used again", async () => {
    const server = await serving(echo);
    const client = await server.connect();
    client.send(head("POST /", "Transfer-Encoding: chunked"));
    const chunk = Buffer.from(`10000\r\n${"x".repeat(2 ** 16)}\r\n`);
    for (let part = 0; part < 64; part += 1) client.send(chunk);
    await client.hears(/^HTTP\/1\.1 413 /);
    client.send("0\r\n\r\n").send(head("GET /", "Connection: close"));
    expect(await client.end()).toMatch(/<>$/);
    expect(client.error).toBeUndefined();
  });
  test("that never ends after the answer closes the connection", async () => {
    const server = await serving(() => new Answer("early"));
    const client = await server.connect();
    client.send(head("POST /", "Content-Length: 10")).send("x");
    await client.hears(/early$/);
    const answeredAt = performance.now();
    await client.end();
    expect(performance.now() - answeredAt).toBeGreaterThan(300);
    expect(performance.now() - answeredAt).toBeLessThan(5000);
  });
  test("that ends soon after the answer leaves the connection open for good", async () => {
    const server = await serving(() => new Answer("early"));
    const client = await server.connect();
    client.send(head("POST /", "Content-Length: 10")).send("x");
    await client.hears(/early$/);
    client.send("x".repeat(9));
    await sleep(700);
    client.send(head("GET /", "Connection: close"));
    expect((await client.end()).match(/early/g)).toHaveLength(2);
  });
  test("that breaks off is told to whoever reads it, as bytes or as a stream", async () => {
    for (const framing of ["Content-Length: 10", "Transfer-Encoding: chunked"]) {
      const told = Promise.withResolvers<string>();
      const server = await serving(async (request) => {
        const answer = await echo(request);
        told.resolve(String((answer as Answer).body));
        return answer;
      });
      const client = await server.connect();
      client.send(head("POST /", framing)).send("5\r\nhel");
      await sleep(30);
      client.socket.destroy();
      expect(await told.promise).toContain("broke off");
    }
  });
});

function sent(server: RawServer, body: Buffer): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const call = httpRequest(server.url, { method: "POST" }, (answer) => {
      answer.resume();
      answer.once("end", () => resolve(answer));
    });
    call.once("error", reject);
    call.end(body);
  });
}

describe("a connection", () => {
  test("serves ten requests one after the other, with pauses longer than that for unread bodies", async () => {
    const server = await serving(({ url }) => new Answer(`[${new URL(url).pathname}]`));
    const client = await server.connect();
    for (let at = 0; at < 10; at += 1) {
      const body = at % 2 === 0 ? "" : "body";
      client.send(head(`${body ? "POST" : "GET"} /${at}`, `Content-Length: ${body.length}`) + body);
      await client.hears(new RegExp(`\\[/${at}\\]$`));
      if (at % 5 === 1) await sleep(600);
    }
    expect(server.asked).toBe(10);
  });
  test("answers ten requests that came at once in their order", async () => {
    const server = await serving(async ({ url }) => {
      const { pathname } = new URL(url);
      await sleep(10 * Math.random());
      return new Answer(`[${pathname}]`);
    });
    const client = await server.connect();
    const requests = Array.from({ length: 10 }, (_, at) => head(`GET /${at}`)).join("");
    await client.send(requests).hears(/\[\/9\]$/);
    expect(client.text.match(/\[\/\d\]/g)?.join("")).toBe(
      Array.from({ length: 10 }, (_, at) => `[/${at}]`).join(""),
    );
  });
  test("that the client closes aborts the signal, asked for before or after", async () => {
    const seen = Promise.withResolvers<AbortSignal[]>();
    const server = await serving(async (request) => {
      const before = request.url.endsWith("/before") ? request.signal : undefined;
      await sleep(60);
      seen.resolve([before ?? request.signal, request.signal]);
      return new Answer("late");
    });
    for (const path of ["/before", "/after"]) {
      const client = await server.connect();
      client.send(head(`GET ${path}`));
      await sleep(20);
      client.socket.destroy();
      const [first, second] = await seen.promise;
      expect(first).toBe(second);
      expect(first?.aborted).toBe(true);
      expect(first?.reason).toMatchObject({ name: "AbortError" });
    }
  });
  test("that the client closes aborts those requests too whose turn had not come", async () => {
    const signals: AbortSignal[] = [];
    const server = await serving(async (request) => {
      signals.push(request.signal);
      await sleep(100);
      return new Answer("late");
    });
    const client = await server.connect();
    client.send(head("GET /1") + head("GET /2"));
    await sleep(20);
    client.socket.destroy();
    await sleep(40);
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, true]);
  });
  test("whose requests were all answered aborts nothing", async () => {
    const signals: AbortSignal[] = [];
    const server = await serving((request) => {
      signals.push(request.signal);
      return new Answer("x");
    });
    const client = await server.connect();
    client.send(head("GET /") + head("POST /", "Content-Length: 1", "Connection: close")).send("x");
    await client.end();
    await sleep(10);
    expect(signals.map(({ aborted }) => aborted)).toEqual([false, false]);
  });
});

describe("the platform's Request of a socket's", () => {
  test("has its method, address, headers, body and signal", async () => {
    const server = await serving(async (request) => {
      const platform = platformRequest(request);
      const { method, url, headers, signal } = platform;
      const text = await platform.text();
      return new Answer(
        JSON.stringify({ method, url, headers: [...headers], text, aborted: signal.aborted }),
      );
    });
    const client = await server.connect();
    const fields = [
      "X-Many: 1",
      "X-Many: 2",
      "Accept: a",
      "Accept: b",
      "Cookie: a=1",
      "Cookie: b=2",
    ];
    client.send(head("POST /mcp?x=1", ...fields, "Content-Length: 5", "Connection: close"));
    const text = await client.send("hello").end();
    const seen = JSON.parse(text.slice(text.indexOf("{")));
    expect(seen).toMatchObject({
      method: "POST",
      url: "http://localhost/mcp?x=1",
      text: "hello",
      aborted: false,
    });
    expect(new Headers(seen.headers).get("x-many")).toBe("1, 2");
    expect(new Headers(seen.headers).get("accept")).toBe("a, b");
    expect(seen.headers).toContainEqual(["cookie", "a=1; b=2"]);
  });
  test("aborts with the socket's, and its body tells of a client that leaves in the middle", async () => {
    const told = Promise.withResolvers<unknown[]>();
    const server = await serving(async (request) => {
      const platform = platformRequest(request);
      const text = await platform.text().catch(() => "broke off");
      await sleep(5);
      told.resolve([text, platform.signal.aborted, platform.signal.reason.name]);
      return new Answer("late");
    });
    const client = await server.connect();
    client.send(head("POST /mcp", "Content-Length: 5")).send("he");
    await sleep(20);
    client.socket.destroy();
    expect(await told.promise).toEqual(["broke off", true, "AbortError"]);
  });
  test("is refused for TRACE, which the platform does not know", async () => {
    const server = await serving((request) => {
      try {
        return new Answer(platformRequest(request).method);
      } catch (error) {
        return errorResponse(publicError(error, "id"), {});
      }
    });
    const client = await server.connect();
    expect(await client.send(head("TRACE /mcp", "Connection: close")).end()).toMatch(
      /^HTTP\/1\.1 405 /,
    );
  });
});
