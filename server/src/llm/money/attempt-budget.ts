import { isSekhaError, type SekhaError } from "../../core/errors.ts";
import type { Reservation } from "../execution/attempt-holdings.ts";
import type { Budget, Granted } from "../execution/execution.ts";
import type { Prices } from "../registry/entries.ts";
import type { BudgetLedger, Reservation as LedgerReservation } from "./budget-ledger.ts";
import { costOf } from "./estimate.ts";

/** The ledger as the attempt engine wants it: candidates in, what they used out, refusals as values. */
export function attemptBudget(ledger: Pick<BudgetLedger, "reserve">): Budget {
  return {
    reserve: async ({ candidate, owner, keyId }) => {
      const { provider, model, task, estimate } = candidate;
      const request = { owner, provider: provider.id, model: model.modelId, task };
      try {
        const reserved = await ledger.reserve({ ...request, key: keyId, estimate });
        return { reservation: reservation(reserved, { estimate, prices: model.prices }) };
      } catch (error) {
        // A free candidate may still serve: it needs no lease.
        if (isSekhaError(error)) return refusal(error);
        throw error;
      }
    },
  };
}

function refusal({ message, retryAfterSeconds }: SekhaError): Granted {
  const wait = retryAfterSeconds === undefined ? undefined : retryAfterSeconds * 1000;
  return { refused: message, retryAfterMs: wait };
}

function reservation(
  reserved: LedgerReservation,
  { estimate, prices }: { estimate: bigint | null; prices: Prices },
): Reservation {
  return {
    estimate,
    settle: (usage) => {
      const { cost } = costOf(prices, usage);
      reserved.settle({ cost, usage });
      return cost;
    },
    release: () => reserved.release(),
  };
}
