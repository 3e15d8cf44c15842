import { asNumber, asRecord, asRecords, asText, defined, type JsonRecord } from "../loose-json.ts";
import type { ChatRequest, ChatTool, ResponseFormat } from "../openai/chat.ts";

/** Ollama's options that the internal request knows; the others are about loading a model, which is the configuration's. */
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

/** What Ollama's chat and generate requests have in common, without the messages. */
export function commonFields(body: JsonRecord): Omit<ChatRequest, "messages"> {
  const options = asRecord(body.options) ?? {};
  const same = SAME_NAME.map((name) => [name, asNumber(options[name])]);
  const limit = asNumber(options.num_predict);
  return defined({
    model: asText(body.model),
    // Ollama streams unless told not to.
    stream: body.stream !== false,
    ...Object.fromEntries(same),
    // Negative numbers mean without a limit.
    max_tokens: limit !== undefined && limit > 0 ? limit : undefined,
    stop: stopOf(options.stop),
    tools: toolsOf(body.tools),
    response_format: formatOf(body.format),
    reasoning_effort: effortOf(body.think),
    logprobs: body.logprobs === true ? true : undefined,
    top_logprobs: asNumber(body.top_logprobs),
  });
}

function stopOf(stop: unknown): string[] | undefined {
  const texts = [stop].flat().filter((text) => asText(text) !== undefined);
  return texts.length === 0 ? undefined : (texts as string[]);
}

function toolsOf(tools: unknown): ChatTool[] | undefined {
  const offered = asRecords(tools).filter((tool) => asRecord(tool.function) !== undefined);
  return offered.length === 0 ? undefined : (offered as unknown as ChatTool[]);
}

function formatOf(format: unknown): ResponseFormat | undefined {
  if (format === "json") return { type: "json_object" };
  const schema = asRecord(format);
  if (schema === undefined) return undefined;
  return { type: "json_schema", json_schema: { name: "answer", schema } };
}

function effortOf(think: unknown): string | undefined {
  if (think === true) return "medium";
  return think === false ? "none" : asText(think);
}
