import { z } from "zod";
import { usd } from "./bridge.ts";
import { userSelection } from "./keys.ts";

const day = z
  .string()
  .regex(/^\d{4}-\d{2}-\d{2}$/, "must be a day such as 2026-11-25")
  .meta({ format: "date" });

const costGrouping = z.enum(["provider", "model", "key", "day", "user"]);

export const costsQuery = z.object({
  by: costGrouping.optional(),
  user: userSelection.optional(),
  since: day.optional(),
  until: day.optional(),
});

export const costsOutput = z
  .object({
    by: costGrouping,
    user: z.string().meta({ description: "Whose calls; * for everyone's." }),
    since: z.string().nullable(),
    until: z.string().nullable(),
    currency: z.literal("USD"),
    total_cost: usd,
    total_requests: z.number(),
    unpriced_requests: z.number().meta({ description: "Their price is not known." }),
    unpriced_models: z.array(z.string()),
    complete: z
      .boolean()
      .meta({ description: "False when the latest spending is not written yet and missing." }),
    costs: z.array(
      z.object({
        group: z
          .string()
          .meta({ description: "Empty for calls without a key, and for users who were erased." }),
        cost: usd,
        exact_cost: z.string(),
        cost_nano_usd: z.string().meta({ description: "Exact; billionths of a dollar." }),
        requests: z.number(),
        unpriced_requests: z.number(),
        prompt_tokens: z.number(),
        completion_tokens: z.number(),
        cached_tokens: z.number(),
      }),
    ),
    budgets: z.array(
      z.object({
        name: z.string(),
        key: z.string().nullable(),
        limit: usd,
        spent: usd,
        left: usd,
        resets_at: z.string(),
      }),
    ),
  })
  .meta({ id: "Costs" });

export type CostsOutput = z.infer<typeof costsOutput>;
