import { Counter, Gauge, Histogram, type Registry } from "prom-client";
import type { MemoryReport, ProxyMemory } from "./proxy-memory.ts";

const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 1];

/** What memory does for prompts, for /metrics. */
export class ProxyMetrics {
  readonly #recalls: Counter<"outcome">;
  readonly #rebuilt: Counter;
  readonly #tokens: Counter;
  readonly #duration: Histogram;

  constructor(registry: Registry, memory: Pick<ProxyMemory, "waiting" | "setAside">) {
    const registers = [registry];
    this.#recalls = new Counter({
      name: "sekha_proxy_recalls_total",
      help: "Requests with memory, by what became of recall.",
      labelNames: ["outcome"],
      registers,
    });
    this.#rebuilt = new Counter({
      name: "sekha_proxy_prompts_rebuilt_total",
      help: "Prompts whose older memory gave way to the budget, so that the provider's cache missed.",
      registers,
    });
    this.#tokens = new Counter({
      name: "sekha_proxy_context_tokens_total",
      help: "Tokens of memory that prompts were sent with.",
      registers,
    });
    this.#duration = new Histogram({
      name: "sekha_proxy_memory_duration_seconds",
      help: "Time that memory added before a request went on.",
      buckets: SECONDS,
      registers,
    });
    new Gauge({
      name: "sekha_proxy_waiting_turns",
      help: "Turns that wait on disk for the controller.",
      registers,
      collect() {
        this.set(memory.waiting());
      },
    });
    new Gauge({
      name: "sekha_proxy_refused_turns",
      help: "Turns that the controller refused; they are kept on disk.",
      registers,
      collect() {
        this.set(memory.setAside());
      },
    });
  }

  observe({ recall, rebuilt, contextTokens, tookMs }: MemoryReport): void {
    this.#recalls.inc({ outcome: recall });
    if (rebuilt) this.#rebuilt.inc();
    this.#tokens.inc(contextTokens);
    this.#duration.observe(tookMs / 1000);
  }
}
