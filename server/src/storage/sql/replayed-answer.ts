import type { Conversation } from "../../core/conversations/conversation.ts";
import { SekhaError } from "../../core/errors.ts";
import type { CreateOutcome, IdempotencyClaim } from "../../core/ports/conversation-store.ts";

/**
 * The first answer under an idempotency key.
 * @throws SekhaError when the key came with another body, or what it stored was deleted.
 */
export function replayedAnswer(
  row: { body_hash: string; response: string },
  claim: IdempotencyClaim,
): CreateOutcome {
  if (row.body_hash !== claim.bodyHash) {
    throw new SekhaError(
      "idempotency_mismatch",
      "This Idempotency-Key was used with another body. Use a new key for a new request.",
    );
  }
  if (row.response === "") {
    throw new SekhaError(
      "conflict",
      "The conversation stored under this Idempotency-Key was deleted.",
    );
  }
  return { conversation: JSON.parse(row.response) as Conversation, replayed: true };
}
