import { asNumber, asRecord, asRecords, asText, defined, type JsonRecord } from "../loose-json.ts";
import type { ChatRequest } from "../openai/chat.ts";
import { refuseLegacyFunctions } from "../openai/legacy-functions.ts";
import { Untranslatable } from "../untranslatable.ts";
import { ollamaMessages } from "./provider-messages.ts";
import type { OllamaChatRequest, OllamaFormat, OllamaThink, OllamaTool } from "./wire.ts";

export interface OllamaCallOptions {
  model: string;
  /** Tokens that the model is loaded for; Ollama's own default would cut silently. */
  contextWindow: number;
  keepAlive: string | undefined;
  /** Ollama's own options from the configuration, such as num_gpu; the request's values win. */
  extra: Record<string, unknown>;
}

/** Those of OpenAI's and of other servers' fields that Ollama knows under the same name. */
const SAME_NAME = [
  "temperature",
  "top_p",
  "top_k",
  "min_p",
  "seed",
  "presence_penalty",
  "frequency_penalty",
  "repeat_penalty",
];

/**
 * A chat request as Ollama's. Ollama cannot be made to call a tool: of a `tool_choice` only `none` and the choice of one
 * function are followed, by offering no tool or that one alone.
 *
 * @throws Untranslatable for several choices, legacy functions and for content that Ollama's API cannot take.
 */
export function toOllamaChat(request: ChatRequest, options: OllamaCallOptions): OllamaChatRequest {
  if ((request.n ?? 1) > 1) throw new Untranslatable("Ollama's API gives one choice; n must be 1.");
  refuseLegacyFunctions(request, "Ollama's API");
  return defined({
    model: options.model,
    messages: ollamaMessages(request.messages),
    stream: request.stream === true,
    tools: toolsOf(request),
    format: formatOf(request),
    think: thinkOf(request.reasoning_effort),
    keep_alive: keepAliveOf(options.keepAlive),
    options: modelOptions(request, options),
    logprobs: request.logprobs === true ? true : undefined,
    top_logprobs: request.logprobs === true ? asNumber(request.top_logprobs) : undefined,
  });
}

/** Ollama reads a bare number as seconds only when it is one in JSON; `-1` keeps the model for good. */
export function keepAliveOf(keepAlive: string | undefined): string | number | undefined {
  return keepAlive !== undefined && /^-?\d+$/.test(keepAlive) ? Number(keepAlive) : keepAlive;
}

function modelOptions(request: ChatRequest, options: OllamaCallOptions): JsonRecord {
  const limit = request.max_completion_tokens ?? request.max_tokens;
  const stop = [request.stop ?? []].flat();
  const same = SAME_NAME.map((name) => [name, asNumber(request[name])]);
  return {
    ...options.extra,
    ...defined(Object.fromEntries(same) as JsonRecord),
    ...(limit === null || limit === undefined ? {} : { num_predict: limit }),
    ...(stop.length === 0 ? {} : { stop }),
    num_ctx: options.contextWindow,
  };
}

function toolsOf(request: ChatRequest): OllamaTool[] | undefined {
  const choice = request.tool_choice;
  if (choice === "none") return undefined;
  const only = asText(asRecord(asRecord(choice)?.function)?.name);
  const tools = asRecords(request.tools)
    .map((tool) => asRecord(tool.function) ?? {})
    .filter(({ name }) => asText(name) !== undefined && (only === undefined || name === only))
    .map(ollamaTool);
  return tools.length === 0 ? undefined : tools;
}

function ollamaTool({ name, description, parameters }: JsonRecord): OllamaTool {
  const text = asText(description);
  return {
    type: "function",
    function: {
      name: String(name),
      ...(text === undefined ? {} : { description: text }),
      parameters: asRecord(parameters) ?? { type: "object", properties: {} },
    },
  };
}

function formatOf(request: ChatRequest): OllamaFormat | undefined {
  const format = request.response_format;
  if (format?.type === "json_object") return "json";
  if (format?.type !== "json_schema") return undefined;
  return asRecord(format.json_schema?.schema) ?? "json";
}

/** Models without levels take any of them for yes. */
function thinkOf(effort: string | null | undefined): OllamaThink | undefined {
  switch (effort) {
    case undefined:
    case null:
      return undefined;
    case "none":
      return false;
    case "minimal":
      return "low";
    case "xhigh":
      return "high";
    default:
      return effort;
  }
}
