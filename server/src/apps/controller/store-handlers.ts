import type { ControllerRoutes } from "@sekha/sdk/contract";
import type { Conversation } from "../../core/conversations/conversation.ts";
import type { AppendOutcome } from "../../core/ports/conversation-store.ts";
import { jsonResponse } from "../../http/json-response.ts";
import type { RouteCall, RouteHandlers } from "../../http/route-binding.ts";
import {
  conversationToWire,
  draftFromWire,
  messageFromWire,
  messageToWire,
} from "./conversation-mapping.ts";
import { idempotencyClaimOf } from "./idempotency.ts";
import type { ControllerServices } from "./services.ts";

/** How long `?wait=true` waits for vectors before it answers with what there is. */
const WAIT_MILLISECONDS = 30_000;

type StoreRoutes = Pick<
  ControllerRoutes,
  "createConversation" | "createConversations" | "appendMessages"
>;

export function storeHandlers(services: ControllerServices): RouteHandlers<StoreRoutes> {
  const { conversations } = services;
  return {
    createConversation: async ({ body, query }, call) => {
      const claim = idempotencyClaimOf(call.request, body);
      const outcome = await conversations.create(call.owner, draftFromWire(body), claim);
      const conversation = query.wait
        ? await settled(services, call, outcome.conversation.id)
        : outcome.conversation;
      const answer = conversationToWire(conversation);
      if (!outcome.replayed) return answer;
      return jsonResponse(answer, { status: 201, headers: { "Idempotent-Replayed": "true" } });
    },

    createConversations: async ({ body }, { owner }) => {
      const created = await conversations.createMany(owner, body.conversations.map(draftFromWire));
      return { conversations: created.map(conversationToWire), count: created.length };
    },

    appendMessages: async ({ params, query, body }, call) => {
      const drafts = body.messages.map(messageFromWire);
      const stored = await conversations.append(call.owner, params.id, drafts);
      const outcome = query.wait ? await settledAppend(services, call, stored) : stored;
      return {
        success: true,
        ...conversationToWire(outcome.conversation),
        messages: outcome.messages.map(messageToWire),
      };
    },
  };
}

/** The appended messages again, now with what became of their vectors. */
async function settledAppend(
  services: ControllerServices,
  call: RouteCall,
  stored: AppendOutcome,
): Promise<AppendOutcome> {
  const { id } = stored.conversation;
  const conversation = await settled(services, call, id);
  const first = stored.messages[0];
  if (first === undefined) return { ...stored, conversation };
  const page = { offset: first.position, limit: stored.messages.length };
  const { items } = await services.store.messages(call.owner, id, page);
  return { ...stored, conversation, messages: items };
}

async function settled(
  { embeddings, store }: ControllerServices,
  { owner, signal }: RouteCall,
  id: string,
): Promise<Conversation> {
  await embeddings.settled(owner, id, { timeoutMs: WAIT_MILLISECONDS, signal });
  return store.get(owner, id);
}
