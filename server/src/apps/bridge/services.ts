import type { BridgeHealth } from "@sekha/sdk/contract";
import type { CostGrouping, CostSum } from "../../core/ports/cost-store.ts";
import type { CallOptions, Gateway, ServedBy } from "../../llm/gateway.ts";

/** What was spent. */
export interface CostReport {
  /** Days are `2026-11-25`, in UTC, both inclusive. */
  report(
    owner: string,
    options: { by: CostGrouping; since?: string; until?: string },
  ): Promise<readonly CostSum[]>;
}

/** Who did a text task; absent where no model was asked. */
interface TaskAnswer {
  model: string;
  tokensUsed: number;
  served?: ServedBy;
  cost?: bigint | null;
}

/** Summaries, entities and importance. */
export interface TextTasks {
  summarize(
    request: {
      messages: readonly string[];
      level: string;
      model: string | undefined;
      maxWords: number | undefined;
    },
    options: CallOptions,
  ): Promise<TaskAnswer & { summary: string }>;
  extract(
    request: { text: string; model: string | undefined },
    options: CallOptions,
  ): Promise<
    TaskAnswer & {
      entities: {
        people: string[];
        organizations: string[];
        technical_terms: string[];
        concepts: string[];
      };
      items: { text: string; type: string; confidence: number }[];
    }
  >;
  score(
    request: { text: string; model: string | undefined },
    options: CallOptions,
  ): Promise<TaskAnswer & { score: number; reasoning: string }>;
}

/** All that the bridge's routes stand on. */
export interface BridgeServices {
  gateway: Gateway;
  tasks: TextTasks;
  costs: CostReport;
  /** Of everything beside the providers, such as the store of costs. */
  health(): Promise<BridgeHealth["checks"]>;
  /** Milliseconds since the epoch; with fractions, durations get finer. */
  clock: () => number;
  /** A new UUID, in lower case. */
  newId: () => string;
}
