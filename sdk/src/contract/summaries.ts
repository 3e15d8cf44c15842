import { z } from "zod";
import { idParameter } from "./conversations.ts";
import { defineRoutes } from "./route.ts";
import { isoTime, limitParameter, offsetParameter, pageParameter, time, uuid } from "./values.ts";

/** Any text, since version 1 answered a wrong one with 400 and words of its own. */
const level = z.string().max(100).meta({
  description: "`daily` (a paragraph), `weekly` or `monthly` (more of them); daily when absent.",
  example: "daily",
});

const summarizeConversationBody = z
  .object({ conversation_id: uuid, level: level.nullish() })
  .meta({ id: "SummarizeConversation" });

const listQuery = z.object({
  level: level.optional(),
  conversation_id: uuid.optional(),
  from: time.optional().meta({ description: "Those that end then or later." }),
  to: time.optional().meta({ description: "Those that begin then or earlier." }),
  page: pageParameter.optional(),
  page_size: limitParameter.optional(),
  limit: limitParameter.optional(),
  offset: offsetParameter.optional(),
});

const made = {
  level: z.enum(["daily", "weekly", "monthly"]),
  summary: z.string(),
  generated_at: isoTime,
  model: z.string().meta({ description: "Who made it; `builtin/…`: no language model did." }),
  method: z.enum(["model", "rules"]),
  range: z
    .object({ from: isoTime, to: isoTime })
    .meta({ description: "First and last message; a period's end belongs to the next one." }),
};

const conversationSummary = z
  .object({ conversation_id: uuid, ...made })
  .meta({ id: "ConversationSummary" });

const summaryList = z
  .object({
    summaries: z
      .array(
        z.object({
          id: z.string(),
          conversation_id: uuid.nullable().meta({
            description: "Null: of all that was said in a day, a week or a month.",
          }),
          ...made,
        }),
      )
      .meta({ description: "Latest first." }),
    total: z.number(),
    page: z.number(),
    page_size: z.number(),
  })
  .meta({ id: "SummaryList" });

export const summaryRoutes = defineRoutes({
  summarizeConversation: {
    method: "POST",
    path: "/api/v1/summarize",
    tag: "Summaries",
    summary: "A conversation in some sentences; from the store while no message is added",
    access: "write",
    body: summarizeConversationBody,
    status: 200,
    response: conversationSummary,
  },
  summarizeConversationById: {
    method: "POST",
    path: "/api/v1/conversations/{id}/summary",
    tag: "Summaries",
    summary: "Same as /api/v1/summarize, with the level in the query",
    access: "write",
    params: idParameter,
    query: z.object({ level: level.optional() }),
    status: 200,
    response: conversationSummary,
  },
  listSummaries: {
    method: "GET",
    path: "/api/v1/summaries",
    tag: "Summaries",
    summary: "Stored summaries of conversations, days, weeks and months",
    access: "read",
    query: listQuery,
    status: 200,
    response: summaryList,
  },
});
