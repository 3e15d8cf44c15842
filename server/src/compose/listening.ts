import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import process from "node:process";
import { SekhaError } from "../core/errors.ts";
import { type Face, hostInUrl, listenerOf } from "../http/socket-face.ts";

/** An import of it would load all of fetch: its namespace has WebSocket too, which brings that along (13 MB). */
const { createServer } = process.getBuiltinModule("node:http");

export interface Listening {
  name: string;
  url: string;
  server: Server;
}

/** Resolves when a face answers on its address. */
export function listen(
  face: Face,
  { name, host, port }: { name: string; host: string; port: number },
): Promise<Listening> {
  return new Promise((resolve, reject) => {
    const server = createServer(listenerOf(face, host));
    server.once("error", (error: NodeJS.ErrnoException) =>
      reject(listenError(error, { name, host, port })),
    );
    server.listen(port, host, () => {
      const { port: own } = server.address() as AddressInfo;
      resolve({ name, url: `http://${hostInUrl(host)}:${own}`, server });
    });
  });
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
