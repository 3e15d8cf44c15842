import type { ChatMessage, ChatRequest } from "./chat.ts";

/**
 * What other protocols' faces and other gateways' clients put beside OpenAI's own fields. Anthropic's and Ollama's
 * translators read them, OpenRouter and local servers take or ignore them; OpenAI itself answers 400 to them.
 */
const REQUEST_FIELDS = ["thinking", "output_config", "top_k", "min_p", "repeat_penalty"];
const MESSAGE_FIELDS = ["thinking_blocks", "reasoning_content", "is_error", "cache_control"];

/** The request without fields that OpenAI's own API refuses; the same object where there are none. */
export function strictRequest(request: ChatRequest): ChatRequest {
  const messages = replaced(request.messages, strictMessage);
  const tools = request.tools === undefined ? undefined : replaced(request.tools, strictPart);
  const plain = without(request, REQUEST_FIELDS);
  if (plain === request && messages === request.messages && tools === request.tools) return request;
  return { ...plain, messages, ...(tools === undefined ? {} : { tools }) };
}

function strictMessage(message: ChatMessage): ChatMessage {
  const plain = without(message, MESSAGE_FIELDS);
  if (!Array.isArray(plain.content)) return plain;
  const content = replaced(plain.content, strictPart);
  return content === plain.content ? plain : { ...plain, content };
}

function strictPart<T extends object>(part: T): T {
  return without(part, ["cache_control"]);
}

/** The same list when no item changed. */
function replaced<T>(items: T[], change: (item: T) => T): T[] {
  const changed = items.map(change);
  return changed.some((item, index) => item !== items[index]) ? changed : items;
}

function without<T extends object>(object: T, fields: readonly string[]): T {
  if (!fields.some((field) => field in object)) return object;
  const kept = Object.entries(object).filter(([key]) => !fields.includes(key));
  return Object.fromEntries(kept) as T;
}
