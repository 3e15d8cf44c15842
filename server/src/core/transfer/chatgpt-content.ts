import type { JsonObject, JsonValue } from "../conversations/conversation.ts";
import { asList, asObject, asText, cleanJson, cleanText } from "./loose-json.ts";
import {
  joinTexts,
  type MessageContent,
  partReadable,
  partText,
  readableText,
  toPart,
} from "./message-content.ts";

const EMPTY: MessageContent = { content: "", parts: null };

type ContentReader = (content: JsonObject) => MessageContent;

/** One reader per `content_type` of a ChatGPT export; all others go through {@link readUnknown}. */
const READERS: Record<string, ContentReader> = {
  text: readParts,
  multimodal_text: readParts,
  code: readTextField,
  execution_output: readTextField,
  tether_quote: (content) => readFields(content, ["title", "url", "text"]),
  tether_browsing_code: readTextField,
  tether_browsing_display: (content) => readFields(content, ["summary", "result"]),
  thoughts: readThoughts,
  reasoning_recap: (content) => plain(asText(content.content)),
  user_editable_context: (content) => readFields(content, ["user_profile", "user_instructions"]),
  model_editable_context: (content) => readFields(content, ["model_set_context"]),
  system_error: (content) => readFields(content, ["name", "text"]),
};

/** Text and parts of `message.content`; both empty when there is nothing to keep. */
export function readChatGptContent(value: JsonValue | undefined): MessageContent {
  const content = asObject(value);
  if (content === undefined) {
    return plain(asText(value));
  }
  const type = content.content_type;
  const reader =
    typeof type === "string" && Object.hasOwn(READERS, type) ? READERS[type] : undefined;
  return (reader ?? readUnknown)(content);
}

function readParts(content: JsonObject): MessageContent {
  const items = (asList(content.parts) ?? []).filter((item) => item !== "" && item !== null);
  if (items.length === 0) {
    return readTextField(content);
  }
  if (items.every((item) => typeof item === "string")) {
    const text = cleanText(items.join("\n"));
    return text.trim() === "" ? EMPTY : { content: text, parts: null };
  }
  const parts = items.map(toPart);
  const texts = parts.flatMap((part) => partText(part) ?? []);
  return {
    content: texts.length > 0 ? texts.join("\n") : parts.map(partReadable).join("\n"),
    parts,
  };
}

function readTextField(content: JsonObject): MessageContent {
  return plain(asText(content.text));
}

/** The named fields as text; the whole object is kept beside it. */
function readFields(content: JsonObject, fields: string[]): MessageContent {
  const text = joinTexts(
    fields.map((field) => asText(content[field]) ?? ""),
    "\n",
  );
  return text === "" ? EMPTY : { content: text, parts: [cleanJson(content)] };
}

function readThoughts(content: JsonObject): MessageContent {
  const texts = (asList(content.thoughts) ?? []).map((item) => {
    const thought = asObject(item) ?? {};
    return joinTexts([asText(thought.summary) ?? "", asText(thought.content) ?? ""], "\n");
  });
  const text = joinTexts(texts, "\n\n");
  return text === "" ? EMPTY : { content: text, parts: [cleanJson(content)] };
}

function readUnknown(content: JsonObject): MessageContent {
  const fromParts = readParts(content);
  const text = fromParts.content || readableText(content);
  const whole = cleanJson(content);
  const { content_type: _type, ...rest } = whole;
  if (text === "" && Object.keys(rest).length === 0) {
    return EMPTY;
  }
  return { content: text || JSON.stringify(whole), parts: [whole] };
}

function plain(text: string | undefined): MessageContent {
  return text === undefined ? EMPTY : { content: text, parts: null };
}
