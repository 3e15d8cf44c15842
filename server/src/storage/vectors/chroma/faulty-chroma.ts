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
  /** What they said. */
  bodies: Record<string, unknown>[];
  /** The ids of what every query finds, best first. */
  holds: string[];
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
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => parts.push(part));
    request.once("end", () => {
      const text = Buffer.concat(parts).toString();
      answer(chroma, request, { response, body: text === "" ? {} : JSON.parse(text) });
    });
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const address = server.address();
  const port = typeof address === "object" ? address?.port : undefined;
  const chroma: FaultyChroma = {
    ...{ url: `http://127.0.0.1:${port}`, faults: [], always: null, headers: null },
    ...{ asked: [], bodies: [], holds: [] },
    close: async () => {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
  return chroma;
}

function answer(
  chroma: FaultyChroma,
  request: IncomingMessage,
  { response, body }: { response: ServerResponse; body: Record<string, unknown> },
): void {
  const path = (request.url ?? "").split("?")[0] ?? "";
  const [, action] = /\/collections\/[^/]+\/(\w+)$/.exec(path) ?? [];
  if (action !== undefined) {
    chroma.asked.push(`${request.method} ${action}`);
    chroma.bodies.push(body);
  }
  const fault = chroma.always ?? (action === undefined ? undefined : chroma.faults.shift());
  if (fault !== undefined) fail(fault, response);
  else if (path.endsWith("/collections/conversations")) send(response, 404, {});
  else if (action === "query") send(response, 200, nearest(chroma, Number(body.n_results)));
  else send(response, 200, bodyOf(path, action));
}

function nearest({ holds }: FaultyChroma, limit: number): unknown {
  const ids = holds.slice(0, limit);
  return { ids: [ids], distances: [ids.map((_, at) => at / holds.length)], include: [] };
}

function bodyOf(path: string, action: string | undefined): unknown {
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
