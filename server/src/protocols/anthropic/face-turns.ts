import { base64DataUrl } from "../data-url.ts";
import { asRecord, asRecords, asString, asText, type JsonRecord } from "../loose-json.ts";
import type { ChatMessage, ContentPart, ToolCall } from "../openai/chat.ts";
import { messageText } from "../openai/message-text.ts";
import { Untranslatable } from "../untranslatable.ts";
import { cacheControl } from "./provider-blocks.ts";

/** The system prompt as one message, in parts only where one is marked for the cache. */
export function systemMessages(system: unknown): ChatMessage[] {
  const parts = contentParts(system);
  if (parts.length === 0) return [];
  return [{ role: "system", content: plainContent(parts, "\n\n") }];
}

/**
 * One turn as messages: results of tools first, each a message of its own, then everything else the user said. Pictures
 * among the results stand with the latter, since OpenAI's tool messages hold text only.
 */
export function turnMessages(turn: JsonRecord): ChatMessage[] {
  if (turn.role === "assistant") return [assistantMessage(turn.content)];
  if (turn.role === "system") return systemMessages(turn.content);
  const blocks = blocksOf(turn.content);
  const results = blocks.filter((block) => block.type === "tool_result");
  const others = blocks.filter((block) => block.type !== "tool_result");
  const parts = [...results.flatMap(resultPictures), ...contentParts(others)];
  const messages = results.map(toolMessage);
  if (parts.length > 0) messages.push({ role: "user", content: plainContent(parts, "") });
  return messages;
}

function assistantMessage(content: unknown): ChatMessage {
  const blocks = blocksOf(content);
  const calls = blocks.filter((block) => block.type === "tool_use").map(toolCall);
  const thinking = blocks.filter(isThinking);
  const parts = contentParts(blocks.filter((block) => block.type === "text"));
  return {
    role: "assistant",
    content: parts.length === 0 && calls.length > 0 ? null : plainContent(parts, ""),
    ...(thinking.length === 0 ? {} : { thinking_blocks: thinking }),
    ...reasoningOf(thinking, calls),
    ...(calls.length === 0 ? {} : { tool_calls: calls }),
  };
}

function isThinking(block: JsonRecord): boolean {
  return block.type === "thinking" || block.type === "redacted_thinking";
}

/** DeepSeek and Kimi want the reasoning back with the tool calls that it led to, and nowhere else. */
function reasoningOf(thinking: JsonRecord[], calls: ToolCall[]): JsonRecord {
  const text = thinking.map((block) => asString(block.thinking) ?? "").join("");
  return text === "" || calls.length === 0 ? {} : { reasoning_content: text };
}

function toolCall(block: JsonRecord): ToolCall {
  return {
    id: asText(block.id) ?? "",
    type: "function",
    function: {
      name: asText(block.name) ?? "",
      arguments: JSON.stringify(asRecord(block.input) ?? {}),
    },
    ...cacheControl(block),
  };
}

function toolMessage(block: JsonRecord): ChatMessage {
  const content = blocksOf(block.content).filter((part) => !isPicture(part));
  return {
    role: "tool",
    tool_call_id: asText(block.tool_use_id) ?? "",
    content: messageText(contentParts(content), "\n"),
    ...(block.is_error === true ? { is_error: true } : {}),
    ...cacheControl(block),
  };
}

function isPicture(block: JsonRecord): boolean {
  return block.type === "image" || block.type === "document";
}

function resultPictures(result: JsonRecord): ContentPart[] {
  return contentParts(blocksOf(result.content).filter(isPicture));
}

function blocksOf(content: unknown): JsonRecord[] {
  return typeof content === "string" ? [{ type: "text", text: content }] : asRecords(content);
}

function contentParts(content: unknown): ContentPart[] {
  return blocksOf(content).flatMap((block) => {
    const part = contentPart(block);
    return part === undefined ? [] : [{ ...part, ...cacheControl(block) }];
  });
}

function contentPart(block: JsonRecord): ContentPart | undefined {
  switch (block.type) {
    case "text": {
      const text = asText(block.text);
      return text === undefined ? undefined : { type: "text", text };
    }
    case "image":
      return { type: "image_url", image_url: { url: imageUrl(asRecord(block.source) ?? {}) } };
    case "document":
      return documentPart(block);
    default:
      throw new Untranslatable(`Content of the type "${block.type}" is not offered here.`);
  }
}

function imageUrl(source: JsonRecord): string {
  const url = asText(source.url);
  if (source.type === "url" && url !== undefined) return url;
  const data = asText(source.data);
  if (source.type === "base64" && data !== undefined) {
    return base64DataUrl(asString(source.media_type) ?? "", data);
  }
  throw new Untranslatable("An image's source is neither base64 nor a URL.");
}

function documentPart(block: JsonRecord): ContentPart {
  const source = asRecord(block.source) ?? {};
  const data = asText(source.data);
  if (source.type === "text" && data !== undefined) return { type: "text", text: data };
  if (source.type !== "base64" || data === undefined) {
    throw new Untranslatable("A document's source is neither base64 nor text.");
  }
  const file_data = base64DataUrl(asString(source.media_type) ?? "application/pdf", data);
  return { type: "file", file: { filename: asText(block.title) ?? "document.pdf", file_data } };
}

/** One text where there is nothing but text, and no mark for the cache. */
function plainContent(parts: ContentPart[], separator: string): string | ContentPart[] {
  const isPlain = parts.every((part) => part.type === "text" && part.cache_control === undefined);
  return isPlain ? messageText(parts, separator) : parts;
}
