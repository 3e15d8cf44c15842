import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, test } from "vitest";
import { callOf, DEPENDENCIES, failureOf, providerEntry } from "./__fixtures__/provider-call.ts";
import { createProvider } from "./create-provider.ts";

const QUESTION = { messages: [{ role: "user" as const, content: "Hi" }] };

let server: Server;

afterEach(() => {
  server.closeAllConnections();
  server.close();
});

test.each([
  { type: "openai", status: 401, category: "unauthorized", retryAfterMs: undefined },
  { type: "openai", status: 429, category: "rate_limited", retryAfterMs: 7000 },
  { type: "anthropic", status: 429, category: "rate_limited", retryAfterMs: 7000 },
  { type: "ollama", status: 500, category: "server_error", retryAfterMs: undefined },
] as const)(
  "a refusal of $type with $status whose body breaks off is still $category",
  async (told) => {
    const { type, status, category, retryAfterMs } = told;
    server = createServer((_, response) => {
      const wait = retryAfterMs === undefined ? {} : { "retry-after": String(retryAfterMs / 1000) };
      response.writeHead(status, { "content-length": 1000, ...wait });
      response.write('{"error":', () => response.destroy());
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const provider = createProvider(providerEntry(type, `http://127.0.0.1:${port}`), DEPENDENCIES);
    const failure = await failureOf(provider.chat(QUESTION, callOf()));
    expect(failure).toMatchObject({ category, status, retryAfterMs });
    await provider.close();
  },
);
