import type { IncomingMessage, ServerResponse } from "node:http";
import { Answer, type HttpAnswer, type PiecewiseBody } from "./answer.ts";

/** Of a body that nobody wanted: so much, and for so long, is still taken before the connection is closed. */
const MOST_UNREAD_BYTES = 64 * 2 ** 20;
const LONGEST_UNREAD_MS = 500;

/** Writes an answer to a socket. Never throws; a body that breaks cuts the connection, so that nobody takes it for whole. */
export function sendAnswer(answer: HttpAnswer, outgoing: ServerResponse): void {
  if (!(answer instanceof Answer)) {
    outgoing.writeHead(answer.status, [...answer.headers].flat());
    if (answer.body === null) endWith("", outgoing);
    else void sendStream(answer.body, outgoing);
    return;
  }
  const { body, headers } = answer;
  if (typeof body === "string" && !headers.has("content-length")) {
    headers.set("content-length", String(Buffer.byteLength(body)));
  }
  outgoing.writeHead(answer.status, headers.list);
  if (body === null || typeof body === "string") endWith(body ?? "", outgoing);
  else body.pipe(outgoing);
}

/**
 * A connection that is not kept is closed with its answer; one whose client still sends would be reset then, maybe
 * before the client has read it.
 */
function endWith(body: string, outgoing: ServerResponse): void {
  if (outgoing.shouldKeepAlive || outgoing.req.complete) {
    outgoing.end(body);
    return;
  }
  outgoing.flushHeaders();
  outgoing.write(body);
  const end = () => void outgoing.end();
  outgoing.req.once("close", end);
  takeRest(outgoing.req, end);
}

/** A stream of the web as the body of an answer. */
export function streamedBody(stream: ReadableStream<Uint8Array>): PiecewiseBody {
  return {
    stream: () => stream,
    pipe: (outgoing) => void sendStream(stream, outgoing),
  };
}

async function sendStream(
  body: ReadableStream<Uint8Array>,
  outgoing: ServerResponse,
): Promise<void> {
  try {
    const reader = body.getReader();
    const closed = new Promise<"closed">((resolve) =>
      outgoing.once("close", () => resolve("closed")),
    );
    const leave = () => void reader.cancel().catch(() => undefined);
    if (outgoing.destroyed) return leave();
    outgoing.once("close", leave);
    const first = reader.read();
    // Headers go with the first piece, or alone where it lets wait.
    if ((await Promise.race([first, nextTurn()])) === "turn") outgoing.flushHeaders();
    for (let next = await first; !next.done; next = await reader.read()) {
      if (outgoing.destroyed) return;
      if (!outgoing.write(next.value)) await Promise.race([drained(outgoing), closed]);
    }
    outgoing.off("close", leave);
    endWith("", outgoing);
  } catch (error) {
    outgoing.destroy(error instanceof Error ? error : undefined);
  }
}

function nextTurn(): Promise<"turn"> {
  return new Promise((resolve) => void setImmediate(resolve, "turn"));
}

/** Resolves when a slow reader has taken what waits. */
export function drained(outgoing: ServerResponse): Promise<void> {
  return new Promise((resolve) => void outgoing.once("drain", () => resolve()));
}

/**
 * Takes what is left of a body that the answer did not wait for, so that the client, which is still sending, reads the
 * answer and the connection can be used again. Whoever sends on and on loses the connection: `giveUp` closes it.
 */
export function takeRest(
  incoming: IncomingMessage,
  giveUp: () => void = () => incoming.socket.destroySoon(),
): void {
  if (incoming.readableEnded || incoming.destroyed) return;
  let taken = 0;
  const close = () => {
    clearTimeout(timer);
    giveUp();
  };
  const timer = setTimeout(close, LONGEST_UNREAD_MS);
  incoming.on("data", (chunk: Buffer) => {
    taken += chunk.length;
    if (taken > MOST_UNREAD_BYTES) close();
  });
  incoming.once("close", () => clearTimeout(timer));
  incoming.resume();
}
