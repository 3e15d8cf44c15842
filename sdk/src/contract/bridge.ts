import { z } from "zod";

/** A model's id: as configured, `provider/model`, `provider:model`, or a custom tag. */
export const modelName = z
  .string()
  .max(500, "must be at most 500 characters")
  .meta({ description: "Id of a model, `provider/model`, or a custom tag." });

const taskName = z.string().min(1, "must not be empty").max(100, "must be at most 100 characters");
export const usd = z.number().meta({ description: "US dollars." });
const tokens = z.int().min(0);

export const routeBody = z
  .looseObject({
    task: taskName.meta({ example: "chat_smart" }),
    preferred_model: modelName.nullish(),
    require_vision: z.boolean().nullish(),
    max_cost: usd.min(0).nullish(),
    context_size: z
      .int()
      .min(1)
      .nullish()
      .meta({ description: "Tokens of the prompt; 1000 where absent." }),
    dry_run: z
      .boolean()
      .nullish()
      .meta({ description: "Answer with the candidates even when none is accepted." }),
  })
  .meta({ id: "RouteRequest" });

export const routeCandidate = z
  .object({
    provider_id: z.string(),
    model_id: z.string(),
    provider_type: z.string(),
    task: z.string(),
    accepted: z.boolean(),
    reason: z.string(),
    detail: z
      .string()
      .optional()
      .meta({ description: "By what the model was preferred, where it was." }),
    code: z.string().optional().meta({ description: "Why it was refused, for a program." }),
    retry_after_seconds: z.number().optional(),
    estimated_cost: usd.nullable(),
  })
  .meta({ id: "RouteCandidate" });

export const routeOutput = z
  .object({
    provider_id: z.string().nullable(),
    model_id: z.string().nullable(),
    estimated_cost: usd.nullable(),
    reason: z.string(),
    detail: z
      .string()
      .optional()
      .meta({ description: "By what the model was preferred, where it was." }),
    provider_type: z.string().nullable(),
    task: z.string(),
    dry_run: z.boolean(),
    candidates: z.array(routeCandidate),
  })
  .meta({ id: "Route" });

export const estimateBody = z
  .looseObject({
    model: modelName.nullish(),
    task: taskName.nullish(),
    messages: z.array(z.looseObject({ role: z.string().max(50) })).nullish(),
    text: z.string().nullish(),
    prompt_tokens: tokens.nullish(),
    max_tokens: tokens.nullish(),
  })
  .meta({ id: "EstimateRequest" });

export const estimateOutput = z
  .object({
    task: z.string(),
    prompt_tokens: z.number(),
    max_tokens: z.number().nullable(),
    candidates: z.array(routeCandidate),
    estimated_cost: usd.nullable().meta({ description: "Of the candidate tried first." }),
    provider_id: z.string().nullable(),
    model_id: z.string().nullable(),
  })
  .meta({ id: "Estimate" });

export const bridgeModel = z
  .object({
    model_id: z.string(),
    provider_id: z.string(),
    provider_type: z.string(),
    task: z.string(),
    tasks: z.array(z.string()),
    is_default: z.boolean().meta({ description: "Tried first for its task." }),
    context_window: z.number(),
    max_output_tokens: z.number().nullable(),
    dimension: z.number().nullable(),
    supports_vision: z.boolean(),
    supports_audio: z.boolean(),
    supports_tools: z.boolean().nullable(),
    vision_capabilities: z
      .object({
        max_images: z.number(),
        max_image_size_mb: z.number(),
        supported_formats: z.array(z.string()),
      })
      .nullable(),
    tags: z.array(z.string()),
    free: z.boolean(),
    cost_per_1k_input: usd.nullable(),
    cost_per_1k_output: usd.nullable(),
    price_source: z.enum(["config", "table", "free", "unknown"]),
  })
  .meta({ id: "BridgeModel" });

const circuitBreaker = z.object({
  state: z.enum(["closed", "open", "half_open"]),
  failure_count: z.number(),
  success_count: z.number(),
  last_failure: z.string().nullable(),
  last_state_change: z.string().nullable(),
  time_since_failure: z.string().nullable(),
  retry_after_seconds: z.number().nullable(),
});

