import { asNumber, asRecord, asRecords, asText, defined } from "../loose-json.ts";
import type { ChatMessage, ChatRequest } from "../openai/chat.ts";
import { refuseLegacyFunctions } from "../openai/legacy-functions.ts";
import { Untranslatable } from "../untranslatable.ts";
import { closedSchema } from "./closed-schema.ts";
import { toolFields } from "./provider-tools.ts";
import { conversationTurns, systemPrompt } from "./provider-turns.ts";
import type { AnthropicOutputConfig, AnthropicRequest } from "./wire.ts";

const JSON_ONLY = "Answer with one JSON object and nothing else: no explanation, no code fence.";

/**
 * A chat request as Anthropic's. `maxTokens` stands where the request names no limit, since Anthropic demands one.
 * `reasoning_effort` is left out: what a model takes in its place depends on the model. Whoever wants Anthropic's thinking
 * says so in Anthropic's own `thinking`, which passes through like `output_config.effort`, `top_k` and `cache_control`.
 *
 * @throws Untranslatable for several choices, legacy functions and for content that Anthropic's API cannot take.
 */
export function toAnthropicRequest(
  request: ChatRequest,
  options: { model: string; maxTokens: number },
): AnthropicRequest {
  if ((request.n ?? 1) > 1) {
    throw new Untranslatable("Anthropic's API gives one choice; n must be 1.");
  }
  refuseLegacyFunctions(request, "Anthropic's API");
  const thinking = thinkingOf(request);
  const system = systemOf(request);
  const turns = conversationTurns(request.messages);
  // Anthropic refuses a prompt without a turn; one that is a system message alone says what is to be done.
  const isSystemAlone = turns.length === 0 && system !== undefined;
  return defined({
    model: options.model,
    max_tokens: request.max_completion_tokens ?? request.max_tokens ?? options.maxTokens,
    system: isSystemAlone ? undefined : system,
    messages: isSystemAlone ? [{ role: "user", content: system }] : turns,
    stream: request.stream === true ? true : undefined,
    stop_sequences: stopSequences(request.stop),
    ...toolFields(request),
    ...samplingOf(request, thinking !== undefined),
    thinking,
    output_config: outputConfig(request),
    metadata: asText(request.user) === undefined ? undefined : { user_id: request.user },
  }) as AnthropicRequest;
}

function systemOf(request: ChatRequest): AnthropicRequest["system"] {
  const system = systemPrompt(request.messages);
  if (request.response_format?.type !== "json_object") return system;
  if (Array.isArray(system)) return [...system, { type: "text", text: JSON_ONLY }];
  return system === undefined ? JSON_ONLY : `${system}\n\n${JSON_ONLY}`;
}

/** Anthropic refuses sequences of white space alone. */
function stopSequences(stop: ChatRequest["stop"]): string[] | undefined {
  const sequences = [stop ?? []].flat().filter((text) => text.trim() !== "");
  return sequences.length === 0 ? undefined : sequences;
}

/** With thinking on, Anthropic takes no temperature and no top_k. */
function samplingOf(
  request: ChatRequest,
  isThinking: boolean,
): Pick<AnthropicRequest, "temperature" | "top_p" | "top_k"> {
  if (isThinking) return {};
  const temperature = asNumber(request.temperature);
  return defined({
    // OpenAI's goes up to 2.
    temperature: temperature === undefined ? undefined : Math.min(1, Math.max(0, temperature)),
    // Newer models refuse both at once.
    top_p: temperature === undefined ? asNumber(request.top_p) : undefined,
    top_k: asNumber(request.top_k),
  });
}

/**
 * Thinking as the caller asked for it in Anthropic's words. Anthropic refuses it when the last call of tools was made
 * without: then another model made it, or the client has not kept the thinking.
 */
function thinkingOf(request: ChatRequest): AnthropicRequest["thinking"] {
  const thinking = asRecord(request.thinking);
  if (thinking === undefined || thinking.type === "disabled") return undefined;
  const last = request.messages.findLast((message) => message.role === "assistant");
  const isOpen = last !== undefined && asRecords(last.tool_calls).length > 0;
  if (isOpen && !hasThinking(last)) return undefined;
  return { ...thinking, type: asText(thinking.type) ?? "enabled" };
}

function hasThinking(message: ChatMessage): boolean {
  return asRecords(message.thinking_blocks).some(
    (block) => asText(block.signature) !== undefined || block.type === "redacted_thinking",
  );
}

function outputConfig(request: ChatRequest): AnthropicOutputConfig | undefined {
  const config = { ...asRecord(request.output_config) } as AnthropicOutputConfig;
  const format = request.response_format;
  const schema = format?.type === "json_schema" ? asRecord(format.json_schema?.schema) : undefined;
  if (schema !== undefined) config.format = { type: "json_schema", schema: closedSchema(schema) };
  return Object.keys(config).length === 0 ? undefined : config;
}
