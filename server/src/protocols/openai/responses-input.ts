import { asRecord, asRecords, asString, asText, type JsonRecord } from "../loose-json.ts";
import { Untranslatable } from "../untranslatable.ts";
import type { ChatMessage, ContentPart, ToolCall } from "./chat.ts";
import { messageText } from "./message-text.ts";

/**
 * The input of a Responses request as messages. A turn of the model may be several items there, and is one message here.
 *
 * @throws Untranslatable for items and parts that no other provider could be given.
 */
export function inputMessages(input: unknown): ChatMessage[] {
  if (typeof input === "string") return [{ role: "user", content: input }];
  const turns = new TurnAssembly();
  for (const item of asRecords(input)) turns.add(item);
  return turns.messages();
}

class TurnAssembly {
  readonly #messages: ChatMessage[] = [];
  /** Pictures among the results of tools: OpenAI's tool messages hold text only, and must follow their calls closely. */
  #pictures: ContentPart[] = [];
  #reasoning = "";

  add(item: JsonRecord): void {
    const type = asText(item.type) ?? "message";
    if (type !== "function_call_output") this.#flushPictures();
    switch (type) {
      case "message":
        this.#addMessage(item);
        break;
      case "function_call":
        this.#addCall(item);
        break;
      case "function_call_output":
        this.#addResult(item);
        break;
      case "reasoning":
        this.#reasoning += messageText(item.content);
        break;
      default:
        throw new Untranslatable(unknownItem(type));
    }
  }

  messages(): ChatMessage[] {
    this.#flushPictures();
    return this.#messages;
  }

  #addMessage({ role, content }: JsonRecord): void {
    if (role !== "assistant") this.#reasoning = "";
    this.#messages.push({
      role: role as ChatMessage["role"],
      content: plainContent(contentParts(content)),
    });
  }

  #addCall(item: JsonRecord): void {
    const call: ToolCall = {
      id: asText(item.call_id) ?? "",
      type: "function",
      function: { name: asText(item.name) ?? "", arguments: asString(item.arguments) ?? "" },
    };
    const turn = this.#openTurn();
    turn.tool_calls = [...(turn.tool_calls ?? []), call];
    // DeepSeek and Kimi want the reasoning back with the calls that it led to, and nowhere else.
    if (this.#reasoning !== "") turn.reasoning_content = this.#reasoning;
    this.#reasoning = "";
  }

  /** What the model said just before its calls is one message with them. */
  #openTurn(): ChatMessage {
    const last = this.#messages.at(-1);
    if (last?.role === "assistant") return last;
    const turn: ChatMessage = { role: "assistant", content: null };
    this.#messages.push(turn);
    return turn;
  }

  #addResult({ call_id, output }: JsonRecord): void {
    const parts = contentParts(output);
    const texts = parts.filter((part) => part.type === "text");
    this.#pictures.push(...parts.filter((part) => part.type !== "text"));
    this.#messages.push({
      role: "tool",
      tool_call_id: asText(call_id) ?? "",
      content: messageText(texts, "\n"),
    });
  }

  #flushPictures(): void {
    if (this.#pictures.length === 0) return;
    this.#messages.push({ role: "user", content: this.#pictures });
    this.#pictures = [];
  }
}

function unknownItem(type: string): string {
  return type === "item_reference"
    ? "The input item type item_reference names something stored, and nothing is stored here: send the item itself."
    : `The input item type "${type}" is not supported here: message, function_call, function_call_output and reasoning are.`;
}

function contentParts(content: unknown): ContentPart[] {
  if (typeof content === "string") return [{ type: "text", text: content }];
  return asRecords(content).map(contentPart);
}

/** One text is sent as such: every server takes it. Of several each stays a part of its own. */
function plainContent(parts: ContentPart[]): string | ContentPart[] {
  const [first] = parts;
  if (first === undefined) return "";
  return parts.length === 1 && first.type === "text" ? first.text : parts;
}

function contentPart(part: JsonRecord): ContentPart {
  switch (part.type) {
    case "input_text":
    case "output_text":
    case "text":
      return { type: "text", text: asString(part.text) ?? "" };
    case "refusal":
      return { type: "refusal", refusal: asString(part.refusal) ?? "" };
    case "input_image":
      return imagePart(part);
    case "input_file":
      return filePart(part);
    case "input_audio":
      return audioPart(part);
    default:
      throw new Untranslatable(`Content of the type "${part.type}" is not supported here.`);
  }
}

function imagePart({ image_url, detail }: JsonRecord): ContentPart {
  const url = asText(image_url);
  if (url === undefined) {
    throw new Untranslatable(
      "An input_image needs an image_url (an address or a data: URL): no files are stored here.",
    );
  }
  const level = asText(detail);
  // Chat completions have no "original"; "high" is the most they know.
  const known = level === "original" ? "high" : level;
  return {
    type: "image_url",
    image_url: { url, ...(known === undefined ? {} : { detail: known }) },
  };
}

function filePart({ file_data, filename }: JsonRecord): ContentPart {
  const data = asText(file_data);
  if (data === undefined) {
    throw new Untranslatable(
      "An input_file needs file_data (a data: URL): no files are stored or fetched here.",
    );
  }
  return { type: "file", file: { filename: asText(filename) ?? "document.pdf", file_data: data } };
}

function audioPart({ input_audio }: JsonRecord): ContentPart {
  const { data, format } = asRecord(input_audio) ?? {};
  return {
    type: "input_audio",
    input_audio: { data: asString(data) ?? "", format: asString(format) ?? "" },
  };
}
