import { z } from "zod";
import { secret, text } from "./fields.ts";

/** Who may call: keys, CORS and rate limits. */
export const accessKeys = {
  mcp_api_key: secret("Key that every service accepts; v1's key of the MCP tools.").optional(),
  rest_api_key: secret("Key that every service accepts; v1's key of the REST API.").optional(),
  additional_api_keys: z
    .array(secret("One more accepted key."))
    .default([])
    .describe("More accepted keys, for example the old and the new one while keys are changed."),
  bridge_api_key: secret(
    "Key of the LLM bridge; sent to it when it runs in another process.",
  ).optional(),
  proxy_api_key: secret("A further key that the proxy alone accepts.").optional(),
  controller_api_key: secret(
    "Key that the proxy sends to a controller in another process.",
  ).optional(),
  auth: z
    .strictObject({
      bridge: z
        .enum(["open", "key"])
        .optional()
        .describe(
          "Whether the LLM bridge asks for a key. Unset: open on loopback without bridge_api_key, otherwise key.",
        ),
    })
    .prefault({})
    .describe("Exceptions from the rule who needs a key."),
  cors_enabled: z
    .boolean()
    .default(true)
    .describe("Answer browsers of other origins (only where a key is needed)."),
  cors_origins: z
    .array(text())
    .default(["*"])
    .describe('Origins that may call, for example "https://notes.example"; "*" means any.'),
  rate_limit_per_minute: z
    .int()
    .min(0)
    .optional()
    .describe(
      "Requests a minute for each key, or each address without one; 0 switches it off. Unset: 1000, and no limit for programs on this machine that need no key.",
    ),
  rate_limit_per_second: z
    .int()
    .positive()
    .optional()
    .describe("Requests a second; given, it is used instead of rate_limit_per_minute."),
  rate_limit_burst: z
    .int()
    .positive()
    .optional()
    .describe("Requests that may come at once before the rate applies."),
};
