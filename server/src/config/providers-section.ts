import { z } from "zod";
import { httpUrl, oneOrMany, seconds, secret, text } from "./fields.ts";

export const providerTypes = [
  "ollama",
  "openai",
  "anthropic",
  "openrouter",
  "litellm",
  "builtin",
] as const;

/** The tasks that Sekha itself asks for; any other name is a custom task. */
export const knownTasks = [
  "embedding",
  "chat_small",
  "chat_large",
  "chat_smart",
  "vision",
  "audio",
  "image_generation",
] as const;

const taskName = z
  .string()
  .regex(/^[a-z][a-z0-9_-]*$/, "must be a task name: lower-case letters, digits, _ and -");
const price = z.number().min(0);
const providerSpecific = z
  .record(z.string(), z.unknown())
  .default({})
  .describe("Further options, passed to the provider as they are.");

/** Timers that a provider has and a model may change. */
const timers = {
  connect_timeout_secs: seconds().optional().describe("Time to connect."),
  headers_timeout_secs: seconds().optional().describe("Time until the answer begins."),
  first_token_timeout_secs: seconds().optional().describe("Time until a stream's first token."),
  chunk_timeout_secs: seconds().optional().describe("Longest silence inside a stream."),
};

const visionCapabilities = z
  .strictObject({
    max_images: z.int().min(1).default(10).describe("Most images in one request."),
    max_image_size_mb: z
      .number()
      .positive()
      .max(1024, "must be in megabytes, at most 1024")
      .default(20)
      .describe("Largest image in MB."),
    supported_formats: z
      .array(text())
      .default(["jpg", "jpeg", "png", "gif", "webp"])
      .describe("Image formats the model reads."),
  })
  .prefault({})
  .describe("Limits for images.");

export const modelSchema = z.strictObject({
  model_id: text().describe("The provider's name for the model."),
  task: oneOrMany(taskName, "must be a task name or a list of task names").describe(
    `What the model is for, one task or a list: ${knownTasks.join(", ")} or a name of your own.`,
  ),
  context_window: z.int().positive().default(8192).describe("Tokens of prompt and answer."),
  max_output_tokens: z
    .int()
    .positive()
    .optional()
    .describe(
      "Most tokens in an answer; sent where a request names no limit, and what a budget reckons with.",
    ),
  dimension: z
    .int()
    .positive()
    .optional()
    .describe("Length of an embedding; unset: detected on first use."),
  supports_vision: z.boolean().default(false).describe("Takes images."),
  supports_audio: z.boolean().default(false).describe("Takes audio."),
  supports_function_calling: z.boolean().optional().describe("Takes tools."),
  vision_capabilities: visionCapabilities,
  cost_per_1k_tokens: price
    .optional()
    .describe("US dollars for 1,000 tokens where input and output are not priced apart."),
  cost_per_1k_input: price.optional().describe("US dollars for 1,000 tokens of input."),
  cost_per_1k_output: price.optional().describe("US dollars for 1,000 tokens of output."),
  cost_per_1k_cached_input: price.optional().describe("US dollars for 1,000 cached input tokens."),
  free: z.boolean().optional().describe("Costs nothing; unset: as its provider says."),
  custom_tags: z.array(text()).default([]).describe("Words of your own to choose the model by."),
  timeout_secs: seconds().optional().describe("Time for a whole answer of this model."),
  ...timers,
  provider_specific: providerSpecific,
});

export const providerSchema = z.strictObject({
  id: text().describe("Your name for the provider; unique."),
  provider_type: z
    .enum(providerTypes)
    .describe("Which protocol it speaks; litellm is any OpenAI-compatible server."),
  base_url: httpUrl("http://localhost:11434")
    .optional()
    .describe("Where it is; needed for litellm, the others have a usual address."),
  api_key: secret(`Its key, best as \${NAME}.`).optional(),
  api_keys: z
    .array(secret("One of several keys."))
    .default([])
    .describe("Several keys, used in turn."),
  priority: z.int().min(1).max(100).default(1).describe("Lower is tried first."),
  timeout_secs: seconds().default(120).describe("Time for a whole answer."),
  ...timers,
  max_concurrency: z.int().positive().optional().describe("Most requests at the same time."),
  cold_start_timeout_secs: seconds()
    .optional()
    .describe("Further time for a local provider that loads a model."),
  keep_alive: text().optional().describe('How long Ollama keeps a model loaded, such as "5m".'),
  region: text().optional().describe("Where it runs; see routing.prefer_region."),
  free: z.boolean().optional().describe("Costs nothing; unset: true for ollama and builtin."),
  headers: z
    .record(z.string(), secret("Value of a header."))
    .default({})
    .describe("Further request headers."),
  provider_specific: providerSpecific,
  models: z.array(modelSchema).min(1).describe("The models Sekha may use there."),
});

/** Providers, and v1's single Ollama when there are none. */
export const providersKeys = {
  llm_providers: z
    .array(providerSchema)
    .default([])
    .describe("The LLM providers; without any, v1's keys below or the built-in model are used."),
  default_models: z
    .record(taskName, text())
    .default({})
    .describe("The model that is tried first, by task."),
  ollama_url: httpUrl("http://localhost:11434").optional().describe("v1: the Ollama server."),
  embedding_model: text().optional().describe("v1: model for embeddings at ollama_url."),
  summarization_model: text().optional().describe("v1: model for summaries at ollama_url."),
  chat_model: text().optional().describe("v1: model for chat at ollama_url."),
  vision_model: text().optional().describe("v1: model for images at ollama_url."),
};
