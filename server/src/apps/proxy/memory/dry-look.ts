import type { ProxyStore } from "../../../core/ports/proxy-store.ts";
import type { MemoryRequest } from "../proxy-memory.ts";
import type { DryLook } from "../services.ts";
import { ConversationFinder } from "./conversation-finder.ts";
import type { ProxyMemoryDependencies } from "./create-proxy-memory.ts";
import type { MemoryClient } from "./memory-client.ts";
import { promptMemory } from "./prompt-memory.ts";
import { historyOf } from "./turn-history.ts";

/** What memory would put into a prompt, found as for a real one, but without a trace. */
export async function dryLook(
  dependencies: ProxyMemoryDependencies,
  request: MemoryRequest,
): Promise<DryLook> {
  const { clientOf, clock, newId, settings } = dependencies;
  const askedAt = clock();
  const store = untouched(dependencies.store);
  const finder = new ConversationFinder({ store, clock, newId });
  const { turns } = historyOf(request.turns);
  const path = await finder.find(request.owner, turns, request.conversationId);
  const candidates: DryLook["candidates"] = [];
  const client = explaining(clientOf(request.owner), candidates);
  // Nobody waits for an answer, and a look that comes too late would show nothing.
  const deadline = AbortSignal.timeout(PATIENCE_MS);
  const memory = await promptMemory(
    { store, clock, newId, timeoutMs: settings.timeoutMs },
    { request, path, client, deadline },
  );
  const conversationId = path.isStored ? path.conversationId : null;
  return {
    blocks: memory.blocks,
    report: { ...memory.report, conversationId, tookMs: clock() - askedAt },
    candidates,
  };
}

const PATIENCE_MS = 10_000;

/** The store as it is; what is to be written is forgotten. */
function untouched(store: ProxyStore): ProxyStore {
  const nothing = async () => undefined;
  return {
    ...store,
    add: nothing,
    freeze: async (_owner, { block }) => block,
    dropBlocks: nothing,
  };
}

/** Asks with reasons, and notes them. */
function explaining(client: MemoryClient, candidates: DryLook["candidates"]): MemoryClient {
  const context: Pick<MemoryClient["context"], "assemble"> = {
    assemble: async (body, options) => {
      const answer = await client.context.assemble({ ...body, explain: true }, options);
      candidates.push(...(answer.candidates ?? []));
      return answer;
    },
  };
  return { conversations: client.conversations, context: context as MemoryClient["context"] };
}
