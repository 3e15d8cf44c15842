import { z } from "zod";
import { defineRoutes } from "./route.ts";
import { isoTime, limitParameter, offsetParameter, pageParameter, uuid } from "./values.ts";

const factsQuery = z.object({
  subject: z.string().max(200).optional().meta({
    description: "Of this subject; case and punctuation make no difference.",
    example: "user",
  }),
  conversation_id: uuid.optional(),
  page: pageParameter.optional(),
  page_size: limitParameter.optional(),
  limit: limitParameter.optional(),
  offset: offsetParameter.optional(),
});

const factList = z
  .object({
    facts: z
      .array(
        z.object({
          subject: z.string(),
          attribute: z.string(),
          value: z.string().meta({ description: "As the message says it." }),
          message_id: z.string(),
          conversation_id: z.string(),
          said_at: isoTime,
          model: z.string().meta({ description: "Who found it." }),
        }),
      )
      .meta({ description: "Latest said first." }),
    total: z.number(),
    page: z.number(),
    page_size: z.number(),
  })
  .meta({ id: "FactList" });

export const factRoutes = defineRoutes({
  listFacts: {
    method: "GET",
    path: "/api/v1/facts",
    tag: "Facts",
    summary: "What a model found people to state, with the messages that say so",
    access: "read",
    query: factsQuery,
    status: 200,
    response: factList,
  },
});
