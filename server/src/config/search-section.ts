import { z } from "zod";

/** How recall works and how messages get their vectors. */
export const searchKeys = {
  search: z
    .strictObject({
      semantic_timeout_ms: z
        .int()
        .min(1)
        .optional()
        .describe(
          "After this many milliseconds a search answers by keyword alone and says so. Unset: 400, and 2000 where the embedding model is a provider's.",
        ),
    })
    .prefault({})
    .describe("Search."),
  embeddings: z
    .strictObject({
      batch_size: z
        .int()
        .min(1)
        .max(1024)
        .default(32)
        .describe("Messages that are taken from the embedding queue at once."),
      threads: z
        .int()
        .min(1)
        .max(64)
        .optional()
        .describe(
          "Threads of the embedded model for documents, beside the one for queries; about 100 MB each. Unset: one fewer than there are cores, at most 4.",
        ),
      concurrency: z
        .int()
        .min(1)
        .max(64)
        .default(2)
        .describe("Batches that are sent to an embedding provider side by side."),
      max_attempts: z
        .int()
        .min(1)
        .max(100)
        .default(5)
        .describe("Attempts before a message is parked with the reason."),
      retry_delay_ms: z
        .int()
        .min(1)
        .default(1000)
        .describe("Wait before the second attempt; doubled for each further one."),
      max_retry_delay_ms: z
        .int()
        .min(1)
        .default(300_000)
        .describe("Longest wait between attempts."),
    })
    .prefault({})
    .describe("The embedding queue."),
};
