import { z } from "zod";
import { isoTime } from "./values.ts";

/** The tools of the MCP server, by name: what each takes and answers, over MCP and over HTTP. */

const conversationId = z
  .string()
  .regex(/^[A-Fa-f0-9-]{36}$/, "must be the whole id: 36 characters")
  .meta({ description: "Id of the conversation, all 36 characters." });
const label = z.string().min(1).max(500);
const folder = z.string().min(1).max(1000);
const tags = z.array(z.string().min(1).max(100)).max(100);
const time = z.string().max(64);
/** 0 counts as 1: version 1 took it. */
const importance = z.number().min(0).max(10);
const offset = z.int().min(0).max(10_000_000);

const messages = z
  .array(
    z.object({
      role: z.string().min(1).max(64).meta({ description: "user, assistant, system or tool." }),
      content: z.string().min(1).meta({ description: "What was said, in full." }),
      timestamp: time.optional().meta({ description: "When, ISO 8601; now when absent." }),
      metadata: z.record(z.string(), z.unknown()).optional(),
    }),
  )
  .min(1)
  .max(1000);

const described = <T extends z.ZodType>(schema: T, description: string) =>
  schema.meta({ description });

export const MEMORY_TOOL_INPUTS = {
  memory_store: z.object({
    label: described(
      label,
      "Short title to find it by; made from the text when absent.",
    ).optional(),
    folder: described(folder, "Where to put it, such as /work/billing; / when absent.").optional(),
    messages: described(messages, "The turns to remember, oldest first."),
    importance_score: described(
      importance,
      "1 (may go) to 10 (keep always); judged from the text when absent.",
    ).optional(),
    tags: described(tags, "Words to filter by later.").optional(),
  }),
  memory_search: z.object({
    query: described(z.string().min(1).max(10_000), "What to look for, in plain words."),
    limit: described(z.int().min(1).max(100).default(10), "Most hits."),
    offset: described(
      z.int().min(0).max(10_000).default(0),
      "Hits to skip: next_offset of the answer before.",
    ),
    filter_labels: described(
      z.array(label).max(100),
      "Only conversations with one of these labels.",
    ).optional(),
    folder: described(folder, "Only this folder and what is below it.").optional(),
    tags: described(tags, "Only conversations with all of these tags.").optional(),
    since: described(time, "Said at or after, ISO 8601.").optional(),
    until: described(time, "Said at or before, ISO 8601.").optional(),
    include_archived: described(z.boolean(), "Look in archived conversations too.").optional(),
  }),
  memory_update: z.object({
    conversation_id: conversationId,
    label: described(label, "The new title.").optional(),
    folder: described(folder, "The folder to move it to.").optional(),
    importance_score: described(importance, "1 (may go) to 10 (keep always).").optional(),
    status: described(
      z.enum(["active", "archived"]),
      "archived: kept, but left out of searches; active takes that back.",
    ).optional(),
    tags: described(tags, "Replaces all tags.").optional(),
  }),
  memory_get_context: z.object({
    conversation_id: conversationId,
    limit: described(
      z.int().min(1).max(1000),
      "Most messages; as many as fit when absent.",
    ).optional(),
    offset: described(offset.default(0), "Messages to skip: next_offset of the answer before."),
  }),
  memory_prune: z.object({
    threshold_days: described(z.int().min(0).max(36_500).default(30), "Days without a change."),
    importance_threshold: described(importance.default(5), "Highest importance that may go."),
    folder: described(folder, "Only this folder and what is below it.").optional(),
    limit: described(z.int().min(1).max(200).default(50), "Most suggestions."),
  }),
  memory_export: z.object({
    conversation_id: conversationId,
    format: described(z.enum(["json", "markdown"]).default("json"), "Format of the text."),
    include_metadata: described(z.boolean().default(true), "Counts and metadata too."),
    offset: described(offset.default(0), "Characters to skip: next_offset of the answer before."),
  }),
  memory_stats: z.object({
    folder: described(folder, "Only this folder and what is below it.").optional(),
    label: described(label, "Only conversations with this label.").optional(),
  }),
  memory_assemble: z.object({
    query: described(z.string().min(1).max(100_000), "The question or task at hand."),
    context_budget: described(
      z.int().min(100).max(200_000).default(4000),
      "Tokens the context may take.",
    ),
    preferred_labels: described(z.array(label).max(100), "Labels that count more.").optional(),
    excluded_folders: described(z.array(folder).max(100), "Folders never to use.").optional(),
    conversation_id: conversationId
      .optional()
      .meta({ description: "The conversation that goes on, if it is stored." }),
  }),
  memory_append: z.object({
    conversation_id: conversationId,
    messages: described(messages, "The new turns, oldest first."),
  }),
  memory_pin: z.object({
    conversation_id: conversationId,
    pinned: described(z.boolean().default(true), "false takes the pin back."),
  }),
  llm_status: z.object({
    provider_id: described(z.string().min(1).max(200), "Only this provider.").optional(),
  }),
  llm_routing: z.object({
    task: described(
      z.string().min(1).max(100),
      "embedding, chat_small, chat_large, chat_smart, vision, audio or image_generation.",
    ),
    preferred_model: described(z.string().min(1).max(200), "Model to try first.").optional(),
    max_cost: described(z.number().min(0), "Highest cost in US dollars.").optional(),
    require_vision: described(z.boolean(), "The model must take images.").optional(),
  }),
} as const;

