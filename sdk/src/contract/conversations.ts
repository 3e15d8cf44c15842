import { z } from "zod";
import {
  flagParameter,
  folder,
  importance,
  isoTime,
  label,
  limitParameter,
  line,
  listParameter,
  metadata,
  offsetParameter,
  pageParameter,
  tag,
  tags,
  text,
  time,
  uuid,
} from "./values.ts";

/** A multimodal part; unknown kinds are kept as given. */
export const contentPart = z.looseObject({ type: z.string().max(100) }).meta({
  description: "`{type: text, text}`, `{type: image_url, image_url: {url}}`, or any other.",
});

export const messageInput = z
  .object({
    role: line(64).meta({
      description: "user, assistant, system, tool, or any other.",
      example: "user",
    }),
    content: z.union([text, z.array(contentPart).max(1000), z.null().transform(() => "")]).meta({
      description: "Text, or multimodal parts whose text parts are indexed.",
      example: "The spare key is under the blue pot.",
    }),
    name: line(200).nullish(),
    timestamp: time.nullish(),
    metadata: metadata.nullish(),
    chosen_id: uuid.nullish().meta({
      description:
        "Id that the message is to have. Appended again under the same id, it is left out, so that a repeated request stores nothing twice.",
    }),
  })
  .meta({ id: "MessageInput" });

export const statusValue = z.enum(["active", "archived", "pinned"]);

const conversationFields = {
  label: label.nullish().meta({ description: "Derived from the first user message when absent." }),
  folder: folder.nullish().meta({ description: "`/` when absent." }),
  tags: tags.nullish(),
  metadata: metadata.nullish(),
  importance_score: importance.nullish(),
  importanceScore: importance.nullish().meta({ description: "Same as importance_score." }),
  session_id: line(200).nullish(),
  created_at: time.nullish(),
};

export const createConversationBody = z
  .object({
    ...conversationFields,
    chosen_id: uuid.nullish().meta({
      description: "Id that the conversation is to have; 409 when there is one.",
    }),
    messages: z.array(messageInput).max(10_000),
  })
  .meta({ id: "CreateConversation" });

export const batchBody = z
  .object({ conversations: z.array(createConversationBody).min(1).max(1000) })
  .meta({ id: "CreateConversations" });

export const appendBody = z
  .object({ messages: z.array(messageInput).min(1, "at least one message").max(10_000) })
  .meta({ id: "AppendMessages" });

export const embeddingStatus = z.enum(["pending", "embedded", "failed", "none"]);

export const messageOutput = z
  .object({
    id: uuid,
    conversation_id: uuid,
    role: z.string(),
    name: z.string().nullable(),
    content: z.union([z.string(), z.array(contentPart)]),
    text: z.string().meta({ description: "The plain text that is indexed and embedded." }),
    timestamp: isoTime,
    position: z.number(),
    metadata,
    embedding_status: embeddingStatus,
    embedding_id: z.string().nullable(),
  })
  .meta({ id: "Message" });

export const conversationOutput = z
  .object({
    id: uuid,
    conversation_id: uuid,
    label: z.string(),
    folder: z.string(),
    status: statusValue,
    pinned: z.boolean(),
    archived: z.boolean(),
    message_count: z.number(),
    word_count: z.number(),
    session_id: z.string().nullable(),
    session_count: z.number(),
    importance_score: z.number(),
    importance_source: z.enum(["default", "heuristic", "model", "user"]),
    tags: z.array(z.string()),
    metadata,
    embedding_status: embeddingStatus,
    created_at: isoTime,
    updated_at: isoTime,
  })
  .meta({ id: "Conversation" });

export const conversationWithMessages = conversationOutput
  .extend({
    messages: z.array(messageOutput),
    has_more_messages: z.boolean(),
  })
  .meta({ id: "ConversationWithMessages" });

export const updatedConversation = conversationOutput
  .extend({ success: z.literal(true) })
  .meta({ id: "UpdatedConversation" });

export const appendedMessages = conversationOutput
  .extend({ success: z.literal(true), messages: z.array(messageOutput) })
  .meta({ id: "AppendedMessages" });

export const batchOutput = z
  .object({ conversations: z.array(conversationOutput), count: z.number() })
  .meta({ id: "CreatedConversations" });

export const searchHitShape = z
  .object({
    conversation_id: uuid,
    message_id: uuid,
    score: z.number(),
    content: z.string(),
    metadata,
    label: z.string(),
    folder: z.string(),
    timestamp: isoTime,
  })
  .meta({ id: "ListedHit" });

