import type {
  CallOptions,
  ChatOutcome,
  EmbeddingOutcome,
  Gateway,
  ProviderHealth,
  ServedBy,
  StreamOutcome,
} from "../../../llm/gateway.ts";
import { GatewayError } from "../../../llm/gateway.ts";
import type { StreamEvent } from "../../../llm/provider.ts";
import type { ModelEntry, ProviderEntry, Timers } from "../../../llm/registry/entries.ts";
import { KNOWN_TASKS } from "../../../llm/registry/tasks.ts";
import type { Candidate, RoutePlan, RouteRequest } from "../../../llm/routing/route.ts";
import type { ChatChunk, ChatRequest, ChatResponse } from "../../../protocols/openai/chat.ts";

const NOW = Date.UTC(2026, 10, 25, 12);

const TIMERS: Timers = {
  connectMs: 1,
  headersMs: 1,
  firstTokenMs: 1,
  chunkMs: 1,
  totalMs: 1,
  coldStartMs: 1,
};

const VISION = { maxImages: 10, maxImageBytes: 20 * 1_048_576, formats: ["jpg", "png"] };

export const CHAT_MODEL: ModelEntry = {
  providerId: "openai",
  modelId: "gpt-4o",
  tasks: ["chat_smart", "vision"],
  contextWindow: 128_000,
  maxOutputTokens: 16_384,
  dimension: undefined,
  supportsVision: true,
  supportsAudio: false,
  supportsTools: undefined,
  vision: VISION,
  tags: ["fast"],
  timers: TIMERS,
  prices: {
    input: 5_000_000n,
    output: 15_000_000n,
    cachedInput: null,
    cacheWrite: null,
    source: "config",
  },
  free: false,
  options: {},
};

export const EMBEDDING_MODEL: ModelEntry = {
  ...CHAT_MODEL,
  providerId: "local",
  modelId: "nomic-embed-text:latest",
  tasks: ["embedding", "notes"],
  contextWindow: 8192,
  maxOutputTokens: undefined,
  dimension: 3,
  supportsVision: false,
  tags: [],
  prices: { input: 0n, output: 0n, cachedInput: 0n, cacheWrite: 0n, source: "free" },
  free: true,
};

const PROVIDER: ProviderEntry = {
  id: "openai",
  type: "openai",
  baseUrl: "http://localhost:1/v1",
  apiKeys: ["test-key"],
  priority: 1,
  maxConcurrency: undefined,
  region: undefined,
  headers: {},
  keepAlive: undefined,
  options: {},
  models: [CHAT_MODEL],
};

export const PROVIDERS: readonly ProviderEntry[] = [
  PROVIDER,
  { ...PROVIDER, id: "local", type: "ollama", apiKeys: [], models: [EMBEDDING_MODEL] },
];

export const SERVED: ServedBy = {
  providerId: "openai",
  providerType: "openai",
  modelId: "gpt-4o",
  task: "chat_smart",
  requestedTask: "chat_smart",
  reason: "Preferred model available",
  attempts: [
    {
      providerId: "other",
      modelId: "gpt-4o-mini",
      failure: { category: "timeout", status: undefined, message: "no headers within 30 s" },
      tookMs: 30_000,
    },
    { providerId: "openai", modelId: "gpt-4o", failure: null, tookMs: 12.5 },
  ],
  estimate: 12_500_000n,
};

export const USAGE = { prompt_tokens: 9, completion_tokens: 2, total_tokens: 11 };

export function aChatResponse(content = "Hello."): ChatResponse {
  return {
    id: "chatcmpl-1",
    object: "chat.completion",
    created: 1_764_072_000,
    model: "gpt-4o-2024-08-06",
    choices: [{ index: 0, message: { role: "assistant", content }, finish_reason: "stop" }],
    usage: USAGE,
  };
}

/** One event of a stream as a provider of OpenAI's sends it. */
export function anEvent(fields: Partial<ChatChunk>): StreamEvent {
  const chunk: ChatChunk = {
    id: "chatcmpl-1",
    object: "chat.completion.chunk",
    created: 1_764_072_000,
    model: "gpt-4o-2024-08-06",
    choices: [],
    ...fields,
  };
  return { chunk, data: JSON.stringify(chunk) };
}

export function textEvent(content: string): StreamEvent {
  return anEvent({ choices: [{ index: 0, delta: { content }, finish_reason: null }] });
}

export const STREAM: readonly StreamEvent[] = [
  anEvent({ choices: [{ index: 0, delta: { role: "assistant", content: "Hel" } }] }),
  textEvent("lo."),
  anEvent({ choices: [{ index: 0, delta: {}, finish_reason: "stop" }] }),
  anEvent({ usage: USAGE }),
];

