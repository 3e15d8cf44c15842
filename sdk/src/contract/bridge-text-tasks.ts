import { z } from "zod";
import { modelName } from "./bridge.ts";

const text = z.string();

export const legacyEmbedBody = z
  .looseObject({
    text: text.nullish(),
    texts: z.array(text).nullish(),
    input: z.union([text, z.array(text)]).nullish(),
    model: modelName.nullish(),
    dimensions: z.int().min(1).max(100_000).nullish(),
  })
  .meta({ id: "EmbedRequest" });

export const legacyEmbedOutput = z
  .object({
    embedding: z.array(z.number()).optional(),
    embeddings: z.array(z.array(z.number())).optional(),
    model: z.string(),
    tokens_used: z.number(),
    dimension: z.number(),
    count: z.number().optional(),
  })
  .meta({ id: "Embed" });

export const summarizeBody = z
  .looseObject({
    messages: z
      .array(z.union([text, z.looseObject({ content: z.unknown() })]))
      .nullish()
      .meta({ example: ["user: Where is the spare key?"] }),
    text: text.nullish(),
    level: z.string().max(100).nullish().meta({ example: "daily" }),
    model: modelName.nullish(),
    max_words: z.int().min(1).max(100_000).nullish(),
  })
  .meta({ id: "SummarizeRequest" });

export const summarizeOutput = z
  .looseObject({
    summary: z.string(),
    model: z.string(),
    tokens_used: z.number(),
    method: z.string().meta({ description: "model, or the rules that did without one." }),
    level: z.string(),
    message_count: z.number(),
  })
  .meta({ id: "Summary" });

export const extractBody = z
  .looseObject({ text, model: modelName.nullish() })
  .meta({ id: "ExtractRequest" });

export const extractOutput = z
  .looseObject({
    entities: z.object({
      people: z.array(z.string()),
      organizations: z.array(z.string()),
      technical_terms: z.array(z.string()),
      concepts: z.array(z.string()),
    }),
    items: z.array(z.object({ text: z.string(), type: z.string(), confidence: z.number() })),
    model: z.string(),
    tokens_used: z.number(),
    method: z.string().meta({ description: "model, or the rules that did without one." }),
  })
  .meta({ id: "Entities" });

export const scoreBody = z
  .looseObject({
    conversation: text.nullish(),
    text: text.nullish(),
    message: text.nullish(),
    context: text.nullish(),
    model: modelName.nullish(),
  })
  .meta({ id: "ScoreRequest" });

export const scoreOutput = z
  .looseObject({
    score: z.number(),
    reasoning: z.string(),
    model: z.string(),
    tokens_used: z.number(),
    method: z.string().meta({ description: "model, or the rules that did without one." }),
  })
  .meta({ id: "Importance" });

export type LegacyEmbedOutput = z.infer<typeof legacyEmbedOutput>;
