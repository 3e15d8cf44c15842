import type { ChatChunk, ChatRequest, ChatResponse, Usage } from "../protocols/openai/chat.ts";
import type { CallSignal } from "./call-signal.ts";
import type { ModelEntry, Timers } from "./registry/entries.ts";

/** Around one attempt. */
export interface ProviderCall {
  model: ModelEntry;
  /** One of the provider's keys; undefined where it has none. */
  apiKey: string | undefined;
  timers: Timers;
  /** The caller went away, the deadline passed, or a timer of the attempt engine ran out. */
  readonly signal: AbortSignal;
  /** The same for whoever needs no more of it; else `signal` itself. */
  readonly ending?: CallSignal;
}

/** A whole answer. */
export interface ProviderAnswer<Body> {
  body: Body;
  /** The provider's own bytes when it speaks OpenAI's format: forwarded as they came. */
  raw: string | undefined;
}

/** One event of a stream: parsed, and as the JSON text to forward. */
export interface StreamEvent {
  chunk: ChatChunk;
  data: string;
}

/**
 * A stream's events. `ready`, where there is one, gives the next event if it is there already: a piece of bytes often holds
 * many, and a promise for each costs more than the event. What goes wrong is told by `next`.
 */
export interface StreamEvents extends AsyncIterable<StreamEvent> {
  [Symbol.asyncIterator](): StreamEventIterator;
}

export interface StreamEventIterator extends AsyncIterator<StreamEvent> {
  ready?(): StreamEvent | undefined;
}

/** Embeddings of one request, in the order of the texts. */
export interface EmbeddingAnswer {
  vectors: Float32Array[];
  /** As the provider names it. */
  model: string;
  usage: Usage;
}

export interface EmbeddingCall {
  texts: readonly string[];
  /** Wanted length, where the model can shorten its vectors. */
  dimensions: number | undefined;
  /** A search's question goes before all background work, where the provider is this process. */
  purpose?: "query" | "document";
}

/** What a free probe found. */
export interface ProbeResult {
  ok: boolean;
  /** Ids of the models that the provider says it has; undefined where it does not say. */
  models: string[] | undefined;
  /** Milliseconds. */
  latencyMs: number;
  error: string | undefined;
}

/**
 * One provider type's client. Requests and answers are OpenAI's JSON; translation is its business. Every failure is a
 * ProviderFailure. Nothing is retried here.
 */
export interface Provider {
  /** The request is final but for `model`, which is the call's. */
  chat(request: ChatRequest, call: ProviderCall): Promise<ProviderAnswer<ChatResponse>>;
  /**
   * Resolves when the answer's headers are good. The events end only where the protocol says that the answer is
   * complete; anything else throws: `interrupted` for a cut, the reported category for an error event, `malformed` for
   * what cannot be read. Usage is always asked for and stands in the last event that has one. Leaving the loop early
   * ends the provider's work at once.
   */
  stream(request: ChatRequest, call: ProviderCall): Promise<StreamEvents>;
  embed(request: EmbeddingCall, call: ProviderCall): Promise<EmbeddingAnswer>;
  /** Never costs anything (`GET /v1/models`, `/api/tags`). Never throws. */
  probe(call: Omit<ProviderCall, "model">): Promise<ProbeResult>;
  close(): Promise<void>;
}
