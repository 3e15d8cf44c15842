import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { type AddressInfo, createServer as createSocketServer, type Socket } from "node:net";
import { promisify } from "node:util";
import { brotliCompress, deflate, deflateRaw, gzip } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ProviderFailure } from "../failure.ts";
import { createTransport, type Transport, type TransportRequest } from "./transport.ts";

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

let server: Server;
let transport: Transport;
let handle: Handler;
let connections: number;

beforeEach(async () => {
  connections = 0;
  handle = (_, response) => response.end("fine");
  server = createServer((request, response) => handle(request, response));
  server.on("connection", () => {
    connections += 1;
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  transport = transportTo(server);
});

afterEach(async () => {
  await transport.close();
  server.closeAllConnections();
  server.close();
});

function transportTo(target: { address(): unknown }, maxConcurrency?: number): Transport {
  const { port } = target.address() as AddressInfo;
  const baseUrl = `http://127.0.0.1:${port}/base/`;
  return createTransport({ baseUrl, maxConcurrency, connectTimeoutMs: 2000 });
}

function request(given: Partial<TransportRequest> = {}): TransportRequest {
  return {
    target: { providerId: "main", modelId: "chat" },
    method: "POST",
    path: "/ask",
    headers: ["content-type", "application/json"],
    body: "{}",
    signal: new AbortController().signal,
    timers: { headersMs: 5000, chunkMs: 5000, coldStartMs: 0 },
    ...given,
  };
}

async function collected(bytes: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of bytes) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

/** Resolves with what the server sees when its client goes. */
function clientGone(): Promise<void> {
  return new Promise((resolve) => {
    handle = (_, response) => {
      response.write("one");
      response.on("close", () => resolve());
    };
  });
}

describe("a whole answer", () => {
  it("comes from below the base URL's path, with status and headers", async () => {
    let asked: unknown;
    handle = (incoming, response) => {
      asked = [incoming.method, incoming.url, incoming.headers["content-type"]];
      response.writeHead(418, { "x-kind": "teapot" }).end("short and stout");
    };
    const answer = await transport.send(request());
    expect(asked).toEqual(["POST", "/base/ask", "application/json"]);
    expect([answer.status, answer.headers["x-kind"]]).toEqual([418, "teapot"]);
    expect(await answer.text()).toBe("short and stout");
  });

  it("is whole however many pieces it comes in, also in the middle of a letter", async () => {
    const text = "ä€😀".repeat(50_000);
    handle = (_, response) => {
      const bytes = Buffer.from(text);
      for (let at = 0; at < bytes.length; at += 4099) response.write(bytes.subarray(at, at + 4099));
      response.end();
    };
    expect(await (await transport.send(request())).text()).toBe(text);
  });

  it("uses its connections again", async () => {
    for (let round = 0; round < 10; round += 1) await (await transport.send(request())).text();
    // undici takes a second one when the first is only just done.
    expect(connections).toBeLessThanOrEqual(2);
  });

  it("is interrupted when its body is shorter than it says, or reset", async () => {
    handle = (_, response) => {
      response.writeHead(200, { "content-length": "100" }).write("half");
      setTimeout(() => response.destroy(), 5);
    };
    const answer = await transport.send(request());
    await expect(answer.text()).rejects.toMatchObject({ category: "interrupted" });
  });
});

describe("an answer that is wanted only when all of it is there", () => {
  it("comes at once when it is of no use: a status tells more than a body that breaks", async () => {
    handle = (_, response) => {
      response.writeHead(429, { "retry-after": "7", "content-length": 10 });
      response.write("slow", () => response.destroy());
    };
    const answer = await transport.send(request({ whole: true }));
    expect([answer.status, answer.headers["retry-after"]]).toEqual([429, "7"]);
    expect(answer.takeText?.()).toBeUndefined();
    await expect(answer.text()).rejects.toMatchObject({ category: "interrupted" });
  });
});

describe("compressed answers", () => {
  const text = "word ".repeat(10_000);
  it.each([
    ["gzip", promisify(gzip)],
    ["br", promisify(brotliCompress)],
    ["deflate", promisify(deflate)],
    ["deflate", promisify(deflateRaw)],
  ] as const)("are read: %s", async (encoding, compress) => {
    const body = await compress(Buffer.from(text));
    handle = (_, response) => {
      response.writeHead(200, { "content-encoding": encoding });
      for (let at = 0; at < body.length; at += 7) response.write(body.subarray(at, at + 7));
      response.end();
    };
    expect(await (await transport.send(request())).text()).toBe(text);
    expect(await collected((await transport.send(request())).bytes)).toBe(text);
  });

  it("are interrupted when they end too early, and malformed when they are not what they say", async () => {
    const body = await promisify(gzip)(Buffer.from(text));
    const bodies = [body.subarray(0, 40), Buffer.from("not gzip at all")];
    handle = (_, response) =>
      response.writeHead(200, { "content-encoding": "gzip" }).end(bodies.shift());
    const first = await transport.send(request());
    await expect(first.text()).rejects.toMatchObject({ category: "interrupted" });
    const second = await transport.send(request());
    await expect(second.text()).rejects.toMatchObject({ category: "malformed" });
  });

  it("are not unpacked beyond the limit of a whole body", async () => {
    const body = await promisify(gzip)(Buffer.alloc(65 * 2 ** 20));
    handle = (_, response) => response.writeHead(200, { "content-encoding": "gzip" }).end(body);
    const answer = await transport.send(request());
    await expect(answer.text()).rejects.toMatchObject({ category: "malformed" });
  });

  it("close the connection when their reader leaves", async () => {
    const body = await promisify(gzip)(Buffer.from(text));
    const gone = new Promise<void>((resolve) => {
      handle = (_, response) => {
        response.writeHead(200, { "content-encoding": "gzip" }).write(body.subarray(0, 100));
        response.on("close", () => resolve());
      };
    });
    for await (const _ of (await transport.send(request())).bytes) break;
    await gone;
  });
});

describe("a connection that does not work", () => {
  const broken: [string, (socket: Socket) => void, string][] = [
    ["reset before any header", (socket) => socket.resetAndDestroy(), "connect"],
    ["closed before any header", (socket) => socket.end(), "connect"],
    ["something else than HTTP", (socket) => socket.end("SSH-2.0-OpenSSH\r\n"), "malformed"],
  ];
  it.each(broken)("is named: %s", async (_, act, category) => {
    const raw = createSocketServer((socket) => {
      socket.on("error", () => undefined);
      socket.once("data", () => act(socket));
    }).listen(0, "127.0.0.1");
    await once(raw, "listening");
    const own = transportTo(raw);
    await expect(own.send(request())).rejects.toMatchObject({ category });
    await own.close();
    raw.close();
  });

  it("says that it was refused, and what to check", async () => {
    const { port } = server.address() as AddressInfo;
    server.close();
    await expect(transport.send(request())).rejects.toMatchObject({
      category: "connect",
      message: expect.stringMatching(/refused.*llm_providers\[main\]\.base_url/),
    });
    expect(port).toBeGreaterThan(0);
  });

  it("says that a host name does not resolve", async () => {
    const baseUrl = "http://nowhere.invalid";
    const own = createTransport({ baseUrl, maxConcurrency: undefined, connectTimeoutMs: 2000 });
    await expect(own.send(request())).rejects.toMatchObject({ category: "connect" });
    await own.close();
  });

  it("says that a key with a line break cannot be sent", async () => {
    const headers = ["authorization", "Bearer test-key\n"];
    await expect(transport.send(request({ headers }))).rejects.toMatchObject({
      category: "unauthorized",
      message: expect.stringContaining("llm_providers[main].api_key"),
    });
  });
});

describe("timers", () => {
  it("end a call without headers, later when a model may have to be loaded first", async () => {
    handle = (_, response) => setTimeout(() => response.end("late"), 150);
    const timers = { headersMs: 40, chunkMs: 5000, coldStartMs: 0 };
    await expect(transport.send(request({ timers }))).rejects.toMatchObject({
      category: "timeout",
    });
    const patient = { ...timers, coldStartMs: 4000 };
    expect(await (await transport.send(request({ timers: patient }))).text()).toBe("late");
  });

  it("end a body that stands still, whole or streamed, and close its connection", async () => {
    const timers = { headersMs: 5000, chunkMs: 40, coldStartMs: 0 };
    for (const read of ["text", "bytes"] as const) {
      const gone = clientGone();
      const answer = await transport.send(request({ timers }));
      const reading = read === "text" ? answer.text() : collected(answer.bytes);
      await expect(reading).rejects.toMatchObject({ category: "interrupted" });
      await gone;
    }
  });

  it("leave the wait for the first byte of a stream to the first token's", async () => {
    handle = (_, response) => {
      response.writeHead(200).flushHeaders();
      setTimeout(() => response.end("late"), 120);
    };
    const timers = { headersMs: 5000, chunkMs: 40, coldStartMs: 0 };
    expect(await collected((await transport.send(request({ timers }))).bytes)).toBe("late");
  });

  it("do not count the time of a slow reader", async () => {
    const size = 8 * 2 ** 20;
    handle = (_, response) => response.end(Buffer.alloc(size));
    const timers = { headersMs: 5000, chunkMs: 400, coldStartMs: 0 };
    let read = 0;
    for await (const chunk of (await transport.send(request({ timers }))).bytes) {
      if (read === 0) await new Promise((resolve) => setTimeout(resolve, 1000));
      read += chunk.length;
    }
    expect(read).toBe(size);
  });
});

describe("leaving", () => {
  it("closes the connection when the signal aborts before the headers", async () => {
    const leaving = new AbortController();
    const gone = new Promise<void>((resolve) => {
      handle = (_, response) => {
        response.on("close", () => resolve());
        leaving.abort();
      };
    });
    await expect(transport.send(request({ signal: leaving.signal }))).rejects.toMatchObject({
      category: "aborted",
    });
    await gone;
  });

  it.each(["text", "bytes"] as const)(
    "closes it when the signal aborts in a body read as %s, with the failure of the one who aborts",
    async (read) => {
      const leaving = new AbortController();
      const gone = clientGone();
      const answer = await transport.send(request({ signal: leaving.signal }));
      const reading = read === "text" ? answer.text() : collected(answer.bytes);
      const failure = new ProviderFailure("timeout", "no first token");
      leaving.abort(failure);
      await expect(reading).rejects.toBe(failure);
      await gone;
    },
  );

  it("closes it when the reader leaves the loop", async () => {
    const gone = clientGone();
    for await (const _ of (await transport.send(request())).bytes) break;
    await gone;
  });

  it("sends nothing when the signal has aborted already", async () => {
    const signal = AbortSignal.abort();
    await expect(transport.send(request({ signal }))).rejects.toMatchObject({
      category: "aborted",
    });
    expect(connections).toBe(0);
  });

  it("keeps the connection of an answer that its protocol says is complete", async () => {
    handle = (_, response) => {
      response.write("all");
      setTimeout(() => response.end("rest"), 5);
    };
    for (let round = 0; round < 3; round += 1) {
      const answer = await transport.send(request());
      for await (const _ of answer.bytes) {
        answer.drain();
        break;
      }
      // Until the server has sent its rest.
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    expect(connections).toBe(1);
  });
});

describe("bounded concurrency", () => {
  it("lets so many in at a time, and the next as soon as one is done or gone [req:bridge.bounded-concurrency]", async () => {
    const own = transportTo(server, 2);
    const open: ServerResponse[] = [];
    const arrivals: (() => void)[] = [];
    handle = (_, response) => {
      open.push(response);
      arrivals.shift()?.();
    };
    const arrived = () => new Promise<void>((resolve) => arrivals.push(resolve));
    const both = Promise.all([arrived(), arrived()]);
    const leaving = new AbortController();
    const first = own.send(request());
    const second = own.send(request({ signal: leaving.signal }));
    await both;
    const third = own.send(request());
    const fourth = own.send(request());
    const thirdArrived = arrived();
    open[0]?.end("1");
    expect(await (await first).text()).toBe("1");
    await thirdArrived;
    expect(open).toHaveLength(3);
    const fourthArrived = arrived();
    leaving.abort();
    await expect(second).rejects.toMatchObject({ category: "aborted" });
    await fourthArrived;
    open[2]?.end("3");
    open[3]?.end("4");
    expect(await (await third).text()).toBe("3");
    expect(await (await fourth).text()).toBe("4");
    await own.close();
  });

  it("does not blame the provider when a timer runs out in the queue", async () => {
    const own = transportTo(server, 1);
    handle = () => undefined;
    const leaving = new AbortController();
    const first = own.send(request({ signal: leaving.signal }));
    const waiting = new AbortController();
    const second = own.send(request({ signal: waiting.signal }));
    waiting.abort(new ProviderFailure("timeout", "no first token"));
    await expect(second).rejects.toMatchObject({ category: "rate_limited" });
    leaving.abort();
    await expect(first).rejects.toMatchObject({ category: "aborted" });
    await own.close();
  });
});
