import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { textStream } from "../apps/bridge/text-stream.ts";
import { drain } from "../compose/listening.ts";
import { head } from "./__fixtures__/raw-client.ts";
import { servedFaces } from "./__fixtures__/served-face.ts";
import { Answer, type HttpAnswer } from "./answer.ts";
import { streamedBody } from "./socket-answer.ts";

const MEBIBYTE = 2 ** 20;
const serving = servedFaces();

/** A source of bytes that counts. */
class Source {
  given = 0;
  cancelled = 0;
  readonly ended = Promise.withResolvers<void>();
  readonly #pieces: () => AsyncIterator<Uint8Array>;

  constructor(pieces: () => AsyncIterator<Uint8Array>) {
    this.#pieces = pieces;
  }

  stream(): ReadableStream<Uint8Array> {
    const pieces = this.#pieces();
    return new ReadableStream<Uint8Array>(
      {
        pull: async (controller) => {
          const { done, value } = await pieces.next();
          if (done) return controller.close();
          this.given += value.byteLength;
          controller.enqueue(value);
        },
        cancel: () => {
          this.cancelled += 1;
          this.ended.resolve();
        },
      },
      { highWaterMark: 0 },
    );
  }
}

async function* megabytes(count: number) {
  for (let piece = 0; piece < count; piece += 1) yield Buffer.alloc(MEBIBYTE, "x");
}

async function* thenSilence(first: string) {
  yield Buffer.from(first);
  await new Promise(() => undefined);
}

async function* thenFailure(first: string) {
  if (first !== "") yield Buffer.from(first);
  await sleep(10);
  throw new Error("secret");
}

const KINDS: [string, (source: Source) => HttpAnswer][] = [
  ["an Answer", (source) => new Answer(streamedBody(source.stream()))],
  ["a Response", (source) => new Response(source.stream())],
];

