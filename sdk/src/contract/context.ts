import { z } from "zod";
import { folder, isoTime, label, line, metadata, text, uuid, wholeNumberValue } from "./values.ts";

export const assembleContextBody = z
  .object({
    query: text
      .pipe(z.string().max(100_000, "at most 100000 characters"))
      .meta({ description: "What the model is asked.", example: "where is the spare key" }),
    context_budget: wholeNumberValue(0, 1_000_000).nullish().meta({
      description: "Tokens the context may take; 4000 when absent. It stays 15 % below.",
    }),
    preferred_labels: z.array(label).max(1000).nullish(),
    excluded_folders: z
      .array(folder)
      .max(1000)
      .nullish()
      .meta({ description: "Nothing of these folders, or below them, is ever used." }),
    conversation_id: uuid.nullish().meta({
      description: "The conversation that goes on: its own past is looked at too.",
    }),
    exclude_message_ids: z.array(uuid).max(10_000).nullish().meta({
      description: "Messages that the prompt holds already.",
    }),
    model: line(200).nullish().meta({
      description: "Whose tokens the budget counts, such as gpt-4o; o200k_base's when absent.",
    }),
    format: z.enum(["array", "object"]).nullish().meta({
      description: "`array` when absent, but for our SDKs.",
    }),
    explain: z.boolean().nullish().meta({
      description: "Every candidate's scores and why it was taken or left; answers an object.",
    }),
  })
  .meta({ id: "AssembleContext" });

const citation = z
  .object({
    label: z.string(),
    folder: z.string(),
    timestamp: isoTime,
    conversation_id: uuid,
    message_id: z.string(),
  })
  .meta({ id: "Citation" });

export const contextMessage = z
  .object({
    id: z.string(),
    conversation_id: uuid,
    role: z.string(),
    name: z.string().nullable(),
    content: z.string().meta({ description: "The text, or its best passages with […] between." }),
    timestamp: isoTime,
    embedding_id: z.string().nullable(),
    label: z.string(),
    folder: z.string(),
    relevance_score: z.number().meta({ description: "0 to 1." }),
    excerpt: z.boolean(),
    superseded_by: z
      .string()
      .nullable()
      .meta({ description: "Id of the newer message that says otherwise." }),
    supersedes: z.array(z.string()),
    metadata: metadata.meta({ description: "citation, relevance_score, label, folder." }),
  })
  .meta({ id: "ContextMessage" });

const contextCandidate = z
  .object({
    message_id: z.string(),
    conversation_id: uuid,
    label: z.string(),
    sources: z.array(z.enum(["search", "pinned", "label", "conversation", "neighbour", "summary"])),
    relevance: z.number(),
    importance: z.number(),
    recency: z.number(),
    pinned: z.boolean(),
    preferred_label: z.boolean(),
    value: z.number(),
    taken: z.boolean(),
    reason: z.string(),
  })
  .meta({ id: "ContextCandidate" });

export const assembledContext = z
  .object({
    messages: z.array(contextMessage).meta({ description: "By conversation, oldest first." }),
    assembled_context: z
      .string()
      .meta({ description: "The messages as quoted data for a prompt; empty without any." }),
    estimated_tokens: z.number(),
    tokens_used: z.number(),
    conversations_used: z.number(),
    citations: z.array(citation),
    degraded: z.string().nullable().meta({
      description: "Why the search was by words alone, if it had to be.",
    }),
    candidates: z.array(contextCandidate).optional(),
  })
  .meta({ id: "AssembledContext" });

export const assembleContextOutput = z.union([z.array(contextMessage), assembledContext]);

export type AssembleContextBody = z.infer<typeof assembleContextBody>;
export type AssembleContextRequest = z.input<typeof assembleContextBody>;
export type AssembledContextOutput = z.infer<typeof assembledContext>;
export type ContextMessageOutput = z.infer<typeof contextMessage>;
