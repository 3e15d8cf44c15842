import { z } from "zod";
import { modelName } from "./bridge.ts";

export const bridgeLabelsBody = z
  .looseObject({
    text: z.string().meta({ example: "The roses need water every second day." }),
    existing: z
      .array(z.string().max(1000))
      .max(1000, "at most 1000 labels")
      .nullish()
      .meta({ description: "Labels in use, to be taken where they fit." }),
    count: z
      .int()
      .min(1)
      .max(20)
      .nullish()
      .meta({ description: "At most so many; 5 when absent." }),
    model: modelName.nullish(),
  })
  .meta({ id: "LabelsRequest" });

export const bridgeLabelsOutput = z
  .looseObject({
    labels: z.array(
      z.object({
        label: z.string(),
        confidence: z.number().meta({
          description:
            "0 to 1: how sure the model is; of keywords, 1 for the strongest of this text.",
        }),
        reason: z.string(),
      }),
    ),
    model: z.string(),
    tokens_used: z.number(),
    method: z.string().meta({ description: "model, or the rules that did without one." }),
  })
  .meta({ id: "Labels" });
