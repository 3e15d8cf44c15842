import type { Server } from "node:http";
import { type HttpBindings, serve } from "@hono/node-server";
import { RESPONSE_ALREADY_SENT } from "@hono/node-server/utils/response";
import { SekhaError } from "../core/errors.ts";
import { pipeOf } from "../http/piped-response.ts";
import type { RequestContext } from "../http/request-context.ts";

/** An HTTP face: a fetch handler that is told who calls. */
export interface Face {
  fetch(request: Request, context: RequestContext): Response | Promise<Response>;
}

export interface Listening {
  name: string;
  url: string;
  server: Server;
}

/** Resolves when a face answers on its address. */
export function listen(
  app: Face,
  { name, host, port }: { name: string; host: string; port: number },
): Promise<Listening> {
  return new Promise((resolve, reject) => {
    const server = serve(
      {
        fetch: (request, env) => answer(app, request, env as HttpBindings),
        hostname: host,
        port,
        overrideGlobalObjects: true,
      },
      (address) => {
        const shown = host.includes(":") ? `[${host}]` : host;
        resolve({ name, url: `http://${shown}:${address.port}`, server: server as Server });
      },
    );
    server.once("error", (error: NodeJS.ErrnoException) =>
      reject(listenError(error, { name, host, port })),
    );
  });
}

async function answer(
  app: Face,
  request: Request,
  { incoming, outgoing }: HttpBindings,
): Promise<Response> {
  const response = await app.fetch(request, {
    peerAddress: incoming.socket.remoteAddress ?? null,
    injected: false,
    signal: request.signal,
  });
  const pipe = pipeOf(response);
  if (pipe === undefined) return response;
  outgoing.writeHead(response.status, listed(response.headers));
  pipe(outgoing);
  return RESPONSE_ALREADY_SENT;
}

/** Names and values in turn: to make an object of them costs V8 more than to write them. */
function listed(headers: Headers): string[] {
  const list: string[] = [];
  headers.forEach((value, name) => {
    list.push(name, value);
  });
  return list;
}

function listenError(
  error: NodeJS.ErrnoException,
  { name, host, port }: { name: string; host: string; port: number },
): SekhaError {
  const reasons: Record<string, string> = {
    EADDRINUSE: `Port ${port} is taken by another program.`,
    EACCES: `Port ${port} needs more rights than this user has.`,
    EADDRNOTAVAIL: `This machine has no address ${host}.`,
  };
  const reason =
    reasons[error.code ?? ""] ?? `Listening on ${host}:${port} failed: ${error.message}.`;
  const section = name === "controller" ? "server" : name;
  const variable = `SEKHA__${section.toUpperCase()}__PORT`;
  return new SekhaError(
    "unavailable",
    `${reason} Choose another for the ${name} with ${section}.host and ${section}.port (${variable}).`,
    { cause: error },
  );
}

/** No new connections; what is under way gets its answer, at most for so long. */
export async function drain(server: Server, timeoutMs: number): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeIdleConnections();
  const idle = setInterval(() => server.closeIdleConnections(), 50);
  const limit = setTimeout(() => server.closeAllConnections(), timeoutMs);
  await closed;
  clearInterval(idle);
  clearTimeout(limit);
}
