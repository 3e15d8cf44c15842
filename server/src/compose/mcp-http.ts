import { randomUUID } from "node:crypto";
import { createMcpApp } from "../apps/mcp/mcp-app.ts";
import type { Config } from "../config/config.ts";
import { isLoopback } from "../config/loopback.ts";
import type { Logger } from "../logger.ts";
import { rateLimitOf } from "./access.ts";
import { drain, listen } from "./listening.ts";

export interface McpHttpOptions {
  config: Config;
  controllerURL: string;
  host: string;
  port: number;
  log: Logger;
}

const fineNow = () => performance.timeOrigin + performance.now();

/** `/mcp` in a process of its own, for a controller elsewhere. */
export async function listenMcp(
  options: McpHttpOptions,
): Promise<{ url: string; close(): Promise<void> }> {
  const { config, controllerURL, host, port, log } = options;
  const app = createMcpApp({
    controllerURL,
    keyRequired: !isLoopback(host),
    allowedHosts: [...config.server.allowedHosts],
    cors: { enabled: config.corsEnabled, origins: [...config.corsOrigins] },
    rateLimit: rateLimitOf(config),
    bodyLimit: config.bodyLimits.controller,
    logger: log,
    clock: fineNow,
    newId: randomUUID,
  });
  const { server, url } = await listen(app, { name: "mcp", host, port });
  return { url, close: () => drain(server, config.server.shutdownTimeoutSecs * 1000) };
}
