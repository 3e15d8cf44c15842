import { asCount, asRecord, asRecords, asString, asText, type JsonRecord } from "../loose-json.ts";
import type { ChatMessage, ChatResponse, Usage } from "./chat.ts";
import { messageText } from "./message-text.ts";
import type {
  FunctionCallItem,
  ItemStatus,
  MessageItem,
  OutputItem,
  OutputRefusal,
  OutputText,
  ReasoningItem,
  ReasoningText,
  ResponseObject,
  ResponsesRequest,
  ResponsesUsage,
} from "./responses-wire.ts";

/** What Sekha gives an answer, since nothing is stored that could name it. */
export interface ResponseHead {
  /** Begins with `resp_`, and is the answer's alone. */
  id: string;
  /** Seconds since the epoch. */
  createdAt: number;
}

/** An answer that has not begun, with what was asked for told back as OpenAI does. */
export function emptyResponse(request: ResponsesRequest, head: ResponseHead): ResponseObject {
  const { text, reasoning } = request;
  return {
    id: head.id,
    object: "response",
    created_at: head.createdAt,
    status: "in_progress",
    background: false,
    error: null,
    incomplete_details: null,
    instructions: request.instructions ?? null,
    max_output_tokens: request.max_output_tokens ?? null,
    model: request.model ?? "",
    output: [],
    parallel_tool_calls: request.parallel_tool_calls ?? true,
    previous_response_id: null,
    reasoning: { effort: null, summary: null, ...asRecord(reasoning) },
    // Whatever was asked: nothing is kept that could be fetched later.
    store: false,
    temperature: request.temperature ?? null,
    text: { format: { type: "text" }, ...asRecord(text) },
    tool_choice: request.tool_choice ?? "auto",
    tools: request.tools ?? [],
    top_p: request.top_p ?? null,
    truncation: "disabled",
    usage: null,
    user: request.user ?? null,
    metadata: request.metadata ?? {},
  };
}

/** A whole answer, after `emptyResponse`: reasoning, text, calls of tools. Its first choice, since there is but one. */
export function toResponse(chat: ChatResponse, empty: ResponseObject): ResponseObject {
  const choice = chat.choices[0];
  const ending = endingOf(choice?.finish_reason);
  return {
    ...empty,
    ...ending,
    model: chat.model,
    output: choice === undefined ? [] : outputOf(choice.message, empty.id, ending.status),
    usage: toResponsesUsage(chat.usage),
  };
}

type Ending = Pick<ResponseObject, "incomplete_details"> & { status: "completed" | "incomplete" };

export function endingOf(finishReason: unknown): Ending {
  switch (finishReason) {
    case "length":
      return { status: "incomplete", incomplete_details: { reason: "max_output_tokens" } };
    case "content_filter":
      return { status: "incomplete", incomplete_details: { reason: "content_filter" } };
    default:
      return { status: "completed", incomplete_details: null };
  }
}

/** Null where the provider counted nothing. */
export function toResponsesUsage(usage: Usage | null | undefined): ResponsesUsage | null {
  if (usage === null || usage === undefined) return null;
  const { prompt_tokens_details: prompt, completion_tokens_details: completion } = usage;
  return {
    input_tokens: asCount(usage.prompt_tokens),
    input_tokens_details: {
      cached_tokens: asCount(prompt?.cached_tokens),
      cache_write_tokens: asCount(prompt?.cache_write_tokens),
    },
    output_tokens: asCount(usage.completion_tokens),
    output_tokens_details: { reasoning_tokens: asCount(completion?.reasoning_tokens) },
    total_tokens: asCount(usage.total_tokens),
  };
}

/** An item's id, the same whole and streamed. `index` is its place in the output. */
export function itemId(responseId: string, type: OutputItem["type"], index: number): string {
  const prefix = { message: "msg", reasoning: "rs", function_call: "fc" }[type];
  return `${prefix}_${responseId.replace(/^resp_/, "")}_${index}`;
}

/** The provider's id of a call, which the result has to name; some servers give none. */
export function callIdOf(id: unknown, item: string): string {
  return asText(id) ?? `call_${item}`;
}

/**
 * JSON text: some servers send an object, and nothing at all for a tool without parameters. Of a call that was cut
 * short, what came.
 */
export function callArguments(value: unknown, status: ItemStatus): string {
  const text = typeof value === "string" ? value : JSON.stringify(value ?? {});
  return text === "" && status === "completed" ? "{}" : text;
}

export function textPart(text: string): OutputText {
  return { type: "output_text", text, annotations: [], logprobs: [] };
}

export function refusalPart(refusal: string): OutputRefusal {
  return { type: "refusal", refusal };
}

export function reasoningPart(text: string): ReasoningText {
  return { type: "reasoning_text", text };
}

interface Place {
  responseId: string;
  /** In the output. */
  index: number;
  status: ItemStatus;
}

/** Whatever cut an answer short did so in its last item. */
function outputOf(message: ChatMessage, responseId: string, ending: ItemStatus): OutputItem[] {
  const thinking = asText(message.reasoning_content) ?? asText(message.reasoning);
  const content = messageParts(message);
  const items: ((place: Place) => OutputItem)[] = asRecords(message.tool_calls).map(
    (call) => (place) => callItem(call, place),
  );
  if (content.length > 0) items.unshift((place) => messageItem(content, place));
  if (thinking !== undefined) items.unshift((place) => reasoningItem(thinking, place));
  return items.map((item, index) => {
    const isLast = index === items.length - 1;
    return item({ responseId, index, status: isLast ? ending : "completed" });
  });
}

function messageParts(message: ChatMessage): MessageItem["content"] {
  const text = messageText(message.content);
  const refusal = asText(message.refusal);
  return [
    ...(text === "" ? [] : [textPart(text)]),
    ...(refusal === undefined ? [] : [refusalPart(refusal)]),
  ];
}

function messageItem(content: MessageItem["content"], place: Place): MessageItem {
  const id = itemId(place.responseId, "message", place.index);
  return { type: "message", id, status: place.status, role: "assistant", content };
}

function reasoningItem(text: string, { responseId, index, status }: Place): ReasoningItem {
  const id = itemId(responseId, "reasoning", index);
  return { type: "reasoning", id, status, summary: [], content: [reasoningPart(text)] };
}

function callItem(call: JsonRecord, { responseId, index, status }: Place): FunctionCallItem {
  const { name, arguments: text } = asRecord(call.function) ?? {};
  const id = itemId(responseId, "function_call", index);
  return {
    type: "function_call",
    id,
    status,
    call_id: callIdOf(call.id, id),
    name: asString(name) ?? "",
    arguments: callArguments(text, status),
  };
}
