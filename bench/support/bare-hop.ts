/**
 * The least that any gateway in Node can do: a request comes in, undici sends it on, the answer is piped back. What the
 * bridge costs beyond this is the price of what it does. `node bench/support/bare-hop.ts UPSTREAM`.
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import process from "node:process";
import { Pool } from "undici";
import type { ProcessUsage } from "./bridge.ts";

const [upstream] = process.argv.slice(2);
if (upstream === undefined) throw new Error("Give the upstream's origin");
const pool = new Pool(upstream, { connections: 64 });

const server = createServer((request, response) => {
  pass(request, response).catch((error: unknown) => {
    response.destroy(error instanceof Error ? error : new Error(String(error)));
  });
});
server.listen(0, "127.0.0.1", () => {
  process.send?.({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
});
process.on("message", () => process.send?.(usage()));
process.once("SIGTERM", () => process.exit(0));
process.once("disconnect", () => process.exit(0));

async function pass(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  await pool.stream(
    {
      path: request.url ?? "/",
      method: "POST",
      headers: { "content-type": "application/json", authorization: "Bearer test-key" },
      body: Buffer.concat(chunks),
    },
    ({ statusCode, headers }) => {
      response.writeHead(statusCode, { "content-type": String(headers["content-type"]) });
      return response;
    },
  );
}

function usage(): ProcessUsage {
  const { user, system } = process.cpuUsage();
  return { cpuMs: (user + system) / 1000, rssBytes: process.memoryUsage.rss() };
}
