import { z } from "zod";
import { messageInput } from "./conversations.ts";
import { defineRoutes } from "./route.ts";
import { text, uuid, wholeNumberValue } from "./values.ts";

const count = wholeNumberValue(1, 20).nullish().meta({
  description: "At most so many suggestions; 5 when absent.",
});
const idParameter = z.object({ id: uuid });

const suggestBody = z
  .object({
    conversation_id: uuid.nullish(),
    messages: z
      .array(z.union([text.transform((content) => ({ role: "user", content })), messageInput]))
      .min(1, "at least one message")
      .max(1000, "at most 1000 messages")
      .nullish()
      .meta({ description: "Messages that are not stored, instead of conversation_id." }),
    count,
  })
  .refine((body) => (body.conversation_id == null) !== (body.messages == null), {
    message: "give conversation_id or messages, one of the two",
    path: ["conversation_id"],
  })
  .meta({ id: "SuggestLabels" });

const autoFields = {
  threshold: z.number().min(0).max(1).nullish().meta({
    description: "Least confidence of a label that is applied; 0.7 when absent.",
  }),
  force: z.boolean().nullish().meta({
    description: "Also replaces a label that somebody gave.",
  }),
  count,
};

const autoBody = z.object({ conversation_id: uuid, ...autoFields }).meta({ id: "AutoLabel" });

const suggestion = z
  .object({
    label: z.string(),
    confidence: z.number().meta({
      description: "0 to 1: how often a suggestion that looks like this one is right.",
    }),
    is_existing: z.boolean().meta({ description: "Another conversation has it." }),
    reason: z.string(),
    reasoning: z.string().meta({ description: "Same as reason." }),
    sources: z.array(z.enum(["near_conversations", "words", "model", "keywords"])),
  })
  .meta({ id: "LabelSuggestion" });

const degraded = z.string().nullable().meta({
  description: "What could not be asked, and why; null when everything was.",
});

const suggestOutput = z
  .object({
    conversation_id: uuid.nullable().meta({ description: "Null for messages." }),
    suggestions: z.array(suggestion).meta({ description: "The surest first." }),
    degraded,
  })
  .meta({ id: "SuggestedLabels" });

const autoOutput = z
  .object({
    success: z.literal(true),
    conversation_id: uuid,
    label: z.string().meta({ description: "The label it has now." }),
    previous_label: z.string(),
    applied: z.boolean(),
    reason: z.string().meta({ description: "Why it was applied, or why not." }),
    suggestions: z.array(suggestion),
    degraded,
  })
  .meta({ id: "AutoLabelled" });

const scoreBody = z
  .object({
    message_id: uuid.nullish(),
    content: text.nullish(),
    text: text.nullish().meta({ description: "Same as content." }),
  })
  .refine(
    (body) =>
      [body.message_id, body.content, body.text].filter((value) => value != null).length === 1,
    { message: "give message_id or content, one of the two", path: ["content"] },
  )
  .meta({ id: "ScoreMessage" });

const scoreOutput = z
  .object({
    message_id: z.string().nullable(),
    conversation_id: z.string().nullable(),
    score: z.number().meta({ description: "1 to 10; it is not stored." }),
    importance_score: z.number().meta({ description: "Same as score." }),
    reasoning: z.string(),
    model: z.string(),
    method: z.enum(["model", "rules"]),
  })
  .meta({ id: "MessageImportance" });

export const labelRoutes = defineRoutes({
  suggestLabels: {
    method: "POST",
    path: "/api/v1/labels/suggest",
    tag: "Labels and importance",
    summary: "Labels for a conversation or for messages, with confidence and reason",
    access: "write",
    body: suggestBody,
    status: 200,
    response: suggestOutput,
  },
  suggestLabelsById: {
    method: "POST",
    path: "/api/v1/conversations/{id}/suggest-labels",
    tag: "Labels and importance",
    summary: "Labels for a conversation",
    access: "write",
    params: idParameter,
    body: z.object({ count }).nullish(),
    status: 200,
    response: suggestOutput,
  },
  autoLabel: {
    method: "POST",
    path: "/api/v1/labels/auto",
    tag: "Labels and importance",
    summary: "Suggest labels and apply the surest, unless somebody gave the conversation one",
    access: "write",
    body: autoBody,
    status: 200,
    response: autoOutput,
  },
  autoLabelById: {
    method: "POST",
    path: "/api/v1/conversations/{id}/auto-label",
    tag: "Labels and importance",
    summary: "Same as POST /api/v1/labels/auto",
    access: "write",
    params: idParameter,
    body: z.object(autoFields).nullish(),
    status: 200,
    response: autoOutput,
  },
  scoreMessage: {
    method: "POST",
    path: "/api/v1/messages/{id}/importance",
    tag: "Labels and importance",
    summary: "How important a stored message is to remember, 1 to 10; nothing is changed",
    access: "write",
    params: idParameter,
    status: 200,
    response: scoreOutput,
  },
  scoreText: {
    method: "POST",
    path: "/api/v1/messages/score",
    tag: "Labels and importance",
    summary: "How important a message or a text is to remember, 1 to 10; nothing is changed",
    access: "write",
    body: scoreBody,
    status: 200,
    response: scoreOutput,
  },
});

export type LabelSuggestionOutput = z.infer<typeof suggestion>;
export type AutoLabelOutput = z.infer<typeof autoOutput>;
export type SuggestLabelsRequest = z.input<typeof suggestBody>;
export type AutoLabelRequest = z.input<typeof autoBody>;
