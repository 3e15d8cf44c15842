import { z } from "zod";

/** What Sekha makes of what is stored. */
export const memoryKeys = {
  importance: z
    .strictObject({
      refine: z
        .boolean()
        .default(true)
        .describe("Have the chat model, if there is one, judge importance after the rules."),
      quiet_minutes: z
        .number()
        .min(1)
        .max(10_080)
        .default(30)
        .describe("A conversation is judged when nothing was appended for so long."),
      per_hour: z
        .int()
        .min(1)
        .max(3600)
        .default(30)
        .describe("Calls of the model an hour, at most; each reads about 3,000 tokens."),
    })
    .prefault({})
    .describe("Importance of conversations."),
  facts: z
    .strictObject({
      extract: z
        .boolean()
        .default(false)
        .describe("Have the chat model, if there is one, find facts in what people say."),
      quiet_minutes: z
        .number()
        .min(1)
        .max(10_080)
        .default(30)
        .describe("A conversation is read when nothing was appended for so long."),
      per_hour: z
        .int()
        .min(1)
        .max(3600)
        .default(30)
        .describe("Calls of the model an hour, at most; each reads about 3,000 tokens."),
    })
    .prefault({})
    .describe("Facts (subject, attribute, value), by which newer statements replace older ones."),
};
