import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import { Answer, type HttpAnswer } from "./answer.ts";
import type { HttpRequest } from "./http-request.ts";
import type { RequestContext } from "./request-context.ts";
import { sendAnswer, takeRest } from "./socket-answer.ts";
import { SocketRequest } from "./socket-request.ts";

/** An HTTP face: answers requests, told who calls. */
export interface Face {
  answer(request: HttpRequest, context: RequestContext): HttpAnswer | Promise<HttpAnswer>;
}

/** A host as URLs have it. */
export function hostInUrl(host: string): string {
  return host.includes(":") ? `[${host}]` : host;
}

/** What a server of node:http calls for each request. `host`: that it listens on. */
export function listenerOf(face: Face, host: string): RequestListener {
  const shown = hostInUrl(host);
  return (incoming, outgoing) => void serve(face, { incoming, outgoing, host: shown });
}

interface Exchange {
  incoming: IncomingMessage;
  outgoing: ServerResponse;
  /** That the server listens on, as URLs have it. */
  host: string;
}

/** Never rejects. */
async function serve(face: Face, { incoming, outgoing, host }: Exchange): Promise<void> {
  let request: SocketRequest;
  try {
    request = new SocketRequest(incoming, host);
  } catch {
    sendAnswer(noUrl(), outgoing);
    return;
  }
  outgoing.on("close", () => {
    if (!outgoing.writableFinished) request.abandon();
    if (!incoming.readableEnded) takeRest(incoming);
  });
  // One whose turn has not come is told by node:http, except where a CONNECT closed the connection.
  if (outgoing.socket === null) {
    incoming.socket.setMaxListeners(0).once("close", () => outgoing.destroy());
  }
  const context = { peerAddress: incoming.socket.remoteAddress ?? null, injected: false };
  try {
    sendAnswer(await face.answer(request, context), outgoing);
  } catch {
    // A face tells of its failures itself; this is one of telling, such as a header that cannot be written.
    if (outgoing.headersSent) outgoing.destroy();
    // Nothing is left to what node:http noted of the answer that failed: neither its words nor whether it has a body.
    else outgoing.writeHead(500, "Internal Server Error", { "content-length": "0" }).end();
  }
}

function noUrl(): Answer {
  const headers = { "content-type": "text/plain" };
  return new Answer("The path or the Host header of the request makes no URL.\n", {
    status: 400,
    headers,
  });
}
