import type { JsonRecord } from "../loose-json.ts";
import type { ToolCall } from "./chat.ts";
import {
  callArguments,
  callIdOf,
  itemId,
  reasoningPart,
  refusalPart,
  textPart,
} from "./responses-answer.ts";
import type {
  FunctionCallItem,
  ItemStatus,
  MessageItem,
  OutputItem,
  OutputPart,
  ReasoningItem,
} from "./responses-wire.ts";
import type { ToolCallPart } from "./tool-call-assembly.ts";

export type SpeechKind = OutputPart["type"];

/** The part of a message or of reasoning that is being written. */
interface Speech {
  item: MessageItem | ReasoningItem;
  index: number;
  kind: SpeechKind;
  text: string;
}

interface OpenCall {
  item: FunctionCallItem;
  index: number;
}

/**
 * The output items of a streamed response, numbered in the order in which they begin. Every method answers the events
 * that it takes, as copies that later ones do not change.
 */
export class ResponseOutput {
  readonly #responseId: string;
  readonly #items: OutputItem[] = [];
  /** Calls of tools may come interleaved, so that they stay open to the end; undefined: the name has not come yet. */
  readonly #calls = new Map<ToolCall, OpenCall | undefined>();
  #speech: Speech | undefined;

  constructor(responseId: string) {
    this.#responseId = responseId;
  }

  speak(kind: SpeechKind, delta: string): JsonRecord[] {
    const start = this.#speechOf(kind);
    const speech = this.#speech;
    if (speech === undefined) return start;
    speech.text += delta;
    return [
      ...start,
      { type: `response.${kind}.delta`, ...place(speech), delta, ...logprobs(kind) },
    ];
  }

  call({ call, added }: ToolCallPart): JsonRecord[] {
    const open = this.#calls.get(call);
    if (open !== undefined) return argumentsDelta(open, added);
    this.#calls.set(call, undefined);
    return call.function.name === "" ? [] : this.#openCall(call);
  }

  /** Ends whatever is open. What cut an answer short did so in its last item. */
  close(ending: ItemStatus): JsonRecord[] {
    const unnamed = [...this.#calls].filter(([, open]) => open === undefined);
    const opened = unnamed.flatMap(([call]) => this.#openCall(call));
    const last = this.#items.length - 1;
    const statusOf = (index: number) => (index === last ? ending : "completed");
    const speech = this.#closeSpeech(statusOf(this.#speech?.index ?? last));
    const calls = [...this.#calls.values()]
      .filter((open) => open !== undefined)
      .flatMap((open) => this.#closeCall(open, statusOf(open.index)));
    return [...opened, ...speech, ...calls];
  }

  /** All items as far as they came. */
  items(): OutputItem[] {
    const items = [...this.#items];
    const speech = this.#speech;
    if (speech !== undefined) items[speech.index] = written(speech, "incomplete");
    return items.map((item) =>
      item.status === "in_progress" ? { ...item, status: "incomplete" } : item,
    );
  }

  #speechOf(kind: SpeechKind): JsonRecord[] {
    const speech = this.#speech;
    if (speech?.kind === kind) return [];
    const type = kind === "reasoning_text" ? "reasoning" : "message";
    if (speech?.item.type === type)
      return [...this.#closePart(speech), ...this.#openPart(speech, kind)];
    const closed = this.#closeSpeech("completed");
    const index = this.#items.length;
    const item = emptyItem(type, itemId(this.#responseId, type, index));
    this.#items.push(item);
    const opened: Speech = { item, index, kind, text: "" };
    return [...closed, itemAdded(item, index), ...this.#openPart(opened, kind)];
  }

  #openPart({ item, index }: Speech, kind: SpeechKind): JsonRecord[] {
    const speech: Speech = { item, index, kind, text: "" };
    this.#speech = speech;
    const part = partOf(kind, "");
    return [{ type: "response.content_part.added", ...place(speech), part }];
  }

  #closePart(speech: Speech): JsonRecord[] {
    const { kind, text } = speech;
    const at = place(speech);
    const part = partOf(kind, text);
    speech.item = written(speech, "in_progress");
    this.#items[speech.index] = speech.item;
    const field = kind === "refusal" ? "refusal" : "text";
    return [
      { type: `response.${kind}.done`, ...at, [field]: text, ...logprobs(kind) },
      { type: "response.content_part.done", ...at, part },
    ];
  }

  #closeSpeech(status: ItemStatus): JsonRecord[] {
    const speech = this.#speech;
    if (speech === undefined) return [];
    this.#speech = undefined;
    const events = this.#closePart(speech);
    return [...events, this.#itemDone({ ...speech.item, status }, speech.index)];
  }

  #openCall(call: ToolCall): JsonRecord[] {
    const closed = this.#closeSpeech("completed");
    const index = this.#items.length;
    const id = itemId(this.#responseId, "function_call", index);
    const item: FunctionCallItem = {
      type: "function_call",
      id,
      status: "in_progress",
      call_id: callIdOf(call.id, id),
      name: call.function.name,
      arguments: "",
    };
    this.#items.push(item);
    const open = { item, index };
    this.#calls.set(call, open);
    return [
      ...closed,
      itemAdded({ ...item }, index),
      ...argumentsDelta(open, call.function.arguments),
    ];
  }

  #closeCall(open: OpenCall, status: ItemStatus): JsonRecord[] {
    const { item, index } = open;
    const whole = callArguments(item.arguments, status);
    const missing = argumentsDelta(open, whole.slice(item.arguments.length));
    const { id: item_id, name, arguments: text } = item;
    const type = "response.function_call_arguments.done";
    return [
      ...missing,
      { type, item_id, output_index: index, name, arguments: text },
      this.#itemDone({ ...item, status }, index),
    ];
  }

  #itemDone(item: OutputItem, index: number): JsonRecord {
    this.#items[index] = item;
    return { type: "response.output_item.done", output_index: index, item };
  }
}

function emptyItem(type: "message" | "reasoning", id: string): MessageItem | ReasoningItem {
  return type === "message"
    ? { type, id, status: "in_progress", role: "assistant", content: [] }
    : { type, id, status: "in_progress", summary: [], content: [] };
}

/** The item with the part that is being written. */
function written({ item, kind, text }: Speech, status: ItemStatus): MessageItem | ReasoningItem {
  const content = [...item.content, partOf(kind, text)];
  return { ...item, status, content } as MessageItem | ReasoningItem;
}

function partOf(kind: SpeechKind, text: string): OutputPart {
  if (kind === "refusal") return refusalPart(text);
  return kind === "output_text" ? textPart(text) : reasoningPart(text);
}

function place({ item, index }: Speech): JsonRecord {
  return { item_id: item.id, output_index: index, content_index: item.content.length };
}

/** Which the events of texts, and no others, have. */
function logprobs(kind: SpeechKind): JsonRecord {
  return kind === "output_text" ? { logprobs: [] } : {};
}

function itemAdded(item: OutputItem, index: number): JsonRecord {
  return { type: "response.output_item.added", output_index: index, item };
}

function argumentsDelta({ item, index }: OpenCall, delta: string): JsonRecord[] {
  if (delta === "") return [];
  item.arguments += delta;
  const type = "response.function_call_arguments.delta";
  return [{ type, item_id: item.id, output_index: index, delta }];
}
