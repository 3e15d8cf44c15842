import { z } from "zod";
import { port, seconds, text } from "./fields.ts";

/** The OpenAI-compatible proxy that puts memory into prompts. */
export const proxyKeys = {
  proxy: z
    .strictObject({
      host: text()
        .default("127.0.0.1")
        .describe("Address to listen on. Beyond loopback every route but /health needs a key."),
      port: port(8081).describe("Port of the proxy; 0 takes a free one."),
      auto_inject_context: z.boolean().default(true).describe("Put recalled memory into prompts."),
      context_token_budget: z
        .int()
        .min(100)
        .default(2000)
        .describe("Most tokens of recalled memory in one prompt."),
      default_folder: text()
        .startsWith("/", "must begin with /")
        .default("/auto-captured")
        .describe("Folder of the conversations the proxy stores."),
      preferred_labels: z
        .array(text())
        .default([])
        .describe("Labels whose conversations are preferred when memory is recalled."),
      excluded_folders: z
        .array(text())
        .default([])
        .describe("Folders that are never recalled into a prompt."),
      preferred_chat_model: text().optional().describe("Model for requests that name none."),
      preferred_vision_model: text()
        .optional()
        .describe("Model for requests with images that name none."),
      memory_timeout_ms: z
        .int()
        .min(1)
        .max(60_000)
        .default(300)
        .describe("Longest that recall may delay a prompt; later it goes on without memory."),
      llm_timeout_secs: seconds()
        .default(120)
        .describe("Time until an answer of the bridge begins."),
      controller_timeout_secs: seconds()
        .default(30)
        .describe("Time for the controller to take what was said."),
    })
    .prefault({})
    .describe("The proxy: chat with memory."),
};
