import { splitDataUrl } from "../data-url.ts";
import {
  asRecord,
  asRecords,
  asString,
  asText,
  type JsonRecord,
  parseLoose,
} from "../loose-json.ts";
import type { ChatMessage } from "../openai/chat.ts";
import { messageText } from "../openai/message-text.ts";
import { Untranslatable } from "../untranslatable.ts";
import type { OllamaMessage, OllamaToolCall } from "./wire.ts";

/** Between the text parts of one message. */
const PART_BREAK = "\n";

/**
 * Messages as Ollama's: one text each, pictures as bare base64 beside it, tool results by the name of their tool.
 *
 * @throws Untranslatable for pictures that are not data: URLs, and for sound and files.
 */
export function ollamaMessages(messages: readonly ChatMessage[]): OllamaMessage[] {
  const toolNames = new Map<string, string>();
  return messages.map((message) => {
    const calls = asRecords(message.tool_calls).map(toolCall);
    for (const call of calls) toolNames.set(call.id ?? "", call.function.name);
    return ollamaMessage(message, { calls, toolNames });
  });
}

function ollamaMessage(
  message: ChatMessage,
  tools: { calls: OllamaToolCall[]; toolNames: Map<string, string> },
): OllamaMessage {
  const images = imagesOf(message.content);
  const thinking = asText(message.reasoning_content);
  return {
    role: roleOf(message.role),
    content: messageText(message.content, PART_BREAK) || (asString(message.refusal) ?? ""),
    ...(thinking === undefined || message.role !== "assistant" ? {} : { thinking }),
    ...(images.length === 0 ? {} : { images }),
    ...(tools.calls.length === 0 ? {} : { tool_calls: tools.calls }),
    ...toolResultFields(message, tools.toolNames),
  };
}

function roleOf(role: string): string {
  if (role === "developer") return "system";
  return role === "function" ? "tool" : role;
}

function toolResultFields(
  message: ChatMessage,
  names: Map<string, string>,
): Partial<OllamaMessage> {
  if (message.role !== "tool" && message.role !== "function") return {};
  const id = asText(message.tool_call_id);
  const name = asText(message.name) ?? names.get(id ?? "");
  return {
    ...(name === undefined ? {} : { tool_name: name }),
    ...(id === undefined ? {} : { tool_call_id: id }),
  };
}

function imagesOf(content: unknown): string[] {
  return asRecords(content).flatMap((part) => {
    if (part.type === "text" || part.type === "refusal") return [];
    if (part.type !== "image_url") {
      throw new Untranslatable(`Ollama's API takes no content of the type "${part.type}".`);
    }
    const url = asString(asRecord(part.image_url)?.url) ?? asString(part.image_url) ?? "";
    const inline = splitDataUrl(url);
    if (inline === undefined) {
      throw new Untranslatable("Ollama's API takes images as base64 data: URLs only.");
    }
    return [inline.base64];
  });
}

function toolCall(call: JsonRecord): OllamaToolCall {
  const { name, arguments: text } = asRecord(call.function) ?? {};
  const id = asText(call.id);
  return {
    ...(id === undefined ? {} : { id }),
    function: { name: asText(name) ?? "", arguments: argumentsOf(text) },
  };
}

function argumentsOf(text: unknown): JsonRecord {
  const parsed = asRecord(text) ?? asRecord(parseLoose(asText(text) ?? "{}"));
  if (parsed === undefined) {
    throw new Untranslatable(
      "The arguments of a tool call in the conversation are no JSON object.",
    );
  }
  return parsed;
}
