import { type ChatCall, type Json, listOf, numberOf, objectOf, textOf } from "./call.ts";
import { imageFromBase64, imageFromUrl } from "./received-image.ts";
import type { JsonSchema } from "./schema-sample.ts";

/** A messages request. */
export function readAnthropicChat(body: Json): ChatCall {
  const messages = listOf(body.messages);
  const texts = messages.map(({ content }) => contentText(content));
  const last = messages.at(-1);
  const lastUser = messages.findLastIndex(({ role }) => role === "user");
  return {
    model: textOf(body.model),
    stream: body.stream === true,
    prompt: texts[lastUser] ?? "",
    characters: texts.join("").length + contentText(body.system).length,
    images: messages.flatMap(({ content }) => imagesOf(content)),
    tools: listOf(body.tools).map(({ name, input_schema: schema }) => ({
      name: textOf(name),
      parameters: objectOf(schema) as JsonSchema,
    })),
    toolChoice: choiceOf(objectOf(body.tool_choice)),
    toolResults: blocksOf(last?.content)
      .filter(({ type }) => type === "tool_result")
      .map(({ content }) => contentText(content)),
    schema: schemaOf(body),
    maxTokens: numberOf(body.max_tokens),
    includeUsage: true,
    endsWithAssistant: last?.role === "assistant",
  };
}

/** What the API itself would refuse; undefined when nothing is wrong. */
export function anthropicMistake(body: Json, headers: NodeJS.Dict<string | string[]>) {
  if (headers["anthropic-version"] === undefined) return "anthropic-version: header is required";
  if (typeof body.max_tokens !== "number") return "max_tokens: Field required";
  const messages = listOf(body.messages);
  if (messages.length === 0) return "messages: at least one message is required";
  const at = messages.findIndex(({ role }) => role !== "user" && role !== "assistant");
  if (at < 0) return undefined;
  return `messages.${at}.role: Input should be 'user' or 'assistant'`;
}

function blocksOf(content: unknown): Json[] {
  return typeof content === "string" ? [{ type: "text", text: content }] : listOf(content);
}

function contentText(content: unknown): string {
  return blocksOf(content)
    .filter(({ type }) => type === "text")
    .map(({ text }) => textOf(text))
    .join("");
}

function imagesOf(content: unknown) {
  return blocksOf(content)
    .filter(({ type }) => type === "image")
    .map(({ source }) => {
      const { type, url, data } = objectOf(source);
      return type === "url" ? imageFromUrl(textOf(url)) : imageFromBase64(textOf(data));
    });
}

function choiceOf({ type, name }: Json): ChatCall["toolChoice"] {
  if (type === "tool") return { mode: "named", name: textOf(name) };
  if (type === "any") return { mode: "required" };
  return { mode: type === "none" ? "none" : "auto" };
}

/** `output_config.format`, or `output_format` as the beta had it. */
function schemaOf(body: Json): JsonSchema | undefined {
  const format = objectOf(objectOf(body.output_config).format ?? body.output_format);
  return format.type === "json_schema" ? (objectOf(format.schema) as JsonSchema) : undefined;
}
