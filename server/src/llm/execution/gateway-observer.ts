import type { ErrorCode } from "@sekha/sdk/contract";
import type { ProviderFailure } from "../failure.ts";
import type { ServedBy, Settled } from "../gateway.ts";
import type { ProviderType } from "../registry/entries.ts";

/** As OpenTelemetry's gen_ai.operation.name has it. */
export type OperationName = "chat" | "embeddings";

export interface ObservedAttempt {
  operation: OperationName;
  providerId: string;
  providerType: ProviderType;
  modelId: string;
  /** null: it served, or has begun to. */
  failure: ProviderFailure | null;
  /** Milliseconds until the failure, the first token or the whole answer. */
  tookMs: number;
}

export interface ObservedAnswer extends Settled {
  operation: OperationName;
  served: ServedBy;
  /** What ended a stream after its first token; null: the answer is complete. */
  failure: ProviderFailure | null;
  /** Milliseconds from the call to the end of the answer. */
  tookMs: number;
  overheadMs: number;
}

/** Is told what the gateway does, for metrics. Never sees a prompt. Must not throw. */
export interface GatewayObserver {
  attempt(attempt: ObservedAttempt): void;
  answered(answer: ObservedAnswer): void;
  /** Nothing could serve a request. */
  refused(refusal: { operation: OperationName; task: string; code: ErrorCode }): void;
}