export const providerHealth = z
  .object({
    provider_id: z.string(),
    provider_type: z.string(),
    status: z.enum(["healthy", "degraded", "unhealthy", "misconfigured", "unknown"]),
    circuit_breaker_state: z.enum(["closed", "open", "half_open"]),
    circuit_breaker: circuitBreaker,
    models_count: z.number(),
    models: z.array(
      z.object({
        model_id: z.string(),
        tasks: z.array(z.string()),
        circuit_breaker_state: z.enum(["closed", "open", "half_open"]),
        failures: z.number(),
      }),
    ),
    last_error: z.string().nullable(),
    last_probe: z.object({ ok: z.boolean(), latency_ms: z.number(), at: z.string() }).nullable(),
  })
  .meta({ id: "ProviderHealth" });

export const providersQuery = z.object({ format: z.enum(["object", "list"]).optional() });

export const providersOutput = z
  .union([
    z.object({
      providers: z.record(z.string(), providerHealth),
      total_providers: z.number(),
      healthy_providers: z.number(),
      total_models: z.number(),
    }),
    z.array(
      z.object({
        id: z.string(),
        status: z.string(),
        circuit_breaker: z.string(),
        failures: z.number(),
      }),
    ),
  ])
  .meta({ id: "ProvidersHealth" });

export const bridgeHealthOutput = z
  .object({
    status: z.enum(["healthy", "degraded"]),
    service: z.string(),
    version: z.string(),
    ollama_status: z.object({
      status: z.enum(["healthy", "degraded", "unhealthy"]),
      providers: z.record(
        z.string(),
        z.object({
          provider_type: z.string(),
          circuit_breaker: circuitBreaker,
          models_count: z.number(),
        }),
      ),
      models_count: z.number(),
      models_available: z.array(z.string()),
      has_embedding: z.boolean(),
      has_chat: z.boolean(),
    }),
    models_loaded: z.array(z.string()),
    timestamp: z.string(),
    checks: z.record(
      z.string(),
      z.object({ status: z.enum(["ok", "degraded", "error"]), error: z.string().optional() }),
    ),
  })
  .meta({ id: "BridgeHealth" });

export const testProviderBody = z
  .looseObject({
    provider_id: z.string().min(1, "must not be empty").max(200),
    test_task: taskName
      .nullish()
      .meta({ description: "Make one small real call of this task; without it nothing is spent." }),
  })
  .meta({ id: "TestProviderRequest" });

export const testProviderOutput = z
  .object({
    provider_id: z.string(),
    success: z.boolean(),
    status: z.enum(["ok", "error"]),
    latency_ms: z.number(),
    models: z.array(z.string()).nullable(),
    error: z.string().nullable(),
    test: z
      .object({
        task: z.string(),
        success: z.boolean(),
        model: z.string().nullable(),
        latency_ms: z.number(),
        cost: usd.nullable(),
        error: z.string().nullable(),
      })
      .nullable(),
  })
  .meta({ id: "TestProvider" });

export const providerParameter = z.object({ id: z.string().min(1).max(200) });
export const resetOutput = z.object({ success: z.literal(true), provider_id: z.string() });

/** The failure of the bridge's own routes; OpenAI's adds `error`. */
export const bridgeErrorOutput = z
  .object({
    detail: z.union([
      z.string(),
      z.array(
        z.object({
          loc: z.array(z.union([z.string(), z.number()])),
          msg: z.string(),
          type: z.string(),
        }),
      ),
    ]),
    type: z.string().optional().meta({ description: "The error code, for a program." }),
    error: z
      .object({
        message: z.string(),
        type: z.string(),
        param: z.string().nullable(),
        code: z.string(),
      })
      .optional()
      .meta({ description: "On the routes of OpenAI." }),
  })
  .meta({ id: "BridgeError" });

export type RouteRequestBody = z.output<typeof routeBody>;
export type RouteCandidateOutput = z.infer<typeof routeCandidate>;
export type BridgeModelOutput = z.infer<typeof bridgeModel>;
export type ProviderHealthOutput = z.infer<typeof providerHealth>;
export type BridgeHealth = z.infer<typeof bridgeHealthOutput>;
export type ProviderTest = z.infer<typeof testProviderOutput>;
