import { asNumber, asRecord, asRecords, asText, defined } from "../loose-json.ts";
import type { ChatRequest, ChatTool, ChatToolChoice, ResponseFormat } from "../openai/chat.ts";
import { Untranslatable } from "../untranslatable.ts";
import { systemMessages, turnMessages } from "./face-turns.ts";
import { cacheControl } from "./provider-blocks.ts";
import type { AnthropicRequest } from "./wire.ts";

/**
 * An Anthropic client's request as a chat request. What only Anthropic knows (`thinking`, `top_k`, `output_config.effort`,
 * `cache_control`, signed thinking) goes along under its own name: a provider of Anthropic's takes it back,
 * `strictRequest` takes it out for OpenAI.
 *
 * @throws Untranslatable for tools of Anthropic's own, and for content that no other provider could be given.
 */
export function fromAnthropicRequest(body: AnthropicRequest): ChatRequest {
  const { effort } = asRecord(body.output_config) ?? {};
  return defined({
    model: body.model,
    messages: [...systemMessages(body.system), ...asRecords(body.messages).flatMap(turnMessages)],
    max_tokens: asNumber(body.max_tokens),
    stream: typeof body.stream === "boolean" ? body.stream : undefined,
    temperature: asNumber(body.temperature),
    top_p: asNumber(body.top_p),
    top_k: asNumber(body.top_k),
    stop: Array.isArray(body.stop_sequences) ? body.stop_sequences : undefined,
    tools: toolsOf(body.tools),
    ...toolChoice(body.tool_choice),
    response_format: responseFormat(body.output_config),
    thinking: asRecord(body.thinking),
    output_config: asText(effort) === undefined ? undefined : { effort },
    user: asText(asRecord(body.metadata)?.user_id),
  }) as ChatRequest;
}

function toolsOf(tools: unknown): ChatTool[] | undefined {
  if (!Array.isArray(tools)) return undefined;
  return asRecords(tools).map((tool) => {
    const type = asText(tool.type) ?? "custom";
    if (type !== "custom") {
      throw new Untranslatable(
        `The tool type "${type}" is Anthropic's own and is not offered here.`,
      );
    }
    const description = asText(tool.description);
    return {
      type: "function",
      function: {
        name: asText(tool.name) ?? "",
        ...(description === undefined ? {} : { description }),
        parameters: asRecord(tool.input_schema) ?? { type: "object", properties: {} },
      },
      ...cacheControl(tool),
    };
  });
}

function toolChoice(value: unknown): Pick<ChatRequest, "tool_choice" | "parallel_tool_calls"> {
  const choice = asRecord(value);
  if (choice === undefined) return {};
  return {
    tool_choice: chosen(asText(choice.type), asText(choice.name)),
    ...(choice.disable_parallel_tool_use === true ? { parallel_tool_calls: false } : {}),
  };
}

function chosen(type: string | undefined, name: string | undefined): ChatToolChoice {
  if (type === "tool" && name !== undefined) return { type: "function", function: { name } };
  if (type === "any") return "required";
  return type === "none" ? "none" : "auto";
}

function responseFormat(config: unknown): ResponseFormat | undefined {
  const format = asRecord(asRecord(config)?.format);
  const schema = asRecord(format?.schema);
  if (format?.type !== "json_schema" || schema === undefined) return undefined;
  // OpenAI wants a name; any does.
  return { type: "json_schema", json_schema: { name: "answer", schema, strict: true } };
}
