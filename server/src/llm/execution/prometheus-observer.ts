import { Counter, type Metric, type Registry } from "prom-client";
import {
  CountedCounter,
  CountedHistogram,
  type CounterSeries,
  type HistogramSeries,
} from "../../protocols/prometheus/counted-series.ts";
import { recordedTokens } from "../money/estimate.ts";
import type {
  GatewayObserver,
  ObservedAnswer,
  ObservedAttempt,
  OperationName,
} from "./gateway-observer.ts";

/** Buckets that OpenTelemetry advises for GenAI (https://opentelemetry.io/docs/specs/semconv/gen-ai/gen-ai-metrics). */
const DURATION_SECONDS = [
  0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92,
];
const TOKENS = [
  1, 4, 16, 64, 256, 1024, 4096, 16_384, 65_536, 262_144, 1_048_576, 4_194_304, 16_777_216,
  67_108_864,
];
const OVERHEAD_SECONDS = [
  0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1,
];
const NANO_PER_DOLLAR = 1e9;

/** Series of one (provider, model, operation), looked up once. */
interface ModelSeries {
  inputTokens: HistogramSeries;
  outputTokens: HistogramSeries;
  firstToken: HistogramSeries;
  overhead: HistogramSeries;
  durations: Map<string, HistogramSeries>;
  attempts: Map<string, CounterSeries>;
  cost: CounterSeries;
}

/** The gateway's metrics in OpenTelemetry's GenAI names, as Prometheus writes them. */
export class PrometheusObserver implements GatewayObserver {
  readonly #series = new Map<string, ModelSeries>();
  /** Of the last one: an attempt and its answer, and often the next request, are of the same. */
  #last: { target: Labelled; series: ModelSeries } | undefined;
  /** By operation: our own time is not a model's. */
  readonly #overheads = new Map<OperationName, HistogramSeries>();
  readonly #duration;
  readonly #tokens;
  readonly #firstToken;
  readonly #overhead;
  readonly #attempts;
  readonly #cost;
  readonly #refusals;

  constructor(registry: Registry) {
    const model = [
      "gen_ai_operation_name",
      "gen_ai_provider_name",
      "gen_ai_request_model",
      "sekha_provider_id",
    ] as const;
    this.#duration = new CountedHistogram({
      name: "gen_ai_client_operation_duration_seconds",
      help: "Time of a served request until its answer is complete, failed attempts included.",
      labelNames: [...model, "error_type"],
      buckets: DURATION_SECONDS,
    });
    this.#tokens = new CountedHistogram({
      name: "gen_ai_client_token_usage",
      help: "Tokens of a request, as the provider counted them.",
      labelNames: [...model, "gen_ai_token_type"],
      buckets: TOKENS,
    });
    this.#firstToken = new CountedHistogram({
      name: "sekha_bridge_attempt_latency_seconds",
      help: "Time of a successful attempt until its first token or its whole answer.",
      labelNames: model,
      buckets: DURATION_SECONDS,
    });
    this.#overhead = new CountedHistogram({
      name: "sekha_bridge_overhead_seconds",
      help: "Sekha's own time in a request, without what it waited for providers.",
      labelNames: ["gen_ai_operation_name"],
      buckets: OVERHEAD_SECONDS,
    });
    this.#attempts = new CountedCounter({
      name: "sekha_bridge_attempts_total",
      help: "Calls of providers by what came of them; outcome is ok or the failure's category.",
      labelNames: [...model, "outcome"],
    });
    this.#cost = new CountedCounter({
      name: "sekha_bridge_cost_dollars_total",
      help: "US dollars that requests did cost, where that is known.",
      labelNames: model,
    });
    this.#refusals = new Counter({
      name: "sekha_bridge_refused_requests_total",
      help: "Requests that nothing could serve, by task and error code.",
      labelNames: ["gen_ai_operation_name", "task", "code"],
      registers: [registry],
    });
    const counted = [this.#duration, this.#tokens, this.#firstToken, this.#overhead];
    for (const metric of [...counted, this.#attempts, this.#cost]) {
      // The registry asks them for their values only; its type knows no other classes than its own.
      registry.registerMetric(metric as unknown as Metric);
    }
  }

  attempt(attempt: ObservedAttempt): void {
    const series = this.#of(attempt);
    const outcome = attempt.failure?.category ?? "ok";
    let counter = series.attempts.get(outcome);
    if (counter === undefined) {
      counter = this.#attempts.series({ ...modelLabels(attempt), outcome });
      series.attempts.set(outcome, counter);
    }
    counter.inc();
    if (attempt.failure === null) series.firstToken.observe(attempt.tookMs / 1000);
  }

  answered({ operation, served, failure, usage, cost, tookMs, overheadMs }: ObservedAnswer): void {
    const { providerId, providerType, modelId } = served;
    const labelled = { operation, providerId, providerType, modelId };
    const series = this.#of(labelled);
    const error = failure?.category ?? "";
    let duration = series.durations.get(error);
    if (duration === undefined) {
      duration = this.#duration.series({ ...modelLabels(labelled), error_type: error });
      series.durations.set(error, duration);
    }
    duration.observe(tookMs / 1000);
    series.overhead.observe(overheadMs / 1000);
    if (usage !== null) {
      const { promptTokens, completionTokens } = recordedTokens(usage);
      series.inputTokens.observe(promptTokens);
      if (operation === "chat") series.outputTokens.observe(completionTokens);
    }
    if (cost !== null && cost > 0n) series.cost.inc(Number(cost) / NANO_PER_DOLLAR);
  }

  refused({ operation, task, code }: Parameters<GatewayObserver["refused"]>[0]): void {
    this.#refusals.inc({ gen_ai_operation_name: operation, task, code });
  }

  #of(target: Labelled): ModelSeries {
    const last = this.#last;
    if (last !== undefined && isSame(last.target, target)) return last.series;
    const { operation, providerId, providerType, modelId } = target;
    const series = this.#named(target);
    this.#last = { target: { operation, providerId, providerType, modelId }, series };
    return series;
  }

  #named(target: Labelled): ModelSeries {
    const key = `${target.operation} ${target.providerId} ${target.modelId}`;
    const known = this.#series.get(key);
    if (known !== undefined) return known;
    const labels = modelLabels(target);
    const added: ModelSeries = {
      inputTokens: this.#tokens.series({ ...labels, gen_ai_token_type: "input" }),
      outputTokens: this.#tokens.series({ ...labels, gen_ai_token_type: "output" }),
      firstToken: this.#firstToken.series(labels),
      overhead: this.#overheadOf(target.operation),
      durations: new Map(),
      attempts: new Map(),
      cost: this.#cost.series(labels),
    };
    this.#series.set(key, added);
    return added;
  }

  #overheadOf(operation: OperationName): HistogramSeries {
    const known = this.#overheads.get(operation);
    if (known !== undefined) return known;
    const added = this.#overhead.series({ gen_ai_operation_name: operation });
    this.#overheads.set(operation, added);
    return added;
  }
}

interface Labelled {
  operation: OperationName;
  providerId: string;
  providerType: string;
  modelId: string;
}

function isSame(one: Labelled, other: Labelled): boolean {
  return (
    one.modelId === other.modelId &&
    one.providerId === other.providerId &&
    one.operation === other.operation
  );
}

function modelLabels({ operation, providerId, providerType, modelId }: Labelled) {
  return {
    gen_ai_operation_name: operation,
    gen_ai_provider_name: providerType,
    gen_ai_request_model: modelId,
    sekha_provider_id: providerId,
  };
}
