import { type Answer, type Frame, jsonAnswer, ndjsonAnswer } from "./answer.ts";
import { type ChatCall, type Json, listOf, numberOf, objectOf, textOf } from "./call.ts";
import type { Dialect, ErrorBody, ErrorKind } from "./dialect.ts";
import { imageFromBase64 } from "./received-image.ts";
import type { Reply } from "./reply.ts";
import type { JsonSchema } from "./schema-sample.ts";

export const CREATED_AT = "2025-11-25T12:00:00.123456789Z";

/** https://docs.ollama.com/api/chat */
export const ollamaDialect: Dialect = {
  name: "ollama",
  readChat,
  answer: (reply, stream) => answered(reply, stream, chatLine),
  error: ollamaError,
  errorFrame: () => line({ error: "an error was encountered while running the model: EOF" }),
};

/** https://docs.ollama.com/api/generate: one prompt instead of messages. */
export const ollamaGenerateDialect: Dialect = {
  ...ollamaDialect,
  readChat: (body) =>
    readChat({
      ...body,
      messages: [
        { role: "system", content: textOf(body.system) },
        { role: "user", content: textOf(body.prompt), images: body.images },
      ],
    }),
  answer: (reply, stream) => answered(reply, stream, (content) => ({ response: content })),
};

/** Base64 only: a URL is what Go's decoder says of it. */
export function ollamaMistake(body: Json): string | undefined {
  const images = listOf(body.messages).flatMap(({ images: one }) =>
    Array.isArray(one) ? one : [],
  );
  const bad = images.some((image) => !/^[A-Za-z0-9+/]+=*$/.test(textOf(image)));
  return bad ? "illegal base64 data at input byte 4" : undefined;
}

function readChat(body: Json): ChatCall {
  const messages = listOf(body.messages);
  const texts = messages.map(({ content }) => textOf(content));
  const lastUser = messages.findLastIndex(({ role }) => role === "user");
  const lastAssistant = messages.findLastIndex(({ role }) => role === "assistant");
  const images = messages.flatMap(({ images: one }) => (Array.isArray(one) ? one : []));
  const predicted = numberOf(objectOf(body.options).num_predict) ?? -1;
  return {
    model: textOf(body.model),
    stream: body.stream !== false,
    prompt: texts[lastUser] ?? "",
    characters: texts.join("").length,
    images: images.map((image) => imageFromBase64(textOf(image))),
    tools: listOf(body.tools).map(({ function: tool }) => ({
      name: textOf(objectOf(tool).name),
      parameters: objectOf(objectOf(tool).parameters) as JsonSchema,
    })),
    toolChoice: { mode: "auto" },
    toolResults: messages
      .slice(lastAssistant + 1)
      .filter(({ role }) => role === "tool")
      .map(({ content }) => textOf(content)),
    schema: schemaOf(body.format),
    maxTokens: predicted < 0 ? undefined : predicted,
    includeUsage: true,
    endsWithAssistant: messages.at(-1)?.role === "assistant",
  };
}

function schemaOf(format: unknown): JsonSchema | undefined {
  if (format === "json") return { properties: { answer: { type: "string" } } };
  return typeof format === "object" && format !== null ? (format as JsonSchema) : undefined;
}

type Line = (content: string, calls?: Reply["toolCalls"]) => Record<string, unknown>;

function chatLine(content: string, calls: Reply["toolCalls"] = []) {
  const toolCalls = calls.map(({ name, arguments: given }, index) => ({
    function: { index, name, arguments: given },
  }));
  return {
    message: {
      role: "assistant",
      content,
      ...(calls.length > 0 ? { tool_calls: toolCalls } : {}),
    },
  };
}

function answered(reply: Reply, stream: boolean, say: Line): Answer {
  const head = { model: reply.model, created_at: CREATED_AT };
  const end = { done: true, done_reason: doneReason(reply), ...figures(reply) };
  if (!stream) {
    return jsonAnswer(
      { ...head, ...say(reply.tokens.join(""), reply.toolCalls), ...end },
      { headers: { "content-type": "application/json; charset=utf-8" } },
    );
  }
  const token = (words: Record<string, unknown>): Frame => ({
    part: "token",
    text: line({ ...head, ...words, done: false }),
  });
  return ndjsonAnswer([
    ...reply.tokens.map((text) => token(say(text))),
    ...reply.toolCalls.map((call) => token(say("", [call]))),
    { part: "finish", text: line({ ...head, ...say(""), ...end }) },
  ]);
}

/** Tool calls end with "stop" here. */
function doneReason({ finish }: Reply): string {
  return finish === "length" ? "length" : "stop";
}

/** Durations are nanoseconds. */
function figures({ usage }: Reply) {
  return {
    total_duration: 412_000_000,
    load_duration: 12_000_000,
    prompt_eval_count: usage.prompt,
    prompt_eval_duration: 100_000_000,
    eval_count: usage.completion,
    eval_duration: 300_000_000,
  };
}

const WORDS: Record<ErrorKind, [status: number, message: (model: string) => string]> = {
  rate_limited: [429, () => "too many concurrent requests"],
  quota_exceeded: [429, () => "you have reached your hourly usage limit"],
  server_error: [500, () => "llama runner process has terminated: exit status 2"],
  overloaded: [503, () => "server busy, please try again. maximum pending requests exceeded"],
  unauthorized: [401, () => "unauthorized"],
  payment_required: [402, () => "payment required"],
  forbidden: [403, () => "forbidden"],
  model_not_found: [404, (model) => `model '${model}' not found`],
  context_length: [400, () => "the input length exceeds the context length"],
  content_filter: [400, () => "the prompt was refused by the model's content policy"],
  invalid_request: [400, () => 'option "temperature" must be of type float'],
  refuses_prefill: [400, () => "the last message must not be the assistant's"],
};

function ollamaError(
  kind: ErrorKind,
  { model, message }: { model: string; message?: string },
): ErrorBody {
  const [status, words] = WORDS[kind];
  return { status, body: { error: message ?? words(model) } };
}

function line(value: unknown): string {
  return `${JSON.stringify(value)}\n`;
}
