import type { ControllerRoutes } from "@sekha/sdk/contract";
import type { Fact, FactFilter } from "../../core/ports/fact-store.ts";
import type { RouteHandlers } from "../../http/route-binding.ts";
import { isoTimeOf } from "./conversation-mapping.ts";
import { pageFromWire, pageToWire } from "./paging.ts";
import type { ControllerServices } from "./services.ts";

const DEFAULT_LIMIT = 50;

export function factHandlers({
  facts,
}: Pick<ControllerServices, "facts">): RouteHandlers<Pick<ControllerRoutes, "listFacts">> {
  return {
    listFacts: async ({ query }, { owner }) => {
      const page = pageFromWire(query, DEFAULT_LIMIT);
      const { items, total } = await facts.list(owner, filterFromWire(query), page);
      return { facts: items.map(factToWire), total, ...pageToWire(page) };
    },
  };
}

function filterFromWire(query: {
  subject?: string | undefined;
  conversation_id?: string | undefined;
}): FactFilter {
  const { subject, conversation_id } = query;
  return {
    ...(subject === undefined ? {} : { subject }),
    ...(conversation_id === undefined ? {} : { conversationId: conversation_id }),
  };
}

function factToWire({ messageId, conversationId, saidAt, ...said }: Fact) {
  const { subject, attribute, value, model } = said;
  return {
    ...{ subject, attribute, value, model },
    message_id: messageId,
    conversation_id: conversationId,
    said_at: isoTimeOf(saidAt),
  };
}
