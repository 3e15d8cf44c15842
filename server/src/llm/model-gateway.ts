import { errorMessage } from "../core/errors.ts";
import type { Log } from "../core/log.ts";
import type { ChatRequest } from "../protocols/openai/chat.ts";
import { AttemptEngine } from "./execution/attempt-engine.ts";
import { BackgroundTurn } from "./execution/background-turn.ts";
import { routeForChat } from "./execution/chat-route.ts";
import { ChatWork, type PrepareRequest, type WholeChat } from "./execution/chat-work.ts";
import type { StreamEnd } from "./execution/committed-stream.ts";
import { routeForEmbedding } from "./execution/embedding-route.ts";
import { EmbeddingWork } from "./execution/embedding-work.ts";
import type { Budget, Execution, Work } from "./execution/execution.ts";
import type { GatewayObserver } from "./execution/gateway-observer.ts";
import { GatewaySnapshot } from "./execution/gateway-snapshot.ts";
import { PassiveHealth } from "./execution/passive-health.ts";
import { StreamWork } from "./execution/stream-work.ts";
import type { SetTimer } from "./execution/timer.ts";
import { ProviderFailure } from "./failure.ts";
import {
  type CallOptions,
  type ChatOutcome,
  type EmbeddingOutcome,
  type Gateway,
  GatewayError,
  type ProviderHealth,
  type ServedBy,
  type Settled,
  type StreamOutcome,
} from "./gateway.ts";
import { estimateRequest } from "./money/route-estimate.ts";
import type { ProbeResult, Provider } from "./provider.ts";
import { buildRegistry, type PriceOf } from "./registry/build-registry.ts";
import type { ModelEntry, ProviderEntry } from "./registry/entries.ts";
import type { ProviderSettings } from "./registry/provider-settings.ts";
import { Breakers } from "./routing/breakers.ts";
import type { RuleInputs } from "./routing/candidate-rules.ts";
import { Load } from "./routing/load.ts";
import type { RoutePlan, RouteRequest } from "./routing/route.ts";
import { Router } from "./routing/router.ts";
import type { CircuitBreakerSettings, RoutingSettings } from "./routing/routing-settings.ts";

/** What the gateway reads of the configuration. */
export interface GatewaySettings extends ProviderSettings {
  readonly routing: RoutingSettings & {
    readonly commit: "first_token" | "complete";
    readonly circuitBreaker: CircuitBreakerSettings;
  };
}

export interface ModelGatewayDependencies {
  settings: GatewaySettings;
  createProvider: (entry: ProviderEntry) => Provider;
  prices: PriceOf;
  budget: Budget;
  budgetRefusal: RuleInputs["budgetRefusal"];
  /** Images as the candidate takes them; throws GatewayError for those that it cannot (vision/images.ts). */
  prepareImages: (
    request: ChatRequest,
    call: { model: ModelEntry; provider: ProviderEntry; localCaller: boolean; signal: AbortSignal },
  ) => Promise<ChatRequest>;
  observer: GatewayObserver;
  /** Milliseconds, monotonic. */
  clock: () => number;
  /** Milliseconds since the epoch. */
  now: () => number;
  setTimer: SetTimer;
  log: Log;
}

/** A gateway whose configuration can be changed while it works. */
export interface ReloadableGateway extends Gateway {
  /** Takes a checked configuration. Calls under way keep theirs; what is known of breakers, keys and load stays. */
  reload(settings: GatewaySettings): void;
}

export function createModelGateway(dependencies: ModelGatewayDependencies): ReloadableGateway {
  return new ModelGateway(dependencies);
}

type EmbeddingRequest = Parameters<Gateway["embed"]>[0];

/** A free question should be answered soon. */
const PROBE_MS = 10_000;

class ModelGateway implements ReloadableGateway {
  readonly #dependencies: ModelGatewayDependencies;
  readonly #breakers: Breakers;
  readonly #load: Load;
  readonly #health: PassiveHealth;
  readonly #engine: AttemptEngine;
  readonly #background: BackgroundTurn;
  readonly #retiring = new Set<Promise<void>>();
  #snapshot: GatewaySnapshot;

