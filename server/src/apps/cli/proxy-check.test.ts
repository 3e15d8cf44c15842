import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, test } from "vitest";
import { proxyFindings } from "./proxy-check.ts";
import type { Session } from "./session.ts";

function sessionAt(port: number): Session {
  const config = { services: ["proxy"], proxy: { host: "127.0.0.1", port } };
  return { config, options: {} } as unknown as Session;
}

/** A proxy that says this of itself. */
async function proxyWith(health: object) {
  const server = createServer((_request, response) => response.end(JSON.stringify(health)));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return { port, close: () => server.close() };
}

test("doctor says what a running proxy lacks", async () => {
  const checks = {
    controller: { status: "error", error: "nothing listens there" },
    llm: { status: "ok" },
  };
  const { port, close } = await proxyWith({ status: "degraded", checks });
  const [finding] = await proxyFindings(sessionAt(port), { serverRuns: true });
  close();
  expect(finding).toMatchObject({
    level: "warn",
    check: "proxy",
    message: expect.stringContaining("controller: nothing listens there"),
  });
});

test("doctor says that a proxy answers, that none does, and that its port is free", async () => {
  const { port, close } = await proxyWith({ status: "healthy" });
  const [well] = await proxyFindings(sessionAt(port), { serverRuns: true });
  expect(well).toMatchObject({ level: "ok", message: `answers at http://127.0.0.1:${port}` });
  const [taken] = await proxyFindings(sessionAt(port), { serverRuns: false });
  expect(taken).toMatchObject({
    level: "fail",
    fix: expect.stringContaining("SEKHA__PROXY__PORT"),
  });
  close();
  const [silent] = await proxyFindings(sessionAt(port), { serverRuns: true });
  expect(silent).toMatchObject({
    level: "warn",
    message: expect.stringMatching(/^nothing answers/),
  });
  expect(await proxyFindings(sessionAt(0), { serverRuns: true })).toEqual([]);
});
