import { serve } from "@hono/node-server";
import { Hono } from "hono";
import type { Seen } from "./fake-memory.ts";

type Row = Record<string, unknown>;

export function bridgeModel(change: Row = {}): Row {
  return {
    ...{ model_id: "gpt-4o", provider_id: "cloud", provider_type: "openai", task: "chat_smart" },
    ...{ tasks: ["chat_smart"], is_default: true, context_window: 128_000, dimension: null },
    ...{ max_output_tokens: null, supports_vision: true, supports_audio: false, tags: [] },
    ...{ supports_tools: null, vision_capabilities: null, free: false, price_source: "table" },
    ...{ cost_per_1k_input: 0.0025, cost_per_1k_output: 0.01 },
    ...change,
  };
}

export function localEmbedding(change: Row = {}): Row {
  return bridgeModel({
    ...{ model_id: "nomic-embed-text", provider_id: "local", provider_type: "ollama" },
    ...{ task: "embedding", tasks: ["embedding"], dimension: 768, context_window: 8192 },
    ...{ free: true, cost_per_1k_input: 0, cost_per_1k_output: 0, price_source: "free" },
    ...change,
  });
}

export function providerHealth(change: Row = {}): Row {
  const breaker = {
    ...{ state: "closed", failure_count: 0, success_count: 0, last_failure: null },
    ...{ last_state_change: null, time_since_failure: null, retry_after_seconds: null },
  };
  return {
    ...{ provider_id: "cloud", provider_type: "openai", status: "healthy", last_error: null },
    ...{ circuit_breaker_state: "closed", circuit_breaker: breaker, models_count: 1 },
    models: [{ model_id: "gpt-4o", tasks: ["chat_smart"], circuit_breaker_state: "closed" }],
    last_probe: { ok: true, latency_ms: 12.4, at: "2026-02-01T11:59:00.000Z" },
    ...change,
  };
}

/** A provider whose only model is left alone for 42 s. */
export function openProvider(change: Row = {}): Row {
  const closed = providerHealth().circuit_breaker as Row;
  return providerHealth({
    ...{ provider_id: "local", provider_type: "ollama", status: "unhealthy" },
    circuit_breaker_state: "open",
    circuit_breaker: { ...closed, state: "open", failure_count: 3, retry_after_seconds: 42 },
    last_error: "connect: Nothing answers there.",
    last_probe: { ok: false, latency_ms: 3, at: "2026-02-01T11:59:00.000Z" },
    ...change,
  });
}

export function costRow(change: Row = {}): Row {
  return {
    ...{ group: "cloud", cost: 0.0525, exact_cost: "0.0525", cost_nano_usd: "52500000" },
    ...{ requests: 3, unpriced_requests: 0, prompt_tokens: 9000, completion_tokens: 2000 },
    cached_tokens: 0,
    ...change,
  };
}

/** What the LLM bridge answers in these tests, and what it was asked. */
export class FakeBridge {
  readonly seen: Seen[] = [];
  models = [bridgeModel(), localEmbedding()];
  health = [providerHealth()];
  costs: Row = {
    ...{ by: "provider", since: null, until: null, currency: "USD", total_cost: 0.0525 },
    ...{ total_requests: 3, unpriced_requests: 0, unpriced_models: [], complete: true },
    ...{ costs: [costRow()], budgets: [] },
  };
  /** Changes to what a test of a provider answers, by provider. */
  tests: Record<string, Row> = {};
  readonly #app = new Hono();

  constructor() {
    this.#app.use(async (context, next) => {
      const { method, url } = context.req;
      const { pathname: path, searchParams } = new URL(url);
      const query = Object.fromEntries(searchParams);
      const authorization = context.req.header("authorization");
      const body = method === "GET" ? "" : await context.req.raw.clone().text();
      this.seen.push({ method, path, query, authorization, body });
      await next();
    });
    this.#app.get("/api/v1/models", (context) => context.json(this.models));
    this.#app.get("/api/v1/costs", (context) => context.json(this.costs));
    this.#app.get("/api/v1/health/providers", (context) => {
      const providers = Object.fromEntries(this.health.map((one) => [one.provider_id, one]));
      return context.json({ providers, total_providers: this.health.length });
    });
    this.#app.post("/api/v1/test-provider", async (context) => {
      const asked: { provider_id: string; test_task?: string } = await context.req.json();
      return context.json(this.#tested(asked.provider_id, asked.test_task ?? null));
    });
    this.#app.post("/api/v1/providers/:id/reset", (context) => {
      const provider_id = context.req.param("id");
      if (this.health.some((one) => one.provider_id === provider_id)) {
        return context.json({ success: true, provider_id });
      }
      const detail = `There is no provider '${provider_id}'. Configured: cloud.`;
      return context.json({ detail, type: "not_found" }, 404);
    });
  }

  asked(path: string): Seen[] {
    return this.seen.filter((one) => one.path === path);
  }

  /** The bridge behind a real port, until close(). */
  /** As the bridge of the CLI's own process. */
  readonly fetch = async (request: Request): Promise<Response> => this.#app.fetch(request);

  async serve(): Promise<{ url: string; close: () => void }> {
    const { promise, resolve } = Promise.withResolvers<number>();
    const server = serve({ fetch: this.#app.fetch, port: 0, hostname: "127.0.0.1" }, ({ port }) =>
      resolve(port),
    );
    return { url: `http://127.0.0.1:${await promise}`, close: () => void server.close() };
  }

  #tested(provider_id: string, task: string | null): Row {
    const call = { task, success: true, model: "gpt-4o", latency_ms: 812, cost: 0.000031 };
    return {
      ...{ provider_id, success: true, status: "ok", latency_ms: 12.4, error: null },
      models: ["gpt-4o", "nomic-embed-text:latest"],
      test: task === null ? null : { ...call, error: null },
      ...this.tests[provider_id],
    };
  }
}