/** Filters that lists, counts, exports and bulk deletes share, as query parameters. */
export const conversationFilterQuery = {
  label: text
    .pipe(z.string().max(500))
    .optional()
    .meta({ description: "Exact label (for /count: part of it, as in v1)." }),
  label_contains: text
    .pipe(z.string().max(500))
    .optional()
    .meta({ description: "Part of the label." }),
  folder: folder.optional().meta({ description: "This folder and everything below it." }),
  ids: listParameter(uuid)
    .pipe(z.array(uuid).max(1000))
    .optional()
    .meta({ type: "array", items: { type: "string" }, description: "Only these." }),
  id_prefix: z
    .string()
    .regex(/^[0-9a-f-]{1,36}$/i, "must be the beginning of a UUID")
    .transform((value) => value.toLowerCase())
    .optional()
    .meta({ description: "Ids that begin so." }),
  tags: listParameter(tag).optional().meta({ description: "All of these tags." }),
  status: z.enum(["active", "archived", "pinned", "all"]).optional(),
  pinned: flagParameter.optional(),
  archived: flagParameter.optional(),
  session_id: text.pipe(z.string().max(200)).optional(),
  min_importance: z.coerce.number().min(0).max(10).optional(),
  max_importance: z.coerce.number().min(0).max(10).optional(),
  since: time.optional().meta({ description: "Updated at or after." }),
  until: time.optional().meta({ description: "Updated at or before." }),
};

export const listQuery = z.object({
  ...conversationFilterQuery,
  page: pageParameter.optional(),
  page_size: limitParameter.optional(),
  limit: limitParameter.optional(),
  offset: offsetParameter.optional(),
  sort: z
    .enum(["updated_at", "created_at", "label", "importance_score", "message_count"])
    .optional(),
  order: z.enum(["asc", "desc"]).optional(),
});

export const listOutput = z
  .object({
    results: z.array(searchHitShape),
    conversations: z.array(conversationOutput),
    total: z.number(),
    page: z.number(),
    page_size: z.number(),
  })
  .meta({ id: "ConversationList" });

export const countQuery = z.object(conversationFilterQuery);

export const countOutput = z
  .object({
    count: z.number(),
    total: z.number(),
    label: z.string().nullable(),
    folder: z.string().nullable(),
    by_status: z.object({ active: z.number(), archived: z.number(), pinned: z.number() }),
  })
  .meta({ id: "ConversationCount" });

export const messagesQuery = z.object({
  limit: limitParameter.optional(),
  offset: offsetParameter.optional(),
});

export const getConversationQuery = z.object({
  message_limit: z.coerce.number().int().min(0).max(10_000).optional(),
  message_offset: offsetParameter.optional(),
});

export const messagesOutput = z
  .object({
    messages: z.array(messageOutput),
    total: z.number(),
    limit: z.number(),
    offset: z.number(),
  })
  .meta({ id: "MessageList" });

export const labelBody = z
  .object({ label: label.optional(), folder: folder.optional() })
  .refine((body) => body.label !== undefined || body.folder !== undefined, {
    message: "give label, folder, or both",
  });
export const folderBody = z.object({ folder });
export const statusBody = z.object({ status: statusValue });
export const importanceBody = z
  .object({ importance_score: importance.optional(), importance: importance.optional() })
  .refine((body) => (body.importance_score ?? body.importance) !== undefined, {
    message: "give importance_score, a number from 1 to 10",
    path: ["importance_score"],
  });
export const tagsBody = z.object({ tags });

export const updateBody = z
  .object({
    label: label.optional(),
    folder: folder.optional(),
    status: statusValue.optional(),
    pinned: z.boolean().optional(),
    importance_score: importance.optional(),
    importanceScore: importance.optional(),
    metadata: metadata.optional(),
    tags: tags.optional(),
  })
  .refine((body) => Object.values(body).some((value) => value !== undefined), {
    message: "give at least one of label, folder, status, pinned, importance_score, metadata, tags",
  })
  .meta({ id: "UpdateConversation" });

export const bulkDeleteBody = z
  .object({
    conversation_ids: z.array(uuid).min(1).max(10_000).optional(),
    ids: z.array(uuid).min(1).max(10_000).optional(),
  })
  .refine((body) => (body.conversation_ids ?? body.ids) !== undefined, {
    message: "give conversation_ids, the list of conversations to delete",
    path: ["conversation_ids"],
  });

export const deletedOutput = z
  .object({ success: z.literal(true), deleted: z.number(), not_found: z.array(uuid) })
  .meta({ id: "Deleted" });

export const waitQuery = z.object({ wait: flagParameter.optional() });
export const idParameter = z.object({ id: uuid });

export const namedCounts = z.object({ name: z.string(), count: z.number() });
export const labelsOutput = z.object({ labels: z.array(namedCounts), total: z.number() });
export const foldersOutput = z.object({ folders: z.array(namedCounts), total: z.number() });
export const tagsOutput = z.object({ tags: z.array(namedCounts), total: z.number() });

export type ConversationOutput = z.infer<typeof conversationOutput>;
export type ConversationWithMessages = z.infer<typeof conversationWithMessages>;
export type MessageOutput = z.infer<typeof messageOutput>;
export type MessageInput = z.infer<typeof messageInput>;
export type CreateConversation = z.infer<typeof createConversationBody>;
export type CreateConversationRequest = z.input<typeof createConversationBody>;
export type ConversationFilterQuery = z.infer<typeof countQuery>;
export type ConversationList = z.infer<typeof listOutput>;
export type ListedHit = z.infer<typeof searchHitShape>;
