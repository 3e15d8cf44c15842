import { asRecord, asRecords, asText } from "../loose-json.ts";
import type { ChatRequest } from "../openai/chat.ts";
import { cacheControl } from "./provider-blocks.ts";
import type { AnthropicRequest, AnthropicTool, AnthropicToolChoice } from "./wire.ts";

/** Tools and how they may be used; nothing where there are no tools. */
export function toolFields(request: ChatRequest): Pick<AnthropicRequest, "tools" | "tool_choice"> {
  const tools = asRecords(request.tools).flatMap((tool): AnthropicTool[] => {
    const { name, description, parameters } = asRecord(tool.function) ?? {};
    if (asText(name) === undefined) return [];
    return [
      {
        name: String(name),
        ...(asText(description) === undefined ? {} : { description: String(description) }),
        input_schema: asRecord(parameters) ?? { type: "object", properties: {} },
        ...cacheControl(tool),
      },
    ];
  });
  if (tools.length === 0) return {};
  const choice = toolChoice(request);
  return choice === undefined ? { tools } : { tools, tool_choice: choice };
}

function toolChoice(request: ChatRequest): AnthropicToolChoice | undefined {
  const choice = request.tool_choice ?? "auto";
  if (choice === "none") return { type: "none" };
  const single = request.parallel_tool_calls === false ? { disable_parallel_tool_use: true } : {};
  if (choice === "required") return { type: "any", ...single };
  const name = asText(asRecord(asRecord(choice)?.function)?.name);
  if (name !== undefined) return { type: "tool", name, ...single };
  // `auto` is what Anthropic does anyway.
  return request.parallel_tool_calls === false ? { type: "auto", ...single } : undefined;
}
