import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { RawServer } from "./__fixtures__/raw-client.ts";
import { Answer } from "./answer.ts";
import { pathOf } from "./router.ts";

let server: RawServer;

beforeAll(async () => {
  server = await new RawServer((request) => {
    const { pathname, href, host } = new URL(request.url);
    return new Answer(
      JSON.stringify({ url: request.url, href, host, pathname, path: pathOf(request) }),
    );
  }).start();
});
afterAll(() => server.stop());

interface Seen {
  status: number;
  url?: string;
  href?: string;
  host?: string;
  pathname?: string;
  path?: string;
}

/** What the face saw of a request; nothing when it was refused before. */
async function ask(target: string, { host = "localhost", version = "1.1" } = {}): Promise<Seen> {
  const client = await server.connect();
  const hostLine = host === "" ? "" : `Host: ${host}\r\n`;
  client.send(`GET ${target} HTTP/${version}\r\n${hostLine}Connection: close\r\n\r\n`);
  const text = await client.end();
  const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(text)?.[1]);
  const body = /\{.*\}/.exec(text)?.[0];
  return { status, ...(body === undefined ? {} : JSON.parse(body)) };
}

describe("the target of a request", () => {
  test.each([
    ["/", "/"],
    ["/a/../b", "/b"],
    ["/a/./b", "/a/b"],
    ["/a/..", "/"],
    ["/../../etc", "/etc"],
    ["/a/%2e%2E/b", "/b"],
    ["//x", "//x"],
    ["//evil.example/x", "//evil.example/x"],
    ["/a;b=1/c@d:e", "/a;b=1/c@d:e"],
    ["/..a/b..", "/..a/b.."],
    ["/?next=/../x", "/"],
    ["/x#/../y", "/x"],
    ["http://localhost/abs?x=1", "/abs"],
    ["http://localhost", "/"],
    ["http://localhost/a/../b", "/b"],
  ])("%s is the same path for routing and for handlers", async (target, path) => {
    const seen = await ask(target);
    expect(seen.status).toBe(200);
    expect(seen.pathname).toBe(path);
    expect(seen.path).toBe(path);
    expect(seen.url?.replaceAll("'", "%27")).toBe(seen.href?.replaceAll("'", "%27"));
  });
  test("keeps percent-encoding for handlers and decodes it for routing", async () => {
    expect(await ask("/%61/b%20c?x=%2F")).toMatchObject({
      status: 200,
      url: "http://localhost/%61/b%20c?x=%2F",
      path: "/a/b c",
    });
  });
  test("that is long is taken, and one that is too long is refused by node:http", async () => {
    expect((await ask(`/${"a".repeat(8000)}?q=${"b".repeat(4000)}`)).pathname).toHaveLength(8001);
    expect((await ask(`/${"a".repeat(20_000)}`)).status).toBe(431);
  });
  test.each([
    "*",
    "/a\\..\\b",
    "\\\\evil\\x",
    "/\\evil.example",
    "http://localhost/a\\..\\b",
    "http://user:secret@localhost/",
    "http://",
    "http://a b/",
    "http://localhost:99999/",
    "http://[::1/",
    "ftp://localhost/",
    "localhost/x",
    "@evil.example/",
    "?x",
  ])("%s is refused with 400, and the face is not asked", async (target) => {
    const { asked } = server;
    expect(await ask(target)).toEqual({ status: 400 });
    expect(server.asked).toBe(asked);
  });
});

test("what is wrong with a refused request is said in words", async () => {
  const client = await server.connect();
  const text = await client.send("GET / HTTP/1.0\r\nHost: a/b\r\n\r\n").end();
  expect(text).toMatch(
    /^HTTP\/1\.1 400 Bad Request\r\n.*The path or the Host header.*no URL\.\n$/s,
  );
});

describe("the Host of a request", () => {
  test.each([
    ["LocalHost:3000", "localhost:3000"],
    ["localhost:80", "localhost"],
    ["127.0.0.1:8080", "127.0.0.1:8080"],
    ["10.0.0.255", "10.0.0.255"],
    ["[::1]:8080", "[::1]:8080"],
    ["[::1]", "[::1]"],
    ["sekha_controller:8080", "sekha_controller:8080"],
    ["1password.example:1024", "1password.example:1024"],
    ["a.b-c.d1", "a.b-c.d1"],
    ["localhost.", "localhost."],
    ["a,b", "a,b"],
    ["xn--a.example", "xn--a.example"],
  ])("%s is taken", async (host, written) => {
    expect(await ask("/x", { host })).toMatchObject({ status: 200, host: written, path: "/x" });
    const seen = await ask("/x", { host });
    expect(seen.url).toBe(seen.href);
  });
  test.each([
    "a/b",
    "a@b",
    "a?b",
    "a#b",
    "a\\b",
    "a b",
    "a%2fb",
    "evil\u0000",
    "[::1",
    "::1",
    "localhost:99999",
    "localhost:65536",
    "localhost:x",
    "256.256.256.256",
    "1.2.3",
    "127.1",
    "0x7f.1",
    "0x7f000001",
    "2130706433",
    "127.0.0.01",
    "localhost.127",
    "b\u00fccher.example",
  ])("%s is refused with 400, and the face is not asked", async (host) => {
    const { asked } = server;
    expect(await ask("/x", { host })).toEqual({ status: 400 });
    expect(server.asked).toBe(asked);
  });
  test("may be missing in HTTP/1.0, where the address listened on stands for it", async () => {
    expect(await ask("/x", { host: "", version: "1.0" })).toMatchObject({
      status: 200,
      host: "127.0.0.1",
    });
    expect((await ask("/x", { host: "" })).status).toBe(400);
    const own = await new RawServer(({ url }) => new Answer(url), "::").start();
    const client = await own.connect();
    expect(await client.send("GET /x HTTP/1.0\r\n\r\n").end()).toMatch(/http:\/\/\[::\]\/x$/);
    own.stop();
  });
});