/** What the fake was asked, and what it answers; each test changes what it is about. */
export class FakeGateway implements Gateway {
  readonly chats: { request: ChatRequest; options: CallOptions }[] = [];
  readonly embeds: { request: Parameters<Gateway["embed"]>[0]; options: CallOptions }[] = [];
  readonly plans: RouteRequest[] = [];
  readonly resets: string[] = [];
  /** How many readers left a stream before its end. */
  left = 0;
  failure: Error | undefined;
  response: ChatResponse = aChatResponse();
  raw: string | undefined;
  cost: bigint | null = 52_500n;
  /** What a stream gives; throws in its place what throws. */
  events: () => AsyncIterable<StreamEvent> = () => eventsOf(STREAM);
  served: ServedBy = SERVED;
  refused = false;
  healthOf: (provider: ProviderEntry) => Partial<ProviderHealth> = () => ({});

  plan(request: RouteRequest): RoutePlan {
    this.plans.push(request);
    if (!KNOWN_TASKS.some((task) => task === request.task)) {
      throw new GatewayError(
        "invalid_request",
        `Invalid task '${request.task}'. Valid tasks: ['embedding']`,
      );
    }
    const candidates = this.#candidates(request);
    const accepted = candidates.filter(({ refusal }) => refusal === null);
    return { request, candidates, accepted };
  }

  async chat(request: ChatRequest, options: CallOptions): Promise<ChatOutcome> {
    this.chats.push({ request, options });
    if (this.failure) throw this.failure;
    const { response: body, raw, served, cost } = this;
    return { body, raw, served, cost, usage: body.usage ?? null, overheadMs: 0.25 };
  }

  async stream(request: ChatRequest, options: CallOptions): Promise<StreamOutcome> {
    this.chats.push({ request, options });
    if (this.failure) throw this.failure;
    const settled = Promise.resolve({ usage: USAGE, cost: this.cost });
    return { served: this.served, events: this.#watched(), settled, overheadMs: 0.25 };
  }

  async embed(
    request: Parameters<Gateway["embed"]>[0],
    options: CallOptions,
  ): Promise<EmbeddingOutcome> {
    this.embeds.push({ request, options });
    if (this.failure) throw this.failure;
    return {
      vectors: request.texts.map((_text, index) => Float32Array.of(index + 1, 0.5, -0.25)),
      model: "nomic-embed-text",
      usage: { prompt_tokens: 4, completion_tokens: 0, total_tokens: 4 },
      cost: 0n,
      served: { ...this.served, providerId: "local", modelId: EMBEDDING_MODEL.modelId },
      overheadMs: 0.25,
    };
  }

  providers = () => PROVIDERS;
  models = () => PROVIDERS.flatMap(({ models }) => models);
  defaultModel = () => undefined;

  health(): ProviderHealth[] {
    return PROVIDERS.map((provider) => ({
      provider,
      status: "healthy",
      models: provider.models.map(({ modelId, tasks }) => ({
        modelId,
        tasks,
        breaker: { state: "closed", failures: 0 },
      })),
      lastFailureAt: null,
      lastError: null,
      probe: null,
      ...this.healthOf(provider),
    }));
  }

  async probe() {
    return { ok: true, models: ["gpt-4o"], latencyMs: 3, error: undefined };
  }

  reset(providerId: string): boolean {
    this.resets.push(providerId);
    return PROVIDERS.some(({ id }) => id === providerId);
  }

  async close(): Promise<void> {}

  #candidates({ task }: RouteRequest): Candidate[] {
    return PROVIDERS.flatMap((provider) =>
      provider.models
        .filter(({ tasks }) => tasks.includes(task))
        .map((model) => ({
          provider,
          model,
          task,
          estimate: model.free ? 0n : 12_500_000n,
          refusal: this.refused
            ? { code: "max_cost" as const, reason: "gpt-4o may cost $0.0125." }
            : null,
          reason: "Preferred model available",
        })),
    );
  }

  async *#watched(): AsyncGenerator<StreamEvent, void, undefined> {
    let ended = false;
    try {
      yield* this.events();
      ended = true;
    } finally {
      if (!ended) this.left += 1;
    }
  }
}

export async function* eventsOf(
  events: readonly StreamEvent[],
  failure?: Error,
): AsyncGenerator<StreamEvent, void, undefined> {
  yield* events;
  if (failure) throw failure;
}

export const FAKE_NOW = NOW;
