import type { AssembledContextOutput } from "@sekha/sdk";
import type { BlockCitation, FrozenBlock } from "../../../core/ports/proxy-store.ts";
import type { MemoryReport, MemoryRequest } from "../proxy-memory.ts";
import { controllerFailure } from "./controller-failure.ts";
import type { MemoryClient } from "./memory-client.ts";

export const NO_BLOCK: FrozenBlock = { text: "", tokens: 0, citations: [] };

/** What memory knows for the newest turn. */
export interface Recalled {
  outcome: Exclude<MemoryReport["recall"], "off">;
  block: FrozenBlock;
  note: string | null;
}

export interface RecallOptions {
  client: MemoryClient;
  request: MemoryRequest;
  query: string;
  /** Whose own past is asked for too; null: the prompt holds it. */
  conversationId: string | null;
  /** Tokens the block may take. */
  budget: number;
  /** Messages that the prompt holds already. */
  knownMessages: readonly string[];
  /** Aborts when the time is over. */
  deadline: AbortSignal;
  timeoutMs: number;
}

/** More would be refused. */
const MOST_KNOWN = 10_000;

/** Asks the memory, no longer than the deadline allows. Never rejects. */
export async function recall(options: RecallOptions): Promise<Recalled> {
  const { client, request, deadline, timeoutMs } = options;
  const { query, conversationId, budget, knownMessages } = options;
  const body = {
    query,
    context_budget: budget,
    ...(conversationId === null ? {} : { conversation_id: conversationId }),
    preferred_labels: [...request.preferredLabels],
    excluded_folders: [...request.excludedFolders],
    exclude_message_ids: knownMessages.slice(-MOST_KNOWN),
    ...(request.model === null ? {} : { model: request.model }),
  };
  const signal = AbortSignal.any([request.signal, deadline]);
  try {
    return assembled(await client.context.assemble(body, { signal, timeout: 0, retries: 0 }));
  } catch (error) {
    if (!deadline.aborted && !request.signal.aborted) return unavailable(error);
    const note = `Memory was not ready within ${timeoutMs} ms, so the request went on without it.`;
    return { outcome: "late", block: NO_BLOCK, note };
  }
}

function assembled(answer: AssembledContextOutput): Recalled {
  const { assembled_context: text, tokens_used: tokens, degraded: note } = answer;
  if (text === "") return { outcome: "none", block: NO_BLOCK, note };
  const citations = answer.citations.map(
    (one): BlockCitation => ({
      conversationId: one.conversation_id,
      messageId: one.message_id,
      label: one.label,
      folder: one.folder,
      timestamp: one.timestamp,
    }),
  );
  return { outcome: "used", block: { text, tokens, citations }, note };
}

function unavailable(error: unknown): Recalled {
  const note = `Memory cannot be asked, so the request went on without it. ${controllerFailure(error)}`;
  return { outcome: "unavailable", block: NO_BLOCK, note };
}
