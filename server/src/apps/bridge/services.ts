import type { BridgeHealth } from "@sekha/sdk/contract";
import type { Gateway } from "../../llm/gateway.ts";
import type { CostQuery, CostReport } from "../../llm/money/cost-report.ts";
import type { TextTasks } from "../../llm/tasks/text-tasks.ts";

/** What was spent. */
export interface Costs {
  /** Null: of everyone. */
  report(owner: string | null, query: CostQuery): Promise<CostReport>;
}

/** Summaries, entities, importance, labels and facts. */
export type Texts = Pick<TextTasks, "summarize" | "extract" | "score" | "labels" | "facts">;

/** All that the bridge's routes stand on. */
export interface BridgeServices {
  gateway: Gateway;
  tasks: Texts;
  costs: Costs;
  /** Of everything beside the providers, such as the store of costs. */
  health(): Promise<BridgeHealth["checks"]>;
  /** Milliseconds since the epoch; with fractions, durations get finer. */
  clock: () => number;
  /** A new UUID, in lower case. */
  newId: () => string;
}
