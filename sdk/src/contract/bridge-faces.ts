import { z } from "zod";

/**
 * Bodies of OpenAI's, Anthropic's and Ollama's own routes, as far as Sekha looks at them. Described for OpenAPI; the
 * handlers check them by hand, since a full parse would cost more than all the rest of a call.
 */
const scalars = {
  model: z.string().nullish(),
  stream: z.boolean().nullish(),
};

const sampling = {
  temperature: z.number().min(0).max(2).nullish(),
  top_p: z.number().nullish(),
  max_tokens: z.int().min(1).nullish(),
};

const message = z.looseObject({
  role: z.enum(["system", "developer", "user", "assistant", "tool", "function"]),
  content: z.union([z.string(), z.array(z.looseObject({ type: z.string() }))]).nullish(),
});

export const chatBody = z
  .looseObject({
    ...scalars,
    messages: z
      .array(message)
      .min(1)
      .meta({ example: [{ role: "user", content: "Hello" }] }),
    ...sampling,
    max_completion_tokens: z.int().min(1).nullish(),
    stream_options: z.looseObject({ include_usage: z.boolean().optional() }).nullish(),
    tools: z.array(z.looseObject({ type: z.string() })).nullish(),
    response_format: z.looseObject({ type: z.string() }).nullish(),
  })
  .meta({ id: "ChatRequest", description: "OpenAI's; fields not named here pass through." });

export const chatOutput = z
  .looseObject({
    id: z.string(),
    object: z.literal("chat.completion"),
    created: z.number(),
    model: z.string().meta({ description: "The model that served." }),
    choices: z.array(
      z.looseObject({
        index: z.number(),
        message: z.looseObject({ role: z.string(), content: z.string().nullish() }),
        finish_reason: z.string().nullable(),
      }),
    ),
    usage: z.looseObject({ prompt_tokens: z.number(), completion_tokens: z.number() }).nullish(),
    sekha_metadata: z
      .looseObject({ routing: z.looseObject({ provider_id: z.string(), model_id: z.string() }) })
      .meta({ description: "Who served, every attempt, and the cost." }),
  })
  .meta({ id: "ChatCompletion" });

export const responsesBody = z
  .looseObject({
    ...scalars,
    input: z
      .union([z.string(), z.array(z.looseObject({ type: z.string().optional() })).min(1)])
      .meta({ example: "Hello" }),
    instructions: z.string().nullish(),
    max_output_tokens: z.int().min(1).nullish(),
    temperature: sampling.temperature,
    top_p: sampling.top_p,
    tools: z.array(z.looseObject({ type: z.string() })).nullish(),
    text: z.looseObject({ format: z.looseObject({ type: z.string() }).nullish() }).nullish(),
    reasoning: z.looseObject({ effort: z.string().nullish() }).nullish(),
    store: z
      .boolean()
      .nullish()
      .meta({ description: "Accepted; the answer says false, since no response is stored." }),
  })
  .meta({
    id: "ResponsesRequest",
    description:
      "OpenAI's Responses API. `previous_response_id`, `conversation`, `prompt`, `background`, `top_logprobs` and tools that OpenAI runs itself are refused with 400.",
  });

export const responsesOutput = z
  .looseObject({
    id: z.string(),
    object: z.literal("response"),
    created_at: z.number(),
    status: z.enum(["completed", "incomplete"]),
    model: z.string().meta({ description: "The model that served." }),
    output: z.array(z.looseObject({ type: z.enum(["message", "function_call", "reasoning"]) })),
    usage: z.looseObject({ input_tokens: z.number(), output_tokens: z.number() }).nullable(),
    sekha_metadata: chatOutput.shape.sekha_metadata,
  })
  .meta({ id: "Response" });

export const embeddingsBody = z
  .looseObject({
    model: z.string().nullish(),
    input: z
      .union([z.string(), z.array(z.string()), z.array(z.int()), z.array(z.array(z.int()))])
      .meta({ example: "text" }),
    encoding_format: z.enum(["float", "base64"]).nullish(),
    dimensions: z.int().min(1).nullish(),
  })
  .meta({ id: "EmbeddingsRequest" });

export const embeddingsOutput = z
  .looseObject({
    object: z.literal("list"),
    model: z.string(),
    data: z.array(
      z.object({
        object: z.literal("embedding"),
        index: z.number(),
        embedding: z.union([z.array(z.number()), z.string()]),
      }),
    ),
    usage: z.looseObject({ prompt_tokens: z.number(), total_tokens: z.number() }),
  })
  .meta({ id: "Embeddings" });

export const modelParameter = z.object({ id: z.string().min(1).max(500) });
export const modelListOutput = z.looseObject({ data: z.array(z.looseObject({ id: z.string() })) });
export const modelOutput = z.looseObject({ id: z.string() });

const anthropicMessages = {
  messages: z
    .array(
      z.looseObject({
        role: z.enum(["user", "assistant"]),
        content: z.union([z.string(), z.array(z.looseObject({ type: z.string() }))]),
      }),
    )
    .min(1)
    .meta({ example: [{ role: "user", content: "Hello" }] }),
  system: z.union([z.string(), z.array(z.looseObject({ type: z.string() }))]).nullish(),
  tools: z.array(z.looseObject({ name: z.string() })).nullish(),
};

export const anthropicBody = z
  .looseObject({ ...scalars, ...anthropicMessages, max_tokens: z.int().min(1) })
  .meta({ id: "AnthropicMessagesRequest", description: "Anthropic's Messages API." });

export const anthropicCountBody = z
  .looseObject({ model: z.string().nullish(), ...anthropicMessages })
  .meta({ id: "AnthropicCountTokensRequest" });

export const anthropicOutput = z.looseObject({
  id: z.string(),
  type: z.literal("message"),
  content: z.array(z.looseObject({ type: z.string() })),
});
export const anthropicCountOutput = z.object({ input_tokens: z.number() });

const ollamaCommon = {
  ...scalars,
  options: z.looseObject({}).nullish(),
  keep_alive: z.union([z.string(), z.number()]).nullish(),
};

export const ollamaChatBody = z
  .looseObject({
    ...ollamaCommon,
    messages: z.array(z.looseObject({ role: z.string() })).nullish(),
    format: z.union([z.string(), z.looseObject({})]).nullish(),
    tools: z.array(z.looseObject({})).nullish(),
  })
  .meta({ id: "OllamaChatRequest", description: "Ollama's; streams unless `stream` is false." });

export const ollamaGenerateBody = z
  .looseObject({
    ...ollamaCommon,
    prompt: z.string().nullish(),
    system: z.string().nullish(),
    images: z.array(z.string()).nullish(),
    format: z.union([z.string(), z.looseObject({})]).nullish(),
  })
  .meta({ id: "OllamaGenerateRequest" });

export const ollamaEmbedBody = z
  .looseObject({
    model: z.string().nullish(),
    input: z.union([z.string(), z.array(z.string())]),
    dimensions: z.int().min(1).nullish(),
  })
  .meta({ id: "OllamaEmbedRequest" });

export const ollamaEmbeddingsBody = z
  .looseObject({ model: z.string().nullish(), prompt: z.string() })
  .meta({ id: "OllamaEmbeddingsRequest" });

export const ollamaShowBody = z
  .looseObject({ model: z.string().nullish(), name: z.string().nullish() })
  .meta({ id: "OllamaShowRequest" });

export const ollamaOutput = z.looseObject({});