describe.each(KINDS)("a stream of %s", (_, answerOf) => {
  test("arrives whole, and leaves the connection to the next request", async () => {
    const server = await serving(() => answerOf(new Source(() => megabytes(3))));
    for (let round = 0; round < 3; round += 1) {
      expect((await (await fetch(server.url)).arrayBuffer()).byteLength).toBe(3 * MEBIBYTE);
    }
  });
  test("may be empty", async () => {
    const server = await serving(() => answerOf(new Source(() => megabytes(0))));
    expect(await (await fetch(server.url)).text()).toBe("");
  });
  test("sends its headers before it has a first piece", async () => {
    const source = new Source(() => ({ next: () => new Promise<never>(() => undefined) }));
    const server = await serving(() => answerOf(source));
    const client = await server.connect();
    await client.send(head("GET /")).hears(/^HTTP\/1\.1 200 .*\r\n\r\n$/s);
  });
  test("is sent to a client of HTTP/1.0 without chunks", async () => {
    const server = await serving(() => answerOf(new Source(() => megabytes(1))));
    const client = await server.connect();
    const text = await client.send("GET / HTTP/1.0\r\n\r\n").end();
    expect(text.split("\r\n\r\n")[1]).toHaveLength(MEBIBYTE);
    expect(text).not.toMatch(/transfer-encoding/i);
  });
  test.each([true, false])(
    "is cancelled once when its reader leaves (silent: %s)",
    async (silent) => {
      const source = new Source(() => (silent ? thenSilence("first") : megabytes(1000)));
      const signals: AbortSignal[] = [];
      const server = await serving((request) => {
        signals.push(request.signal);
        return answerOf(source);
      });
      const client = await server.connect();
      await client.send(head("GET /")).hears(silent ? /first/ : /xxx/);
      client.socket.destroy();
      await source.ended.promise;
      await sleep(20);
      expect(source.cancelled).toBe(1);
      expect(signals[0]?.aborted).toBe(true);
    },
  );
  test("is cancelled once when its reader had left before it began", async () => {
    const source = new Source(() => megabytes(10));
    const server = await serving(async () => {
      await sleep(60);
      return answerOf(source);
    });
    const client = await server.connect();
    client.send(head("GET /"));
    await sleep(20);
    client.socket.destroy();
    await source.ended.promise;
    await sleep(20);
    expect(source.cancelled).toBe(1);
  });
  test("is cancelled when its reader had left before it began, and before its turn had come", async () => {
    const sources = [new Source(() => thenSilence("first")), new Source(() => megabytes(1000))];
    const server = await serving(async ({ url }) => {
      const isSecond = url.endsWith("/2");
      if (isSecond) await sleep(60);
      return answerOf(sources[isSecond ? 1 : 0] as Source);
    });
    const client = await server.connect();
    await client.send(head("GET /1") + head("GET /2")).hears(/first/);
    client.socket.destroy();
    await Promise.all(sources.map(({ ended }) => ended.promise));
    expect(sources.map(({ cancelled }) => cancelled)).toEqual([1, 1]);
  });
  test.each([0, 60])(
    "is cancelled when its reader leaves before its turn has come, its body read (begun %d ms later)",
    async (wait) => {
      const sources = [new Source(() => thenSilence("first")), new Source(() => megabytes(1000))];
      const signals: AbortSignal[] = [];
      const server = await serving(async (request) => {
        signals.push(request.signal);
        if (request.method === "GET") return answerOf(sources[0] as Source);
        await request.bytes();
        await sleep(wait);
        return answerOf(sources[1] as Source);
      });
      const client = await server.connect();
      client.send(`${head("GET /") + head("POST /", "Content-Length: 1")}x`);
      await client.hears(/first/);
      await sleep(20);
      client.socket.destroy();
      await Promise.all(sources.map(({ ended }) => ended.promise));
      expect(sources.map(({ cancelled }) => cancelled)).toEqual([1, 1]);
      expect(signals.map(({ aborted }) => aborted)).toEqual([true, true]);
    },
  );
  test("is cancelled when its reader leaves before its turn has come", async () => {
    const sources = [new Source(() => thenSilence("first")), new Source(() => megabytes(1000))];
    const server = await serving(({ url }) =>
      answerOf(sources[url.endsWith("/2") ? 1 : 0] as Source),
    );
    const client = await server.connect();
    await client.send(head("GET /1") + head("GET /2")).hears(/first/);
    await sleep(20);
    client.socket.destroy();
    await Promise.all(sources.map(({ ended }) => ended.promise));
    expect(sources.map(({ cancelled }) => cancelled)).toEqual([1, 1]);
  });
  test("is cancelled when a CONNECT closes the connection before its turn has come", async () => {
    const source = new Source(() => megabytes(1000));
    const server = await serving(({ url }) =>
      answerOf(url.endsWith("/2") ? source : new Source(() => thenSilence("first"))),
    );
    const client = await server.connect();
    client.send(head("GET /1") + head("GET /2") + head("CONNECT localhost:1"));
    await source.ended.promise;
    expect(source.cancelled).toBe(1);
  });
  test("waits for a slow reader, who gets all of it", async () => {
    const source = new Source(() => megabytes(64));
    const server = await serving(() => answerOf(source));
    const client = await server.connect();
    client.socket.pause();
    client.send(head("GET /", "Connection: close"));
    await sleep(200);
    // What the sockets of both sides hold.
    expect(source.given).toBeLessThan(16 * MEBIBYTE);
    let received = 0;
    client.socket.removeAllListeners("data");
    client.socket.on("data", (chunk) => {
      received += chunk.length;
    });
    client.socket.resume();
    await client.closed;
    expect(received).toBeGreaterThan(64 * MEBIBYTE);
    expect(source.cancelled).toBe(0);
  });
  test.each(["first", ""])("that throws after '%s' cuts the connection", async (first) => {
    const server = await serving(({ url }) =>
      url.endsWith("/fine") ? new Answer("fine") : answerOf(new Source(() => thenFailure(first))),
    );
    const client = await server.connect();
    const text = await client.send(head("GET /")).end();
    expect(text).not.toContain("secret");
    expect(text.endsWith("0\r\n\r\n")).toBe(false);
    expect(text.includes(first)).toBe(true);
    await expect(fetch(server.url).then((answer) => answer.text())).rejects.toThrow();
    expect(await (await fetch(`${server.url}/fine`)).text()).toBe("fine");
  });
  test("of what are no bytes cuts the connection and is cancelled", async () => {
    const source = new Source(async function* () {
      yield 1 as unknown as Uint8Array;
    });
    const server = await serving(() => answerOf(source));
    const client = await server.connect();
    await client.send(head("GET /")).end();
    await source.ended.promise;
  });
  test("is finished before a stop, with its unread body and kept connections closed", async () => {
    const middle = Promise.withResolvers<void>();
    const source = new Source(async function* () {
      yield Buffer.from("first");
      await middle.promise;
      yield Buffer.from("last");
    });
    const server = await serving(({ url }) =>
      url.endsWith("/stream") ? answerOf(source) : new Answer("fine"),
    );
    const [idle, unread, reader] = await Promise.all([
      server.connect(),
      server.connect(),
      server.connect(),
    ]);
    await idle.send(head("GET /")).hears(/fine$/);
    await unread.send(head("POST /", "Content-Length: 10")).send("x").hears(/fine$/);
    await reader.send(head("GET /stream")).hears(/first/);
    let isStopped = false;
    const stopped = drain(server.server, 10_000).then(() => {
      isStopped = true;
    });
    await Promise.all([idle.closed, unread.closed]);
    expect(isStopped).toBe(false);
    middle.resolve();
    await stopped;
    expect(await reader.end()).toMatch(/first.*last.*0\r\n\r\n$/s);
  });
  test("that does not end is cut when a stop has waited long enough", async () => {
    const source = new Source(() => thenSilence("first"));
    const server = await serving(() => answerOf(source));
    const client = await server.connect();
    await client.send(head("GET /")).hears(/first/);
    await drain(server.server, 50);
    await source.ended.promise;
    expect(source.cancelled).toBe(1);
  });
});

