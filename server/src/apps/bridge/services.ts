import type { BridgeHealth } from "@sekha/sdk/contract";
import type { CallOptions, Gateway, ServedBy } from "../../llm/gateway.ts";
import type { CostQuery, CostReport } from "../../llm/money/cost-report.ts";

/** What was spent. */
export interface Costs {
  report(owner: string, query: CostQuery): Promise<CostReport>;
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
  costs: Costs;
  /** Of everything beside the providers, such as the store of costs. */
  health(): Promise<BridgeHealth["checks"]>;
  /** Milliseconds since the epoch; with fractions, durations get finer. */
  clock: () => number;
  /** A new UUID, in lower case. */
  newId: () => string;
}
