import { Counter, collectDefaultMetrics, Histogram, Registry } from "prom-client";

const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

interface FinishedRequest {
  method: string;
  /** The pattern, not the path: one series a route. */
  route: string;
  status: number;
  seconds: number;
}

/** Of one method, route and status, looked up once: labels cost more than what they measure. */
interface Series {
  requests: { inc(): void };
  duration: { observe(seconds: number): void };
}

/** Request counts and latencies of one service, in a registry of its own unless it is given one. */
export class HttpMetrics {
  readonly registry: Registry;
  readonly #requests: Counter<"method" | "route" | "status">;
  readonly #duration: Histogram<"method" | "route" | "status">;
  readonly #series = new Map<string, Series>();

  constructor(options: { processMetrics: boolean; registry?: Registry }) {
    this.registry = options.registry ?? new Registry();
    if (options.processMetrics) collectDefaultMetrics({ register: this.registry });
    const labelNames = ["method", "route", "status"] as const;
    this.#requests = new Counter({
      name: "sekha_http_requests_total",
      help: "Requests answered, by route and status.",
      labelNames,
      registers: [this.registry],
    });
    this.#duration = new Histogram({
      name: "sekha_http_request_duration_seconds",
      help: "Time until the answer begins, in seconds.",
      labelNames,
      buckets: SECONDS,
      registers: [this.registry],
    });
  }

  observe(request: FinishedRequest): void {
    const series = this.#of(request);
    series.requests.inc();
    series.duration.observe(request.seconds);
  }

  #of({ method, route, status }: FinishedRequest): Series {
    const key = `${method} ${status} ${route}`;
    const known = this.#series.get(key);
    if (known !== undefined) return known;
    const labels = { method, route, status: String(status) };
    const added = {
      requests: this.#requests.labels(labels),
      duration: this.#duration.labels(labels),
    };
    this.#series.set(key, added);
    return added;
  }
}
