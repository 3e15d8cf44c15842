import type {
  AssembleContextBody,
  AssembledContextOutput,
  ContextMessageOutput,
  ControllerRoutes,
} from "@sekha/sdk/contract";
import type {
  AssembledContext,
  ContextMessage,
  ContextRequest,
  ExplainedCandidate,
} from "../../core/context/context-types.ts";
import { isOldJavaScriptSdk } from "../../http/content-negotiation.ts";
import type { HttpRequest } from "../../http/http-request.ts";
import type { RouteHandlers } from "../../http/route-binding.ts";
import { isoTimeOf } from "./conversation-mapping.ts";
import type { ControllerServices } from "./services.ts";

const DEFAULT_BUDGET = 4000;

type ContextRoutes = Pick<ControllerRoutes, "assembleContext">;

export function contextHandlers({ context }: ControllerServices): RouteHandlers<ContextRoutes> {
  return {
    assembleContext: async ({ body }, { owner, request, signal }) => {
      const assembled = await context.assemble(owner, requestFromWire(body, signal));
      const asObject = body.explain === true || (body.format ?? formatFor(request)) === "object";
      return asObject
        ? contextToWire(assembled, body.explain === true)
        : assembled.messages.map(messageToWire);
    },
  };
}

/** Version 1's proxy reads a bare array, its JavaScript SDK an object (decision 6). */
function formatFor(request: HttpRequest): "array" | "object" {
  return isOldJavaScriptSdk(request) ? "object" : "array";
}

function requestFromWire(body: AssembleContextBody, signal: AbortSignal): ContextRequest {
  return {
    query: body.query,
    budget: body.context_budget ?? DEFAULT_BUDGET,
    preferredLabels: body.preferred_labels ?? [],
    excludedFolders: body.excluded_folders ?? [],
    conversationId: body.conversation_id ?? null,
    knownMessages: new Set(body.exclude_message_ids ?? []),
    ...(body.model == null ? {} : { model: body.model }),
    signal,
  };
}

function contextToWire(
  { messages, text, tokens, candidates, degraded }: AssembledContext,
  explained: boolean,
): AssembledContextOutput {
  return {
    messages: messages.map(messageToWire),
    assembled_context: text,
    estimated_tokens: tokens,
    tokens_used: tokens,
    conversations_used: new Set(messages.map((one) => one.conversation.id)).size,
    citations: messages.map(citationOf),
    degraded,
    ...(explained ? { candidates: candidates.map(candidateToWire) } : {}),
  };
}

function messageToWire(one: ContextMessage): ContextMessageOutput {
  const { message, conversation, relevance } = one;
  const { label, folder } = conversation;
  return {
    id: message.id,
    conversation_id: conversation.id,
    role: message.role,
    name: message.name,
    content: one.text,
    timestamp: isoTimeOf(message.timestamp),
    embedding_id: message.embeddingStatus === "embedded" ? message.id : null,
    label,
    folder,
    relevance_score: relevance,
    excerpt: one.isExcerpt,
    superseded_by: one.supersededBy,
    supersedes: [...one.supersedes],
    metadata: { citation: citationOf(one), relevance_score: relevance, label, folder },
  };
}

function citationOf({ message, conversation }: ContextMessage) {
  return {
    label: conversation.label,
    folder: conversation.folder,
    timestamp: isoTimeOf(message.timestamp),
    conversation_id: conversation.id,
    message_id: message.id,
  };
}

function candidateToWire(one: ExplainedCandidate) {
  return {
    message_id: one.messageId,
    conversation_id: one.conversationId,
    label: one.label,
    sources: one.sources,
    relevance: one.relevance,
    importance: one.importance,
    recency: one.recency,
    pinned: one.pinned,
    preferred_label: one.preferredLabel,
    value: one.value,
    taken: one.taken,
    reason: one.reason,
  };
}
