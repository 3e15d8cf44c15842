import { z } from "zod";
import { byteSize, httpUrl, port, seconds, text } from "./fields.ts";

export const serviceNames = ["controller", "bridge", "proxy"] as const;
export type ServiceName = (typeof serviceNames)[number];

const loopback = "127.0.0.1";
const addressMeaning = "Address to listen on. Beyond loopback every route but /health needs a key.";

const serverSection = z
  .strictObject({
    host: text().default(loopback).describe(`${addressMeaning} (controller)`),
    port: port(8080).describe("Port of the controller; 0 takes a free one."),
    allowed_hosts: z
      .array(text())
      .default([])
      .describe(
        "Host names besides localhost by which programs on this machine may call without a key.",
      ),
    shutdown_timeout_secs: seconds()
      .default(30)
      .describe("How long a stop waits for requests that are being answered."),
  })
  .prefault({})
  .describe("The controller: conversations, search, memory.");

const bridgeSection = z
  .strictObject({
    host: text().default(loopback).describe(`${addressMeaning} (LLM bridge)`),
    port: port(5001).describe("Port of the LLM bridge; 0 takes a free one."),
  })
  .prefault({})
  .describe("The LLM bridge: every model of every provider.");

const bodyLimits = z
  .strictObject({
    controller: byteSize("10 MB").describe("Largest request body of the controller."),
    bridge: byteSize("64 MB").describe("Largest request body of the LLM bridge."),
    proxy: byteSize("64 MB").describe("Largest request body of the proxy."),
    import: byteSize("4 GB").describe("Largest upload to the import route; it is streamed."),
  })
  .prefault({})
  .describe("Sizes beyond which a request is refused with 413.");

/** What runs in this process, where it listens, and where the services beside it are. */
export const serverKeys = {
  version: z
    .union([z.string(), z.number()], { error: 'must be a version such as "2.0"' })
    .optional()
    .describe("Version of the configuration format; written by tools, not needed."),
  services: z
    .array(z.enum(serviceNames))
    .min(1)
    .default([...serviceNames])
    .describe("The services that run in this process."),
  server: serverSection,
  bridge: bridgeSection,
  llm_bridge_url: httpUrl("http://localhost:5001")
    .optional()
    .describe("Where the LLM bridge is when it runs in another process."),
  controller_url: httpUrl("http://localhost:8080")
    .optional()
    .describe("Where the controller is when it runs in another process."),
  body_limits: bodyLimits,
  log_level: z
    .enum(["trace", "debug", "info", "warn", "error", "fatal", "silent"])
    .default("info")
    .describe("Least important messages that are logged."),
  log_format: z
    .enum(["text", "json"])
    .default("text")
    .describe("Readable lines, or one JSON object a line."),
};
