import { Gauge, Histogram, type Registry } from "prom-client";
import type { MemoryFigures } from "./services.ts";

const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];

/** What the memory holds and how fast it is found, for /metrics. */
export class ControllerMetrics {
  readonly #registry: Registry;
  readonly #search: Histogram<"mode">;
  readonly #conversations: Gauge;
  readonly #messages: Gauge;
  readonly #vectors: Gauge;
  readonly #queue: Gauge<"state">;
  readonly #figures: () => Promise<MemoryFigures>;

  constructor(registry: Registry, figures: () => Promise<MemoryFigures>) {
    const registers = [registry];
    this.#registry = registry;
    this.#figures = figures;
    this.#search = new Histogram({
      name: "sekha_search_duration_seconds",
      help: "Time of a search, by what was searched in the end.",
      labelNames: ["mode"],
      buckets: SECONDS,
      registers,
    });
    this.#conversations = new Gauge({
      name: "sekha_conversations_total",
      help: "Conversations stored.",
      registers,
    });
    this.#messages = new Gauge({
      name: "sekha_messages_total",
      help: "Messages stored.",
      registers,
    });
    this.#vectors = new Gauge({ name: "sekha_vectors_total", help: "Vectors stored.", registers });
    this.#queue = new Gauge({
      name: "sekha_embedding_queue_depth",
      help: "Messages without their vectors, by state.",
      labelNames: ["state"],
      registers,
    });
  }

  observeSearch(mode: string, seconds: number): void {
    this.#search.observe({ mode }, seconds);
  }

  async text(): Promise<{ body: string; contentType: string }> {
    await this.#refresh();
    return { body: await this.#registry.metrics(), contentType: this.#registry.contentType };
  }

  async json(): Promise<object> {
    await this.#refresh();
    return { metrics: await this.#registry.getMetricsAsJSON() };
  }

  async #refresh(): Promise<void> {
    const { conversations, messages, vectors, queue } = await this.#figures();
    this.#conversations.set(conversations);
    this.#messages.set(messages);
    this.#vectors.set(vectors);
    for (const [state, depth] of Object.entries(queue)) this.#queue.set({ state }, depth);
  }
}