const conversation = {
  label: z.string(),
  folder: z.string(),
  status: z.string(),
  importance_score: z.number(),
};
const next = z.number().nullable();

const hit = z.object({
  conversation_id: z.string(),
  message_id: z.string(),
  score: z.number().meta({ description: "0 to 1, best first." }),
  role: z.string(),
  content: z.string(),
  excerpt: z.boolean().meta({ description: "Only the best passage of a long message." }),
  position: z.number(),
  label: z.string(),
  folder: z.string(),
  timestamp: isoTime,
});

const readMessage = z.object({
  role: z.string(),
  content: z.string(),
  timestamp: isoTime,
  cut: z.boolean(),
});

const suggestion = z.object({
  conversation_id: z.string(),
  conversation_label: z.string(),
  label: z.string(),
  folder: z.string(),
  last_accessed: isoTime,
  age_days: z.number(),
  message_count: z.number(),
  token_estimate: z.number(),
  importance_score: z.number(),
  preview: z.string(),
  recommendation: z.string(),
  reason: z.string(),
});

const provider = z.object({
  provider_id: z.string(),
  provider_type: z.string(),
  status: z.string(),
  models_count: z.number(),
  circuit_breaker_state: z.string(),
});

/** What a tool answers to a model: `structuredContent`. */
export const MEMORY_TOOL_OUTPUTS = {
  memory_store: z.object({
    conversation_id: z.string(),
    id: z.string(),
    label: z.string(),
    folder: z.string(),
    message_count: z.number(),
    importance_score: z.number(),
    created_at: isoTime,
  }),
  memory_search: z.object({
    query: z.string(),
    total_results: z.number(),
    limit: z.number(),
    offset: z.number(),
    next_offset: next,
    results: z.array(hit),
    degraded: z.string().nullable(),
  }),
  memory_update: z.object({
    conversation_id: z.string(),
    updated_fields: z.array(z.string()),
    message: z.string(),
    ...conversation,
    tags: z.array(z.string()),
  }),
  memory_get_context: z.object({
    conversation_id: z.string(),
    ...conversation,
    tags: z.array(z.string()),
    word_count: z.number(),
    session_count: z.number(),
    message_count: z.number(),
    created_at: isoTime,
    updated_at: isoTime,
    messages: z.array(readMessage),
    offset: z.number(),
    next_offset: next,
  }),
  memory_prune: z.object({
    threshold_days: z.number(),
    importance_threshold: z.number(),
    total_suggestions: z.number(),
    estimated_token_savings: z.number(),
    suggestions: z.array(suggestion),
  }),
  memory_export: z.object({
    conversation_id: z.string(),
    format: z.string(),
    include_metadata: z.boolean(),
    content: z.string(),
    offset: z.number(),
    next_offset: next,
    total_characters: z.number(),
  }),
  memory_stats: z.object({
    total_conversations: z.number(),
    total_messages: z.number(),
    total_words: z.number(),
    average_importance: z.number(),
    by_status: z.object({ active: z.number(), archived: z.number(), pinned: z.number() }),
    oldest_message: isoTime.nullable(),
    newest_message: isoTime.nullable(),
    folders: z.array(z.string()),
    labels: z.array(z.string()),
    more: z.number().meta({ description: "Folders and labels beyond those listed." }),
  }),
  memory_assemble: z.object({
    context: z.string().meta({ description: "Quoted passages; empty when nothing is known." }),
    tokens_used: z.number(),
    conversations_used: z.number(),
    citations: z.array(
      z.object({
        conversation_id: z.string(),
        message_id: z.string(),
        label: z.string(),
        folder: z.string(),
        timestamp: isoTime,
      }),
    ),
    degraded: z.string().nullable(),
  }),
  memory_append: z.object({
    conversation_id: z.string(),
    label: z.string(),
    appended: z.number(),
    message_count: z.number(),
  }),
  memory_pin: z.object({
    conversation_id: z.string(),
    pinned: z.boolean(),
    ...conversation,
  }),
  llm_status: z.object({
    providers: z.array(provider),
    total_providers: z.number(),
    healthy_providers: z.number(),
    total_models: z.number(),
  }),
  llm_routing: z.object({
    provider_id: z.string().nullable(),
    model_id: z.string().nullable(),
    estimated_cost: z.number().nullable(),
    reason: z.string(),
    provider_type: z.string().nullable(),
  }),
} as const;

export type MemoryToolName = keyof typeof MEMORY_TOOL_INPUTS;
export type MemoryToolInput<Name extends MemoryToolName> = z.output<
  (typeof MEMORY_TOOL_INPUTS)[Name]
>;
export type MemoryToolData<Name extends MemoryToolName> = z.output<
  (typeof MEMORY_TOOL_OUTPUTS)[Name]
>;