describe("a stream of text", () => {
  const text = (pieces: AsyncIterable<string>, abandon: () => void) =>
    textStream(pieces, {
      headers: { "content-type": "text/event-stream" },
      abandon,
      failureText: () => undefined,
      heartbeat: { text: ":\n", everyMs: 5 },
    });

  test("waits for a slow reader, who gets all of it", async () => {
    let given = 0;
    const server = await serving(() =>
      text(
        (async function* () {
          for (; given < 64; given += 1) yield "x".repeat(MEBIBYTE);
        })(),
        () => undefined,
      ),
    );
    const client = await server.connect();
    client.socket.pause();
    client.send(head("GET /", "Connection: close"));
    await sleep(200);
    expect(given).toBeLessThan(16);
    client.socket.removeAllListeners("data");
    let received = 0;
    client.socket.on("data", (chunk) => {
      received += chunk.length;
    });
    client.socket.resume();
    await client.closed;
    expect(received).toBeGreaterThan(64 * MEBIBYTE);
  });
  test("is abandoned once when its reader leaves, before or after it began", async () => {
    for (const wait of [0, 60]) {
      let abandoned = 0;
      let returned = false;
      const server = await serving(async () => {
        await sleep(wait);
        const work = Promise.withResolvers<never>();
        work.promise.catch(() => undefined);
        const pieces = (async function* () {
          try {
            yield "first";
            await work.promise;
          } finally {
            returned = true;
          }
        })();
        return text(pieces, () => {
          abandoned += 1;
          work.reject(new Error("abandoned"));
        });
      });
      const client = await server.connect();
      client.send(head("GET /"));
      await sleep(30);
      client.socket.destroy();
      await sleep(60);
      expect(abandoned).toBe(1);
      expect(returned || wait > 0).toBe(true);
    }
  });
  test("is abandoned when its reader leaves before its turn has come", async () => {
    const abandoned = [0, 0];
    const server = await serving(({ url }) => {
      const at = url.endsWith("/2") ? 1 : 0;
      return text(
        (async function* () {
          yield "first";
          await new Promise(() => undefined);
        })(),
        () => {
          abandoned[at] = (abandoned[at] ?? 0) + 1;
        },
      );
    });
    const client = await server.connect();
    await client.send(head("GET /1") + head("GET /2")).hears(/first/);
    await sleep(20);
    client.socket.destroy();
    await sleep(60);
    expect(abandoned).toEqual([1, 1]);
  });
});
