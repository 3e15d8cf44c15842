import { createServer, type IncomingMessage, type ServerResponse } from "node:http";

/** What the server does with the next request for records; then it goes on as if nothing was. */
export type Fault =
  | { status: number; body?: string }
  | "hang"
  /** The connection ends in the middle of the answer. */
  | "cut"
  | "page of a proxy";

/** As much of Chroma as a client asks for, with faults on request. For tests. */
export interface FaultyChroma {
  url: string;
  /** For the next requests for records, one after the other. */
  faults: Fault[];
  /** For every request, until it is set to null. */
  always: Fault | null;
  /** Requests for records so far, as `POST upsert`. */
  asked: string[];
  headers: IncomingMessage["headers"] | null;
  close(): Promise<void>;
}

const COLLECTION = {
  ...{ id: "0190a000-0000-7000-8000-000000000001", name: "conversations_4", metadata: null },
  configuration_json: { hnsw: { space: "cosine" } },
  ...{ tenant: "default_tenant", database: "default_database" },
};

export async function startFaultyChroma(): Promise<FaultyChroma> {
  const server = createServer((request, response) => {
    chroma.headers = request.headers;
    request.resume();
    request.once("end", () => answer(chroma, request, response));
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const address = server.address();
  const port = typeof address === "object" ? address?.port : undefined;
  const chroma: FaultyChroma = {
    ...{ url: `http://127.0.0.1:${port}`, faults: [], always: null, asked: [], headers: null },
    close: async () => {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
  return chroma;
}

function answer(chroma: FaultyChroma, request: IncomingMessage, response: ServerResponse): void {
  const path = (request.url ?? "").split("?")[0] ?? "";
  const [, action] = /\/collections\/[^/]+\/(\w+)$/.exec(path) ?? [];
  if (action !== undefined) chroma.asked.push(`${request.method} ${action}`);
  const fault = chroma.always ?? (action === undefined ? undefined : chroma.faults.shift());
  if (fault !== undefined) fail(fault, response);
  else if (path.endsWith("/collections/conversations")) send(response, 404, {});
  else send(response, 200, bodyOf(path, action));
}

function bodyOf(path: string, action: string | undefined): unknown {
  if (action === "query") return { ids: [[]], distances: [[]], metadatas: [[]], include: [] };
  if (action === "count" || path.endsWith("collections_count")) return 0;
  if (path.endsWith("pre-flight-checks")) return { max_batch_size: 100 };
  if (path.endsWith("/collections/conversations_4")) return COLLECTION;
  return {};
}

function fail(fault: Fault, response: ServerResponse): void {
  if (fault === "hang") return;
  if (fault === "cut") {
    response.writeHead(200, { "content-type": "application/json", "content-length": 1000 });
    response.write('{"ids":');
    response.destroy();
  } else if (fault === "page of a proxy") {
    response.writeHead(200, { "content-type": "text/html" });
    response.end("<html>Please log in</html>");
  } else {
    send(response, fault.status, { error: "Fault", message: fault.body ?? "as it was told" });
  }
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { "content-type": "application/json" });
  response.end(JSON.stringify(body));
}
