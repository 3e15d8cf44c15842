import { z } from "zod";
import { conversationOutput, messageOutput, searchHitShape, statusValue } from "./conversations.ts";
import { folder, label, line, tag, text, time, uuid, wholeNumberValue } from "./values.ts";

const oneOrMore = <T extends z.ZodType>(item: T) =>
  z.union([item.transform((value) => [value]), z.array(item).max(1000)]);

/** Names of the v1 and the SDK's filters are accepted beside ours. */
export const searchFilters = z
  .object({
    folder: folder.nullish(),
    excluded_folders: z.array(folder).max(1000).nullish(),
    label: label.nullish(),
    labels: z.array(label).max(1000).nullish(),
    tags: oneOrMore(tag).nullish(),
    role: oneOrMore(line(64)).nullish(),
    roles: z.array(line(64)).max(100).nullish(),
    status: oneOrMore(z.union([statusValue, z.literal("all")])).nullish(),
    pinned: z.boolean().nullish(),
    include_archived: z.boolean().nullish(),
    since: time.nullish().meta({ description: "Said at or after." }),
    until: time.nullish().meta({ description: "Said at or before." }),
    min_importance: z.number().min(0).max(10).nullish(),
    max_importance: z.number().min(0).max(10).nullish(),
    importance_min: z.number().min(0).max(10).nullish(),
    conversation_id: uuid.nullish(),
    conversation_ids: z.array(uuid).max(10_000).nullish(),
    session_id: line(200).nullish(),
  })
  .meta({ id: "SearchFilters" });

export const searchMode = z.enum(["hybrid", "semantic", "keyword"]);

export const searchBody = z
  .object({
    query: text
      .pipe(z.string().max(10_000, "at most 10000 characters"))
      .refine((value) => value.trim() !== "", "must not be empty: say what to look for")
      .meta({ example: "where is the spare key" }),
    filters: searchFilters.nullish(),
    ...searchFilters.shape,
    limit: wholeNumberValue(1, 1000).nullish(),
    offset: wholeNumberValue(0, 10_000).nullish(),
    page: wholeNumberValue(1, 10_000).nullish(),
    page_size: wholeNumberValue(1, 1000).nullish(),
    mode: searchMode.nullish(),
    group_by: z.enum(["message", "conversation"]).nullish(),
    neighbours: wholeNumberValue(0, 20)
      .nullish()
      .meta({ description: "Turns before and after each hit to send along." }),
    neighbors: wholeNumberValue(0, 20).nullish(),
    min_score: z.number().min(0).max(1).nullish(),
  })
  .meta({ id: "SearchRequest" });

export const searchHit = searchHitShape
  .extend({
    role: z.string(),
    name: z.string().nullable(),
    position: z.number(),
    snippet: z.string().meta({ description: "The best passage, matches between ** and **." }),
    matched: z.array(z.enum(["meaning", "words"])),
    status: statusValue,
    pinned: z.boolean(),
    importance_score: z.number(),
    tags: z.array(z.string()),
    neighbours: z.array(messageOutput).optional(),
  })
  .meta({ id: "SearchHit" });

export const conversationHit = z
  .object({
    conversation: conversationOutput,
    score: z.number(),
    hits: z.array(searchHit).meta({ description: "Best messages, best first." }),
  })
  .meta({ id: "ConversationHit" });

export const searchOutput = z
  .object({
    results: z.array(searchHit),
    conversations: z.array(conversationHit).optional(),
    total: z.number().meta({ description: "Number of matches (conversations when grouped)." }),
    page: z.number(),
    page_size: z.number(),
    mode: searchMode.meta({ description: "What was really searched." }),
    degraded: z
      .string()
      .nullable()
      .meta({ description: "Why the search was by keyword alone, if it had to be." }),
    took_ms: z.number(),
  })
  .meta({ id: "SearchResponse" });

export const ftsBody = searchBody
  .omit({ mode: true, group_by: true, neighbours: true, neighbors: true })
  .meta({ id: "FullTextRequest" });

export const ftsHit = messageOutput
  .extend({
    rank: z.number().meta({ description: "1 is the best." }),
    score: z.number(),
    snippet: z.string(),
    label: z.string(),
    folder: z.string(),
  })
  .meta({ id: "FullTextHit" });

export const ftsOutput = z
  .object({
    results: z.array(ftsHit),
    total: z.number(),
    page: z.number(),
    page_size: z.number(),
  })
  .meta({ id: "FullTextResponse" });

export type SearchBody = z.infer<typeof searchBody>;
export type SearchRequest = z.input<typeof searchBody>;
export type SearchHit = z.infer<typeof searchHit>;
export type SearchResponse = z.infer<typeof searchOutput>;
export type SearchFilters = z.infer<typeof searchFilters>;
