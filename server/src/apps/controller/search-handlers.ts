import type { ControllerRoutes, SearchBody, SearchHit, SearchResponse } from "@sekha/sdk/contract";
import type {
  RankedMessage,
  SearchRequest,
  SearchResult,
  TextSearchResult,
} from "../../core/search/search-types.ts";
import type { RouteHandlers } from "../../http/route-binding.ts";
import type { ControllerMetrics } from "./controller-metrics.ts";
import {
  conversationToWire,
  isoTimeOf,
  messageToWire,
  statusToWire,
} from "./conversation-mapping.ts";
import { messageFilterFromWire } from "./filter-mapping.ts";
import { pageFromWire, pageToWire } from "./paging.ts";
import type { ControllerServices } from "./services.ts";

const DEFAULT_LIMIT = 10;

type SearchRoutes = Pick<ControllerRoutes, "search" | "searchFullText">;

export function searchHandlers(
  { recall, clock }: ControllerServices,
  metrics: ControllerMetrics,
): RouteHandlers<SearchRoutes> {
  return {
    search: async ({ body }, { owner, signal }) => {
      const startedAt = clock();
      const request = requestFromWire(body, signal);
      const result = await recall.search(owner, request);
      const tookMs = clock() - startedAt;
      metrics.observeSearch(result.mode, tookMs / 1000);
      return resultToWire(result, request, tookMs);
    },

    searchFullText: async ({ body }, { owner }) => {
      const startedAt = clock();
      const page = pageFromWire(body, DEFAULT_LIMIT);
      const filter = messageFilterFromWire(body);
      const result = await recall.searchText(owner, { query: body.query, filter, ...page });
      metrics.observeSearch("fts", (clock() - startedAt) / 1000);
      const hits = result.hits.filter((hit) => hit.score >= (body.min_score ?? 0));
      return { results: hits.map(textHitToWire), total: result.total, ...pageToWire(page) };
    },
  };
}

function requestFromWire(body: SearchBody, signal: AbortSignal): SearchRequest {
  return {
    query: body.query,
    filter: messageFilterFromWire(body),
    mode: body.mode ?? "hybrid",
    ...pageFromWire(body, DEFAULT_LIMIT),
    groupByConversation: body.group_by === "conversation",
    neighbours: body.neighbours ?? body.neighbors ?? 0,
    minScore: body.min_score ?? 0,
    signal,
  };
}

function resultToWire(
  result: SearchResult,
  request: SearchRequest,
  tookMs: number,
): SearchResponse {
  return {
    results: result.hits.map((hit) => hitToWire(hit, request.neighbours)),
    ...(request.groupByConversation
      ? {
          conversations: result.conversations.map((found) => ({
            conversation: conversationToWire(found.conversation),
            score: found.score,
            hits: found.hits.map((hit) => hitToWire(hit, request.neighbours)),
          })),
        }
      : {}),
    total: result.total,
    ...pageToWire(request),
    mode: result.mode,
    degraded: result.degraded,
    took_ms: Math.round(tookMs * 10) / 10,
  };
}

function hitToWire(hit: RankedMessage, neighbours: number): SearchHit {
  const { message, conversation } = hit;
  return {
    conversation_id: conversation.id,
    message_id: message.id,
    score: hit.score,
    content: message.content,
    metadata: message.metadata,
    label: conversation.label,
    folder: conversation.folder,
    timestamp: isoTimeOf(message.timestamp),
    role: message.role,
    name: message.name,
    position: message.position,
    snippet: hit.snippet,
    matched: hit.matched,
    status: statusToWire(conversation),
    pinned: conversation.pinned,
    importance_score: conversation.importanceScore,
    tags: conversation.tags,
    ...(neighbours > 0 ? { neighbours: hit.neighbours.map(messageToWire) } : {}),
  };
}

function textHitToWire(hit: TextSearchResult["hits"][number]) {
  return {
    ...messageToWire(hit.message),
    rank: hit.rank,
    score: hit.score,
    snippet: hit.snippet,
    label: hit.conversation.label,
    folder: hit.conversation.folder,
  };
}
