import type { ErrorCode } from "@sekha/sdk/contract";
import { SekhaError } from "../core/errors.ts";
import type { ChatRequest, ChatResponse, Usage } from "../protocols/openai/chat.ts";
import type { FailureCategory } from "./failure.ts";
import type { EmbeddingAnswer, ProbeResult, StreamEvents } from "./provider.ts";
import type { ModelEntry, ProviderEntry } from "./registry/entries.ts";
import type { BreakerView } from "./routing/permits.ts";
import type { RoutePlan, RouteRequest } from "./routing/route.ts";

/** One try of one candidate. */
export interface Attempt {
  providerId: string;
  modelId: string;
  /** null: it served. */
  failure: { category: FailureCategory; status: number | undefined; message: string } | null;
  /** Milliseconds from its start to its failure, its first token or its whole answer. */
  tookMs: number;
}

/** Who answered, and how it came to that. Every answer carries it. */
export interface ServedBy {
  providerId: string;
  providerType: ProviderEntry["type"];
  modelId: string;
  task: string;
  /** What the request's task was, when another one stood in. */
  requestedTask: string;
  reason: string;
  detail?: string;
  attempts: readonly Attempt[];
  /** Upper bound that was reserved, nano-US-dollars. */
  estimate: bigint | null;
}

/** Known when the answer is complete. */
export interface Settled {
  usage: Usage | null;
  /** Nano-US-dollars; null: not known. */
  cost: bigint | null;
}

/** How one call is to be made. */
export interface CallOptions {
  /** Who is calling, for budgets. */
  owner: string;
  keyId: string | undefined;
  /** Aborts when the caller is gone; the provider is left within milliseconds. */
  signal: AbortSignal;
  /** Task of a call that names none; a chat request's model decides otherwise. */
  task: string | undefined;
  /** US dollars. */
  maxCost: number | undefined;
  /** Unset: as configured (`routing.commit`). Whole answers are always complete. */
  commit?: "first_token" | "complete";
  /** No other provider may serve: for a test of this one. */
  onlyProvider?: string;
  /** Whether images of file:// may be read: only for a caller on this machine. */
  localCaller: boolean;
  /** Nobody waits for the answer: a whole chat then goes after those that somebody waits for. */
  background?: boolean;
}

export interface ChatOutcome extends Settled {
  body: ChatResponse;
  /** The provider's bytes, when it speaks OpenAI's format. */
  raw: string | undefined;
  served: ServedBy;
  /** Milliseconds of Sekha's own work. */
  overheadMs: number;
}

export interface StreamOutcome {
  served: ServedBy;
  /**
   * Ends only when the answer is complete, and throws GatewayError otherwise. Begins with what came up to the first real
   * token, as it came: all of that was there before this outcome was.
   */
  events: StreamEvents;
  /** Resolves when the events ended, however. Never rejects. */
  settled: Promise<Settled>;
  overheadMs: number;
}

export interface EmbeddingOutcome extends Settled, EmbeddingAnswer {
  usage: Usage;
  served: ServedBy;
  overheadMs: number;
}

export interface ModelHealth {
  modelId: string;
  tasks: readonly string[];
  breaker: BreakerView;
}

export interface ProviderHealth {
  provider: ProviderEntry;
  /** Worst of its models' breakers; `misconfigured` after a refused key or account. */
  status: "healthy" | "degraded" | "unhealthy" | "misconfigured" | "unknown";
  models: readonly ModelHealth[];
  /** Time of the last failure, milliseconds since the epoch. */
  lastFailureAt: number | null;
  lastError: string | null;
  /** Of the last probe; null before the first. */
  probe: (ProbeResult & { at: number }) | null;
}

/** Any model of any provider. What the bridge's faces, the controller and the proxy stand on. */
export interface Gateway {
  /** Explains; the three below execute the very same plan. */
  plan(request: RouteRequest): RoutePlan;
  chat(request: ChatRequest, options: CallOptions): Promise<ChatOutcome>;
  stream(request: ChatRequest, options: CallOptions): Promise<StreamOutcome>;
  embed(
    request: {
      texts: readonly string[];
      model: string | undefined;
      dimensions: number | undefined;
      /** Set for a memory's vectors: only this model and dimension will do. */
      identity?: { modelId: string; dimension: number };
      /** A search's question goes before all background work, where the provider is this process. */
      purpose?: "query" | "document";
    },
    options: CallOptions,
  ): Promise<EmbeddingOutcome>;
  providers(): readonly ProviderEntry[];
  models(): readonly ModelEntry[];
  defaultModel(task: string): string | undefined;
  health(): readonly ProviderHealth[];
  /** Asks a provider for free; its passive health is told. */
  probe(providerId: string): Promise<ProbeResult>;
  /** Closes its breakers and forgets that it was misconfigured. False: there is no such provider. */
  reset(providerId: string): boolean;
  close(): Promise<void>;
}

/** Nothing could serve the call. The message names what was tried, why each failed, and what to do. */
export class GatewayError extends SekhaError {
  readonly attempts: readonly Attempt[];
  readonly plan: RoutePlan | null;

  constructor(
    code: ErrorCode,
    message: string,
    details: {
      attempts?: readonly Attempt[];
      plan?: RoutePlan;
      retryAfterSeconds?: number;
      cause?: unknown;
    } = {},
  ) {
    const { attempts = [], plan = null, ...rest } = details;
    super(code, message, rest);
    this.name = "GatewayError";
    this.attempts = attempts;
    this.plan = plan;
  }
}
