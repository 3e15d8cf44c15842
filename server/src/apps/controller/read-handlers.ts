import type { ControllerRoutes, Stats } from "@sekha/sdk/contract";
import type { ConversationFilter } from "../../core/conversations/conversation.ts";
import type { MemoryStats } from "../../core/ports/conversation-store.ts";
import type { RouteHandlers } from "../../http/route-binding.ts";
import {
  conversationToWire,
  isoTimeOf,
  listedHitToWire,
  messageToWire,
} from "./conversation-mapping.ts";
import { conversationFilterFromWire } from "./filter-mapping.ts";
import { pageFromWire, pageToWire } from "./paging.ts";
import type { ControllerServices } from "./services.ts";

const DEFAULT_PAGE_SIZE = 50;
/** Clients of v1 read all messages from one answer; this bounds what that costs. */
const INLINE_MESSAGES = 10_000;

type ReadRoutes = Pick<
  ControllerRoutes,
  | "getConversation"
  | "listConversations"
  | "countConversations"
  | "listMessages"
  | "listLabels"
  | "listFolders"
  | "listTags"
  | "stats"
>;

export function readHandlers({ store }: ControllerServices): RouteHandlers<ReadRoutes> {
  return {
    getConversation: async ({ params, query }, { owner }) => {
      const conversation = await store.get(owner, params.id);
      const limit = query.message_limit ?? INLINE_MESSAGES;
      const offset = query.message_offset ?? 0;
      const messages =
        limit === 0 ? [] : (await store.messages(owner, params.id, { limit, offset })).items;
      return {
        ...conversationToWire(conversation),
        messages: messages.map(messageToWire),
        has_more_messages: offset + messages.length < conversation.messageCount,
      };
    },

    listConversations: async ({ query }, { owner }) => {
      const page = pageFromWire(query, DEFAULT_PAGE_SIZE);
      const { items, total } = await store.list(owner, conversationFilterFromWire(query), {
        ...page,
        sort: { by: query.sort ?? "updated_at", direction: query.order ?? "desc" },
      });
      return {
        results: items.map(listedHitToWire),
        conversations: items.map(conversationToWire),
        total,
        ...pageToWire(page),
      };
    },

    countConversations: async ({ query }, { owner }) => {
      // v1 counted by a part of the label (wire.md §1.1).
      const { label, ...others } = query;
      const filter: ConversationFilter = {
        ...conversationFilterFromWire(others),
        ...(label === undefined ? {} : { labelContains: label }),
      };
      const counts = await store.counts(owner, filter);
      return {
        count: counts.count,
        total: counts.total,
        label: label ?? null,
        folder: query.folder ?? null,
        by_status: counts.byStatus,
      };
    },

    listMessages: async ({ params, query }, { owner }) => {
      const page = pageFromWire(query, DEFAULT_PAGE_SIZE);
      const { items, total } = await store.messages(owner, params.id, page);
      return { messages: items.map(messageToWire), total, ...page };
    },

    listLabels: async (_input, { owner }) => {
      const { labels } = await store.stats(owner, {});
      return { labels, total: labels.length };
    },

    listFolders: async (_input, { owner }) => {
      const { folders } = await store.stats(owner, {});
      return { folders, total: folders.length };
    },

    listTags: async (_input, { owner }) => {
      const { tags } = await store.stats(owner, {});
      return { tags, total: tags.length };
    },

    stats: async ({ query }, { owner }) =>
      statsToWire(await store.stats(owner, conversationFilterFromWire(query))),
  };
}

function statsToWire(stats: MemoryStats): Stats {
  const folders = stats.folders.map((folder) => folder.name);
  const labels = stats.labels.map((label) => label.name);
  return {
    success: true,
    total_conversations: stats.conversations.count,
    total_messages: stats.messages,
    total_words: stats.words,
    average_importance: stats.averageImportance,
    by_status: stats.conversations.byStatus,
    oldest_message: timeOrNull(stats.oldestMessageAt),
    newest_message: timeOrNull(stats.newestMessageAt),
    folders,
    labels,
    folder_counts: stats.folders,
    label_counts: stats.labels,
    tag_counts: stats.tags,
    data: {
      total_conversations: stats.conversations.count,
      average_importance: stats.averageImportance,
      folders,
      labels,
      // What v1 clients show beside the rest; pruning will fill it.
      estimated_token_savings: 0,
    },
  };
}

function timeOrNull(milliseconds: number | null): string | null {
  return milliseconds === null ? null : isoTimeOf(milliseconds);
}
