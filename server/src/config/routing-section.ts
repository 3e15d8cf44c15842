import { z } from "zod";
import { seconds, text } from "./fields.ts";

const dollars = z.number().min(0);

const circuitBreaker = z
  .strictObject({
    failure_threshold: z.int().min(1).default(3).describe("Failures in a row that open it."),
    timeout_secs: seconds().default(60).describe("Time before an open one is probed."),
    success_threshold: z.int().min(1).default(2).describe("Successful probes that close it."),
    half_open_requests: z.int().min(1).default(1).describe("Probes at the same time."),
  })
  .prefault({})
  .describe("When a failing model is left alone.");

/** How a model is chosen, and what it may cost. */
export const routingKeys = {
  routing: z
    .strictObject({
      enable_fallback: z
        .boolean()
        .default(true)
        .describe("Try the next candidate when one fails before its first token."),
      strategy: z
        .enum(["priority", "latency", "round_robin", "least_connections"])
        .default("priority")
        .describe("Order among candidates that are equally good."),
      commit: z
        .enum(["first_token", "complete"])
        .default("first_token")
        .describe("From when on a stream is bound to its provider; complete waits for all of it."),
      require_vision_for_images: z
        .boolean()
        .default(true)
        .describe("Send requests with images only to models that take images."),
      cost_limit_per_request: dollars
        .optional()
        .describe("US dollars that one request may cost; dearer candidates are refused."),
      prefer_free_providers: z.boolean().default(false).describe("Free candidates first."),
      prefer_region: text().optional().describe("Providers of this region first."),
      latency_threshold_ms: z
        .int()
        .positive()
        .optional()
        .describe("With strategy latency: slower candidates come last."),
      providers: z
        .array(text())
        .default([])
        .describe("Ids of the only providers that may be used; empty: all."),
      circuit_breaker: circuitBreaker,
    })
    .prefault({})
    .describe("Routing between models."),
  budgets: z
    .strictObject({
      per_day: dollars.optional().describe("US dollars a day (UTC) for everything."),
      per_month: dollars.optional().describe("US dollars a month (UTC) for everything."),
      per_day_for_each_key: dollars.optional().describe("US dollars a day for each API key."),
      per_month_for_each_key: dollars.optional().describe("US dollars a month for each API key."),
    })
    .prefault({})
    .describe("Limits on what paid providers may cost; beyond them a request gets 402."),
};
