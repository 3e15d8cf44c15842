import { z } from "zod";
import { modelName } from "./bridge.ts";

export const bridgeFactsBody = z
  .looseObject({
    texts: z
      .array(z.string())
      .min(1, "must not be empty")
      .max(200, "at most 200 texts")
      .meta({ example: ["My rent is 950 euros now.", "Ann: I work in Graz."] }),
    model: modelName.nullish(),
  })
  .meta({ id: "FactsRequest" });

export const bridgeFactsOutput = z
  .looseObject({
    facts: z.array(
      z.object({
        subject: z.string(),
        attribute: z.string(),
        value: z.string().meta({ description: "Stands in the text that it comes from." }),
        source: z.int().meta({ description: "Place of that text, from 0." }),
      }),
    ),
    model: z.string(),
    tokens_used: z.number(),
    method: z.string().meta({ description: "model; or rules, which find none." }),
  })
  .meta({ id: "Facts" });
