import { asNumber, asRecord, asRecords, asText, defined, type JsonRecord } from "../loose-json.ts";
import { Untranslatable } from "../untranslatable.ts";
import type { ChatMessage, ChatRequest, ChatTool, ChatToolChoice, ResponseFormat } from "./chat.ts";
import { inputMessages } from "./responses-input.ts";
import type { ResponsesRequest } from "./responses-wire.ts";

/** Which chat completions have under the same name. */
const SAME_NAME = [
  "prompt_cache_key",
  "prompt_cache_retention",
  "safety_identifier",
  "service_tier",
];

/**
 * A Responses request as a chat request: every provider is asked in chat completions, OpenAI too. `metadata` and `store`
 * are not passed on, since they are about what OpenAI would keep.
 *
 * @throws Untranslatable for tools that only OpenAI could run, and for input that no other provider could be given.
 */
export function fromResponsesRequest(body: ResponsesRequest): ChatRequest {
  const text = asRecord(body.text) ?? {};
  const tools = toolsOf(body.tools);
  return {
    ...Object.fromEntries(
      SAME_NAME.filter((name) => asText(body[name]) !== undefined).map((name) => [
        name,
        body[name],
      ]),
    ),
    ...(defined({
      model: body.model,
      messages: [...instructions(body.instructions), ...inputMessages(body.input)],
      max_completion_tokens: asNumber(body.max_output_tokens),
      stream: typeof body.stream === "boolean" ? body.stream : undefined,
      temperature: asNumber(body.temperature),
      top_p: asNumber(body.top_p),
      tools,
      ...(tools === undefined ? {} : toolUse(body)),
      response_format: responseFormat(text.format),
      verbosity: asText(text.verbosity),
      reasoning_effort: asText(asRecord(body.reasoning)?.effort),
      user: asText(body.user),
    }) as ChatRequest),
  };
}

function instructions(value: unknown): ChatMessage[] {
  const content = asText(value);
  return content === undefined ? [] : [{ role: "system", content }];
}

/** Undefined for none at all: an empty list is an error to some providers. */
function toolsOf(value: unknown): ChatTool[] | undefined {
  const tools = asRecords(value).map(chatTool);
  return tools.length === 0 ? undefined : tools;
}

function chatTool(tool: JsonRecord): ChatTool {
  if (tool.type !== "function") {
    throw new Untranslatable(
      `The tool type "${tool.type}" is run by OpenAI itself and is not supported here: only tools of the type "function" are.`,
    );
  }
  const { description, parameters, strict } = tool;
  return {
    type: "function",
    function: defined({
      name: asText(tool.name) ?? "",
      description: asText(description),
      parameters: asRecord(parameters),
      strict: typeof strict === "boolean" ? strict : undefined,
    }),
  };
}

/** Both are errors to OpenAI where there are no tools. */
function toolUse(body: ResponsesRequest): JsonRecord {
  const { tool_choice, parallel_tool_calls } = body;
  return {
    tool_choice: toolChoice(tool_choice),
    parallel_tool_calls: typeof parallel_tool_calls === "boolean" ? parallel_tool_calls : undefined,
  };
}

function toolChoice(value: unknown): ChatToolChoice | undefined {
  if (value === undefined || value === null) return undefined;
  if (value === "none" || value === "auto" || value === "required") return value;
  const choice = asRecord(value);
  const name = asText(choice?.name);
  if (choice?.type === "function" && name !== undefined) {
    return { type: "function", function: { name } };
  }
  throw new Untranslatable(
    `The tool_choice ${JSON.stringify(choice?.type ?? value)} is not supported here: none, auto, required and {"type": "function", "name": …} are.`,
  );
}

function responseFormat(value: unknown): ResponseFormat | undefined {
  const format = asRecord(value);
  if (format === undefined || format.type === "text") return undefined;
  if (format.type === "json_object") return { type: "json_object" };
  if (format.type !== "json_schema") {
    throw new Untranslatable(
      `The text.format ${JSON.stringify(format.type)} is not supported here: text, json_object and json_schema are.`,
    );
  }
  const { strict } = format;
  return {
    type: "json_schema",
    json_schema: defined({
      name: asText(format.name) ?? "answer",
      description: asText(format.description),
      schema: asRecord(format.schema),
      strict: typeof strict === "boolean" ? strict : undefined,
    }),
  };
}
