import { type Metric, Registry } from "prom-client";
import {
  CountedCounter,
  CountedHistogram,
  type CounterSeries,
  type HistogramSeries,
} from "../protocols/prometheus/counted-series.ts";
import { collectProcessMetrics } from "./process-metrics.ts";

const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

interface FinishedRequest {
  method: string;
  /** The pattern, not the path: one series a route. */
  route: string;
  status: number;
  seconds: number;
}

/** Of one method, route and status, looked up once. */
interface Series {
  requests: CounterSeries;
  duration: HistogramSeries;
}

/** Request counts and latencies of one service, in a registry of its own unless it is given one. */
export class HttpMetrics {
  readonly registry: Registry;
  readonly #requests: CountedCounter<"method" | "route" | "status">;
  readonly #duration: CountedHistogram<"method" | "route" | "status">;
  readonly #series = new Map<string, Series>();
  /** Of the request before: mostly the next one is of the same. */
  #last: { request: FinishedRequest; series: Series } | undefined;

  constructor(options: { processMetrics: boolean; registry?: Registry }) {
    this.registry = options.registry ?? new Registry();
    if (options.processMetrics) collectProcessMetrics(this.registry);
    const labelNames = ["method", "route", "status"] as const;
    this.#requests = new CountedCounter({
      name: "sekha_http_requests_total",
      help: "Requests answered, by route and status.",
      labelNames,
    });
    this.#duration = new CountedHistogram({
      name: "sekha_http_request_duration_seconds",
      help: "Time until the answer begins, in seconds.",
      labelNames,
      buckets: SECONDS,
    });
    // The registry asks them for their values only; its type knows no other classes than its own.
    for (const metric of [this.#requests, this.#duration]) {
      this.registry.registerMetric(metric as unknown as Metric);
    }
  }

  observe(request: FinishedRequest): void {
    const last = this.#last;
    const series =
      last !== undefined && isSameSeries(last.request, request) ? last.series : this.#of(request);
    if (series !== last?.series) this.#last = { request, series };
    series.requests.inc();
    series.duration.observe(request.seconds);
  }

  #of({ method, route, status }: FinishedRequest): Series {
    const key = `${method} ${status} ${route}`;
    const known = this.#series.get(key);
    if (known !== undefined) return known;
    const labels = { method, route, status: String(status) };
    const added = {
      requests: this.#requests.series(labels),
      duration: this.#duration.series(labels),
    };
    this.#series.set(key, added);
    return added;
  }
}

function isSameSeries(one: FinishedRequest, other: FinishedRequest): boolean {
  return one.status === other.status && one.route === other.route && one.method === other.method;
}