  constructor(dependencies: ModelGatewayDependencies) {
    const { settings, clock, now, observer } = dependencies;
    this.#dependencies = dependencies;
    this.#breakers = new Breakers({ settings: settings.routing.circuitBreaker, clock });
    this.#load = new Load({ clock });
    this.#background = new BackgroundTurn(dependencies);
    this.#health = new PassiveHealth({ breakers: this.#breakers, now });
    this.#engine = new AttemptEngine({
      ...dependencies,
      breakers: this.#breakers,
      load: this.#load,
      observer: {
        attempt: (attempt) => {
          this.#health.note(attempt.providerId, attempt.failure);
          observer.attempt(attempt);
        },
        answered: (answer) => observer.answered(answer),
        refused: (refusal) => observer.refused(refusal),
      },
    });
    this.#snapshot = this.#snapshotOf(settings);
  }

  plan(request: RouteRequest): RoutePlan {
    return this.#snapshot.router.plan(request);
  }

  chat(request: ChatRequest, options: CallOptions): Promise<ChatOutcome> {
    const call: WholeCall<WholeChat> = {
      work: new ChatWork({ request, prepare: this.#prepare(options) }),
      route: ({ registry }) => routeForChat(request, { registry, options }),
    };
    if (options.background) return this.#inBackground(options, call);
    return this.#whole("chat", options, { ...call, end: this.#background.begin() });
  }

  async #inBackground(options: CallOptions, call: WholeCall<WholeChat>): Promise<ChatOutcome> {
    const end = await this.#background.enter(options.signal);
    return await this.#whole("chat", options, { ...call, end });
  }

  async embed(request: EmbeddingRequest, options: CallOptions): Promise<EmbeddingOutcome> {
    const { texts, dimensions, identity, purpose } = request;
    const work = new EmbeddingWork({
      request: { texts, dimensions, ...(purpose === undefined ? {} : { purpose }) },
      dimension: identity?.dimension,
    });
    return await this.#whole("embeddings", options, {
      work,
      route: () => routeForEmbedding(request, options),
    });
  }

  async stream(request: ChatRequest, options: CallOptions): Promise<StreamOutcome> {
    const startedAt = this.#dependencies.clock();
    const snapshot = this.#snapshot;
    const retained = snapshot.enter();
    const over = this.#background.begin();
    const leave = () => {
      retained();
      over();
    };
    const report = new StreamReport((end, overheadMs) => {
      if (end.failure !== null) this.#health.note(end.served.providerId, end.failure);
      this.#answered("chat", { ...end, startedAt, overheadMs });
    });
    const onEnd = (end: StreamEnd) => {
      leave();
      report.ended(end);
    };
    try {
      const plan = snapshot.router.plan(
        routeForChat(request, { registry: snapshot.registry, options }),
      );
      const work = new StreamWork({
        request,
        prepare: this.#prepare(options),
        commit: options.commit ?? snapshot.commit,
        onEnd,
      });
      const execution = {
        plan,
        operation: "chat" as const,
        options,
        providers: snapshot.providers,
      };
      const { result, waitedMs } = await this.#engine.run(execution, work);
      const overheadMs = this.#dependencies.clock() - startedAt - waitedMs;
      report.began(overheadMs);
      return { ...result, overheadMs };
    } catch (error) {
      leave();
      throw error;
    }
  }

  providers(): readonly ProviderEntry[] {
    return this.#snapshot.registry.providers;
  }

  models(): readonly ModelEntry[] {
    return this.#snapshot.registry.models;
  }

  defaultModel(task: string): string | undefined {
    return this.#snapshot.registry.defaultModel(task);
  }

  health(): readonly ProviderHealth[] {
    return this.providers().map((provider) => this.#health.of(provider));
  }

  async probe(providerId: string): Promise<ProbeResult> {
    const snapshot = this.#snapshot;
    const entry = snapshot.registry.provider(providerId);
    const provider = snapshot.providers.get(providerId);
    if (entry === undefined || provider === undefined) {
      throw new GatewayError("not_found", `There is no provider '${providerId}'.`);
    }
    const leave = snapshot.enter();
    const over = new AbortController();
    const cancel = this.#dependencies.setTimer(() => over.abort(noProbeAnswer()), PROBE_MS);
    try {
      const result = await provider.probe({
        apiKey: entry.apiKeys[0],
        timers: { ...PROBE_TIMERS, ...entry.models[0]?.timers, coldStartMs: 0 },
        signal: over.signal,
      });
      this.#health.probed(providerId, result);
      return result;
    } finally {
      cancel();
      leave();
    }
  }

  reset(providerId: string): boolean {
    if (this.#snapshot.registry.provider(providerId) === undefined) return false;
    this.#breakers.reset(providerId);
    this.#health.forget(providerId);
    return true;
  }

  reload(settings: GatewaySettings): void {
    const before = this.#snapshot;
    this.#snapshot = this.#snapshotOf(settings);
    this.#retire(before);
  }

  async close(): Promise<void> {
    this.#retire(this.#snapshot);
    await Promise.all(this.#retiring);
  }

  /** Throws before anything has changed when a provider cannot be made. */
  #snapshotOf(settings: GatewaySettings): GatewaySnapshot {
    const { prices, createProvider, budgetRefusal } = this.#dependencies;
    const registry = buildRegistry(settings, prices);
    const { routing } = settings;
    const router = new Router({
      registry,
      breakers: this.#breakers,
      load: this.#load,
      routing,
      estimate: estimateRequest,
      budgetRefusal,
    });
    const { commit } = routing;
    const snapshot = new GatewaySnapshot({ registry, router, commit, createProvider });
    this.#breakers.retain(registry, routing.circuitBreaker);
    this.#load.retain(registry.models);
    this.#health.retain(registry.providers);
    return snapshot;
  }

  #retire(snapshot: GatewaySnapshot): void {
    const retired = snapshot.retire().catch((error: unknown) => {
      this.#dependencies.log.warn(`A provider did not close well: ${errorMessage(error)}`);
    });
    this.#retiring.add(retired);
    void retired.then(() => this.#retiring.delete(retired));
  }

  #prepare({ localCaller }: CallOptions): PrepareRequest {
    return (request, { candidate, images, signal }) => {
      if (images === 0) return request;
      const { model, provider } = candidate;
      const { prepareImages } = this.#dependencies;
      return prepareImages(request, { model, provider, localCaller, signal: signal() });
    };
  }

  async #whole<Result extends Settled & { served: ServedBy }>(
    operation: Execution["operation"],
    options: CallOptions,
    { work, route, end }: WholeCall<Result>,
  ): Promise<Result & { overheadMs: number }> {
    const startedAt = this.#dependencies.clock();
    const snapshot = this.#snapshot;
    const leave = snapshot.enter();
    try {
      const plan = snapshot.router.plan(route(snapshot));
      const execution = { plan, operation, options, providers: snapshot.providers };
      const { result, waitedMs } = await this.#engine.run(execution, work);
      const overheadMs = this.#dependencies.clock() - startedAt - waitedMs;
      const { served } = result;
      const ended = { served, settled: result, failure: null, startedAt };
      this.#answered(operation, { ...ended, overheadMs });
      return { ...result, overheadMs };
    } finally {
      leave();
      end?.();
    }
  }

  #answered(operation: Execution["operation"], end: AnswerEnd): void {
    const { served, settled, failure, startedAt, overheadMs } = end;
    this.#dependencies.observer.answered({
      operation,
      served,
      failure,
      usage: settled.usage,
      cost: settled.cost,
      tookMs: this.#dependencies.clock() - startedAt,
      overheadMs,
    });
  }
}

