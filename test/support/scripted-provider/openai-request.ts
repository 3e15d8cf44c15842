import { type ChatCall, type Json, listOf, numberOf, objectOf, textOf } from "./call.ts";
import { imageFromUrl } from "./received-image.ts";
import type { JsonSchema } from "./schema-sample.ts";

/** A chat completion request, OpenAI's or OpenRouter's. */
export function readOpenAiChat(body: Json): ChatCall {
  const messages = listOf(body.messages);
  const texts = messages.map(({ content }) => contentText(content));
  const last = messages.at(-1);
  const lastUser = messages.findLastIndex(({ role }) => role === "user");
  const lastAssistant = messages.findLastIndex(({ role }) => role === "assistant");
  return {
    model: textOf(body.model),
    stream: body.stream === true,
    prompt: texts[lastUser] ?? "",
    characters: texts.join("").length,
    images: messages.flatMap(({ content }) => imagesOf(content)),
    tools: listOf(body.tools).map(({ function: tool }) => ({
      name: textOf(objectOf(tool).name),
      parameters: objectOf(objectOf(tool).parameters) as JsonSchema,
    })),
    toolChoice: choiceOf(body.tool_choice),
    toolResults: messages
      .slice(lastAssistant + 1)
      .filter(({ role }) => role === "tool")
      .map(({ content }) => contentText(content)),
    schema: schemaOf(objectOf(body.response_format)),
    maxTokens: numberOf(body.max_completion_tokens) ?? numberOf(body.max_tokens),
    includeUsage: objectOf(body.stream_options).include_usage === true,
    endsWithAssistant: last?.role === "assistant",
  };
}

function contentText(content: unknown): string {
  if (typeof content === "string") return content;
  return listOf(content)
    .map(({ text }) => textOf(text))
    .join("");
}

function imagesOf(content: unknown) {
  return listOf(content)
    .filter(({ type }) => type === "image_url")
    .map(({ image_url: image }) => imageFromUrl(textOf(objectOf(image).url)));
}

function choiceOf(choice: unknown): ChatCall["toolChoice"] {
  if (choice === "none" || choice === "required") return { mode: choice };
  const name = textOf(objectOf(objectOf(choice).function).name);
  return name === "" ? { mode: "auto" } : { mode: "named", name };
}

function schemaOf(format: Json): JsonSchema | undefined {
  if (format.type === "json_object") return { properties: { answer: { type: "string" } } };
  if (format.type !== "json_schema") return undefined;
  return objectOf(objectOf(format.json_schema).schema) as JsonSchema;
}
