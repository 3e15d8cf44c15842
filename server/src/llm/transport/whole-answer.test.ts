import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { afterEach, beforeEach, expect, test } from "vitest";
import { ProviderFailure } from "../failure.ts";
import { createTransport, type Transport, type TransportRequest } from "./transport.ts";

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

let server: Server;
let transport: Transport;
let handle: Handler;

beforeEach(async () => {
  handle = (_, response) => response.end("fine");
  server = createServer((request, response) => handle(request, response));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const baseUrl = `http://127.0.0.1:${port}`;
  // One place: a call that does not give it back exactly once is noticed by the next ones.
  transport = createTransport({ baseUrl, maxConcurrency: 1, connectTimeoutMs: 2000 });
});

afterEach(async () => {
  server.closeAllConnections();
  server.close();
  await transport.close();
});

function whole(given: Partial<TransportRequest> = {}): TransportRequest {
  return {
    target: { providerId: "main", modelId: "chat" },
    method: "POST",
    path: "/ask",
    headers: [],
    body: "{}",
    signal: new AbortController().signal,
    timers: { headersMs: 5000, chunkMs: 5000, coldStartMs: 0 },
    whole: true,
    ...given,
  };
}

/** Whether there is one place again, and no more. */
async function expectOnePlace(): Promise<void> {
  let most = 0;
  let inside = 0;
  handle = (_, response) => {
    inside += 1;
    most = Math.max(most, inside);
    setTimeout(() => {
      inside -= 1;
      response.end("next");
    }, 5);
  };
  const answers = await Promise.all([1, 2, 3].map(() => transport.send(whole())));
  expect(answers.map((answer) => answer.takeText?.())).toEqual(["next", "next", "next"]);
  expect(most).toBe(1);
}

test("its text is there with it, once, and its place is free", async () => {
  handle = (_, response) => {
    response.writeEarlyHints({ link: "</a>; rel=preload" });
    response.write("fi");
    setTimeout(() => response.end("ne"), 10);
  };
  const answer = await transport.send(whole());
  expect(answer.takeText?.()).toBe("fine");
  expect(answer.takeText?.()).toBe("");
  await expectOnePlace();
});

test("an empty one is empty", async () => {
  handle = (_, response) => response.writeHead(204).end();
  expect((await transport.send(whole())).takeText?.()).toBe("");
  await expectOnePlace();
});

test("an encoded one is read as text", async () => {
  const body = await promisify(gzip)("packed".repeat(1000));
  handle = (_, response) => {
    response.setHeader("content-encoding", "gzip");
    response.write(body.subarray(0, 10));
    setTimeout(() => response.end(body.subarray(10)), 10);
  };
  const answer = await transport.send(whole());
  expect(answer.takeText).toBeUndefined();
  expect(await answer.text()).toBe("packed".repeat(1000));
  await expectOnePlace();
});

test("a refusal is read when it is asked for, then its place is free", async () => {
  handle = (_, response) => {
    response.writeHead(500);
    response.write("out of ");
    setTimeout(() => response.end("order"), 20);
  };
  const answer = await transport.send(whole());
  expect([answer.status, await answer.text()]).toEqual([500, "out of order"]);
  await expectOnePlace();
});

test("one that breaks off is interrupted", async () => {
  handle = (_, response) => {
    response.writeHead(200, { "content-length": 10 });
    response.write("fi", () => response.destroy());
  };
  await expect(transport.send(whole())).rejects.toMatchObject({ category: "interrupted" });
  await expectOnePlace();
});

test("silence ends it, before the headers and inside the body", async () => {
  const timers = { headersMs: 60, chunkMs: 60, coldStartMs: 0 };
  handle = () => undefined;
  await expect(transport.send(whole({ timers }))).rejects.toMatchObject({ category: "timeout" });
  handle = (_, response) => {
    response.write("fi");
  };
  await expect(transport.send(whole({ timers }))).rejects.toThrow("stood still");
  handle = (_, response) => response.flushHeaders();
  await expect(transport.send(whole({ timers }))).rejects.toThrow("stood still");
  await expectOnePlace();
});

test("more than 64 MB are not kept", async () => {
  const chunk = Buffer.alloc(2 ** 20);
  handle = (_, response) => {
    const write = () => {
      while (!response.destroyed && response.write(chunk));
      if (!response.destroyed) response.once("drain", write);
    };
    write();
  };
  await expect(transport.send(whole())).rejects.toMatchObject({ category: "malformed" });
  await expectOnePlace();
});

test.each(["before the headers", "inside the body"])("an abort %s ends it", async (when) => {
  const leaving = new AbortController();
  const gone = new Promise((resolve) => {
    handle = (_, response) => {
      response.on("close", resolve);
      if (when === "inside the body") response.write("fi");
    };
  });
  const sent = transport.send(whole({ signal: leaving.signal }));
  setTimeout(() => leaving.abort(new ProviderFailure("aborted", "The caller went away.")), 40);
  await expect(sent).rejects.toMatchObject({ message: "The caller went away." });
  await gone;
  await expectOnePlace();
});
