import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, expect } from "vitest";
import type { HttpAnswer } from "../answer.ts";
import type { HttpRequest } from "../http-request.ts";
import { RawServer } from "./raw-client.ts";

/**
 * Starts servers of faces for the tests of a file, which stop after each of them; a test after which a promise was
 * rejected unhandled fails.
 */
export function servedFaces(): (
  respond: (request: HttpRequest) => HttpAnswer | Promise<HttpAnswer>,
) => Promise<RawServer> {
  const servers: RawServer[] = [];
  const unhandled: unknown[] = [];
  const note = (reason: unknown) => void unhandled.push(reason);
  beforeEach(() => {
    unhandled.length = 0;
    process.on("unhandledRejection", note);
  });
  afterEach(async () => {
    for (const server of servers.splice(0)) server.stop();
    await sleep(1);
    process.off("unhandledRejection", note);
    expect(unhandled).toEqual([]);
  });
  return async (respond) => {
    const server = await new RawServer(respond).start();
    servers.push(server);
    return server;
  };
}