interface WholeCall<Result> {
  work: Work<Result>;
  route: (snapshot: GatewaySnapshot) => RouteRequest;
  /** Called once when it is over. */
  end?: () => void;
}

interface AnswerEnd extends StreamEnd {
  startedAt: number;
  overheadMs: number;
}

/** A stream's metrics need both its end and its beginning; one that was held back until it was complete ends first. */
class StreamReport {
  readonly #tell: (end: StreamEnd, overheadMs: number) => void;
  #end: StreamEnd | undefined;
  #overheadMs: number | undefined;

  constructor(tell: (end: StreamEnd, overheadMs: number) => void) {
    this.#tell = tell;
  }

  began(overheadMs: number): void {
    this.#overheadMs = overheadMs;
    this.#tellWhenBoth();
  }

  ended(end: StreamEnd): void {
    this.#end = end;
    this.#tellWhenBoth();
  }

  #tellWhenBoth(): void {
    if (this.#end !== undefined && this.#overheadMs !== undefined) {
      this.#tell(this.#end, this.#overheadMs);
    }
  }
}

const PROBE_TIMERS = {
  connectMs: PROBE_MS,
  headersMs: PROBE_MS,
  firstTokenMs: PROBE_MS,
  chunkMs: PROBE_MS,
  totalMs: PROBE_MS,
};

function noProbeAnswer(): ProviderFailure {
  return new ProviderFailure("timeout", `No answer within ${PROBE_MS / 1000} s.`);
}
