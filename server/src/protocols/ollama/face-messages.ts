import { base64DataUrl } from "../data-url.ts";
import { asRecord, asRecords, asString, asText, type JsonRecord } from "../loose-json.ts";
import type { ChatMessage, ChatRole, ContentPart, ToolCall } from "../openai/chat.ts";

const ROLES = new Set(["system", "user", "assistant", "tool"]);

/** What each picture format's first bytes look like in base64; Ollama's clients do not say the format. */
const BASE64_HEADS: readonly [string, string][] = [
  ["/9j/", "image/jpeg"],
  ["iVBORw0KGgo", "image/png"],
  ["R0lGOD", "image/gif"],
  ["UklGR", "image/webp"],
];

/** An Ollama client's messages as chat messages. Calls without ids are given some, and their results the same ones. */
export function chatMessages(messages: unknown): ChatMessage[] {
  const ids = new CallIds();
  return asRecords(messages).map((message) => chatMessage(message, ids));
}

/** Text and pictures as content: a plain text where there are no pictures. */
export function contentWithImages(text: string, images: unknown): string | ContentPart[] {
  const pictures = (Array.isArray(images) ? images : []).filter((image) => asText(image));
  if (pictures.length === 0) return text;
  const parts: ContentPart[] = text === "" ? [] : [{ type: "text", text }];
  for (const image of pictures) {
    parts.push({ type: "image_url", image_url: { url: imageUrl(String(image)) } });
  }
  return parts;
}

function chatMessage(message: JsonRecord, ids: CallIds): ChatMessage {
  const role = asText(message.role) ?? "user";
  const text = asString(message.content) ?? "";
  const calls = asRecords(message.tool_calls).map((call) => ids.call(call));
  const thinking = asText(message.thinking);
  const keepsThinking = thinking !== undefined && calls.length > 0;
  return {
    role: (ROLES.has(role) ? role : "user") as ChatRole,
    content: text === "" && calls.length > 0 ? null : contentWithImages(text, message.images),
    ...(keepsThinking ? { reasoning_content: thinking } : {}),
    ...(calls.length === 0 ? {} : { tool_calls: calls }),
    ...(role === "tool" ? { tool_call_id: ids.answered(message) } : {}),
  };
}

function imageUrl(image: string): string {
  if (image.startsWith("data:")) return image;
  const head = BASE64_HEADS.find(([start]) => image.startsWith(start));
  return base64DataUrl(head?.[1] ?? "application/octet-stream", image);
}

/** Which call a result belongs to: by its id, else the oldest open call of that tool, else the oldest open one. */
class CallIds {
  #open: { id: string; name: string }[] = [];
  #count = 0;

  call(call: JsonRecord): ToolCall {
    const { name, arguments: input } = asRecord(call.function) ?? {};
    const id = asText(call.id) ?? `call_${this.#count}`;
    this.#count += 1;
    this.#open.push({ id, name: asText(name) ?? "" });
    const text = asString(input) ?? JSON.stringify(asRecord(input) ?? {});
    return { id, type: "function", function: { name: asText(name) ?? "", arguments: text } };
  }

  answered(message: JsonRecord): string {
    const given = asText(message.tool_call_id);
    const name = asText(message.tool_name) ?? asText(message.name);
    const open =
      this.#open.find(({ id }) => id === given) ??
      this.#open.find((call) => call.name === name) ??
      this.#open[0];
    this.#open = this.#open.filter((call) => call !== open);
    return given ?? open?.id ?? "call_unknown";
  }
}
