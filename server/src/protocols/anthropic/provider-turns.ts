import { asRecord, asRecords, asText, parseLoose } from "../loose-json.ts";
import type { ChatMessage, ToolCall } from "../openai/chat.ts";
import { messageText } from "../openai/message-text.ts";
import { Untranslatable } from "../untranslatable.ts";
import { cacheControl, inputBlocks } from "./provider-blocks.ts";
import type {
  AnthropicBlock,
  AnthropicText,
  AnthropicToolResult,
  AnthropicToolUse,
  AnthropicTurn,
} from "./wire.ts";

/** System and developer messages in one; a plain text unless a part is marked for the cache. */
export function systemPrompt(
  messages: readonly ChatMessage[],
): string | AnthropicText[] | undefined {
  const blocks = messages
    .filter(isSystem)
    .flatMap((message) =>
      inputBlocks(message.content).filter((block): block is AnthropicText => block.type === "text"),
    );
  if (blocks.length === 0) return undefined;
  if (blocks.some((block) => block.cache_control !== undefined)) return blocks;
  return blocks.map((block) => block.text).join("\n\n");
}

/**
 * All other messages as turns. Anthropic has two roles that take turns: neighbours of one role become one turn, and the
 * results of tools are the user's.
 *
 * @throws Untranslatable for content that Anthropic's API cannot take.
 */
export function conversationTurns(messages: readonly ChatMessage[]): AnthropicTurn[] {
  const turns: { role: AnthropicTurn["role"]; content: AnthropicBlock[] }[] = [];
  for (const message of messages) {
    if (isSystem(message)) continue;
    const role = message.role === "assistant" ? "assistant" : "user";
    const content = messageBlocks(message);
    const last = turns.at(-1);
    if (last?.role === role) last.content.push(...content);
    else if (content.length > 0) turns.push({ role, content });
  }
  const last = turns.at(-1);
  if (last?.role === "assistant") trimEnd(last.content);
  return turns.map(({ role, content }) => ({ role, content: plainContent(content) }));
}

function isSystem(message: ChatMessage): boolean {
  return message.role === "system" || message.role === "developer";
}

function messageBlocks(message: ChatMessage): AnthropicBlock[] {
  switch (message.role) {
    case "assistant":
      return [
        ...thinkingBlocks(message.thinking_blocks),
        ...inputBlocks(message.content ?? message.refusal),
        ...asRecords(message.tool_calls).map((call) => toolUse(call as unknown as ToolCall)),
      ];
    case "tool":
      return [toolResult(message)];
    default:
      return inputBlocks(message.content);
  }
}

/** Anthropic's own thinking comes back to it with its signature; anyone else's it would refuse. */
function thinkingBlocks(blocks: unknown): AnthropicBlock[] {
  return asRecords(blocks).flatMap((block): AnthropicBlock[] => {
    const { type, thinking, signature, data } = block;
    if (type === "redacted_thinking" && typeof data === "string") return [{ type, data }];
    if (type !== "thinking" || asText(signature) === undefined) return [];
    return [{ type, thinking: asText(thinking) ?? "", signature: String(signature) }];
  });
}

function toolUse(call: ToolCall): AnthropicToolUse {
  const { name, arguments: text } = asRecord(call.function) ?? {};
  return {
    type: "tool_use",
    id: toolId(call.id),
    name: asText(name) ?? "",
    input: toolInput(text),
    ...cacheControl(call),
  };
}

function toolInput(text: unknown): Record<string, unknown> {
  if (asRecord(text) !== undefined) return text as Record<string, unknown>;
  const input = asText(text)?.trim() ?? "";
  if (input === "") return {};
  const parsed = asRecord(parseLoose(input));
  if (parsed === undefined) {
    throw new Untranslatable(
      "The arguments of a tool call in the conversation are no JSON object.",
    );
  }
  return parsed;
}

function toolResult(message: ChatMessage): AnthropicToolResult {
  const blocks = inputBlocks(message.content);
  const isPlain = blocks.every((block) => block.type === "text" && !block.cache_control);
  return {
    type: "tool_result",
    tool_use_id: toolId(message.tool_call_id),
    ...(blocks.length === 0 ? {} : { content: isPlain ? messageText(blocks) : blocks }),
    ...(message.is_error === true ? { is_error: true } : {}),
    ...cacheControl(message),
  };
}

/** Anthropic takes letters, digits, `_` and `-` only; Kimi's ids, for one, have dots and colons. */
function toolId(id: unknown): string {
  return (asText(id) ?? "missing").replaceAll(/[^a-zA-Z0-9_-]/g, "_");
}

/** A last turn of the assistant's is to be continued, and must not end in white space. */
function trimEnd(content: AnthropicBlock[]): void {
  const block = content.at(-1);
  if (block?.type !== "text") return;
  const text = block.text.trimEnd();
  content.pop();
  if (text !== "") content.push({ ...block, text });
}

function plainContent(content: AnthropicBlock[]): string | AnthropicBlock[] {
  const [only, ...others] = content;
  const isPlain = only?.type === "text" && others.length === 0 && !only.cache_control;
  return isPlain ? only.text : content;
}
