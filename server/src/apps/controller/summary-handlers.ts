import type { ControllerRoutes } from "@sekha/sdk/contract";
import { SekhaError } from "../../core/errors.ts";
import {
  SUMMARY_LEVELS,
  type Summary,
  type SummaryFilter,
  type SummaryLevel,
} from "../../core/ports/summary-store.ts";
import type { RouteCall, RouteHandlers } from "../../http/route-binding.ts";
import { isoTimeOf } from "./conversation-mapping.ts";
import { pageFromWire, pageToWire } from "./paging.ts";
import type { ControllerServices } from "./services.ts";

type SummaryRoutes = Pick<
  ControllerRoutes,
  "summarizeConversation" | "summarizeConversationById" | "listSummaries"
>;

const DEFAULT_LIMIT = 50;

export function summaryHandlers({
  summaries,
  storedSummaries,
}: Pick<ControllerServices, "summaries" | "storedSummaries">): RouteHandlers<SummaryRoutes> {
  const summarize = async (
    { id, level }: { id: string; level: string | null | undefined },
    { owner, signal }: RouteCall,
  ) => {
    const call = { owner, signal, background: false };
    const made = await summaries.summary(id, levelFromWire(level ?? "daily"), call);
    return { conversation_id: id, ...summaryToWire(made) };
  };
  return {
    summarizeConversation: ({ body }, call) =>
      summarize({ id: body.conversation_id, level: body.level }, call),
    summarizeConversationById: ({ params, query }, call) =>
      summarize({ id: params.id, level: query.level }, call),
    listSummaries: async ({ query }, { owner }) => {
      const page = pageFromWire(query, DEFAULT_LIMIT);
      const { items, total } = await storedSummaries.list(owner, filterFromWire(query), page);
      const listed = items.map((one) => ({
        id: one.id,
        conversation_id: one.conversationId,
        ...summaryToWire(one),
      }));
      return { summaries: listed, total, ...pageToWire(page) };
    },
  };
}

/** @throws SekhaError `invalid_request` with version 1's words. */
function levelFromWire(level: string): SummaryLevel {
  const known = SUMMARY_LEVELS.find((one) => one === level);
  if (known !== undefined) return known;
  throw new SekhaError("invalid_request", "Invalid level: must be daily, weekly, or monthly");
}

interface WireFilter {
  level?: string | undefined;
  conversation_id?: string | undefined;
  from?: number | undefined;
  to?: number | undefined;
}

function filterFromWire({ level, conversation_id, from, to }: WireFilter): SummaryFilter {
  return {
    ...(level === undefined ? {} : { level: levelFromWire(level) }),
    ...(conversation_id === undefined ? {} : { conversationId: conversation_id }),
    ...(from === undefined ? {} : { since: from }),
    ...(to === undefined ? {} : { until: to }),
  };
}

function summaryToWire({ level, text, generatedAt, model, method, since, until }: Summary) {
  return {
    level: levelFromWire(level),
    summary: text,
    generated_at: isoTimeOf(generatedAt),
    model,
    method,
    range: { from: isoTimeOf(since), to: isoTimeOf(until) },
  };
}
