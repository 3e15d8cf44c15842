import { expect, test } from "vitest";
import { McpConnection, type McpConnectionOptions } from "./mcp-connection.ts";

const refused = () =>
  Object.assign(new TypeError("fetch failed"), { cause: { code: "ECONNREFUSED" } });
const broken = () =>
  Object.assign(new TypeError("fetch failed"), { cause: { code: "ECONNRESET" } });
const conflict = () => Object.assign(new Error("in use"), { code: "conflict" });

function connection(options: Partial<McpConnectionOptions>) {
  return new McpConnection({
    find: async () => null,
    open: async () => {
      throw conflict();
    },
    isConflict: (error) => error instanceof Error && "code" in error && error.code === "conflict",
    apiKey: "own-key",
    fetch: async () => new Response("server"),
    now: Date.now,
    ...options,
  });
}

const post = () => new Request("http://sekha.internal/api/v1/x?a=1", { method: "POST", body: "b" });

test("a server that is found is asked, with the key it wants [req:mcp.beside-server]", async () => {
  const seen: string[] = [];
  const fetch = async (request: Request) => {
    seen.push(`${request.url} ${request.headers.get("authorization")} ${await request.text()}`);
    return new Response("there");
  };
  const found = connection({ find: async () => ({ url: "http://here:1" }), fetch });
  expect(await (await found.fetch(post())).text()).toBe("there");
  const standIn = connection({ find: async () => ({ url: "http://here:2", key: "k" }), fetch });
  await standIn.fetch(post());
  expect(seen).toEqual([
    "http://here:1/api/v1/x?a=1 Bearer own-key b",
    "http://here:2/api/v1/x?a=1 Bearer k b",
  ]);
});

test("when who answered is gone, the next owner is asked, with the whole request [req:mcp.several]", async () => {
  const owners = ["http://gone:1", "http://gone:2", "http://there:3"];
  const found = connection({
    find: async () => ({ url: owners.shift() ?? "" }),
    fetch: async (request) => {
      if (request.url.includes("gone")) throw refused();
      return new Response(await request.text());
    },
  });
  expect(await (await found.fetch(post())).text()).toBe("b");
});

test("a request that may have arrived is not sent again; the next one finds the new owner [req:mcp.several]", async () => {
  const owners = ["http://dying:1", "http://there:2"];
  let sent = 0;
  const found = connection({
    find: async () => ({ url: owners.shift() ?? "" }),
    fetch: async (request) => {
      sent += 1;
      if (request.url.includes("dying")) throw broken();
      return new Response("there");
    },
  });
  await expect(found.fetch(post())).rejects.toThrow("fetch failed");
  expect(sent).toBe(1);
  expect(await (await found.fetch(post())).text()).toBe("there");
});

test("while somebody takes the directory it is waited for, and opened once for all calls [req:mcp.alone]", async () => {
  let tries = 0;
  let closed = 0;
  const own = connection({
    open: async () => {
      tries += 1;
      if (tries < 3) throw conflict();
      return {
        fetch: async () => new Response("own"),
        close: async () => {
          closed += 1;
        },
      };
    },
  });
  own.warmUp();
  const answers = await Promise.all([own.fetch(post()), own.fetch(post())]);
  expect(await Promise.all(answers.map((answer) => answer.text()))).toEqual(["own", "own"]);
  expect(tries).toBe(3);
  await own.close();
  expect(closed).toBe(1);
});

test("a directory that nobody lets go of is an error in time, not for ever [req:mcp.alone]", async () => {
  let time = 0;
  const never = connection({
    now: () => {
      time += 15_000;
      return time;
    },
  });
  await expect(never.fetch(post())).rejects.toThrow("in use");
});
