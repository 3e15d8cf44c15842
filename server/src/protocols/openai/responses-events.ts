import { asNumber, asRecord, asRecords, asText, type JsonRecord } from "../loose-json.ts";
import type { ChatChunk, Usage } from "./chat.ts";
import { endingOf, toResponsesUsage } from "./responses-answer.ts";
import { ResponseOutput } from "./responses-output.ts";
import type { ResponseObject, ResponseStatus } from "./responses-wire.ts";
import { ToolCallAssembly } from "./tool-call-assembly.ts";

/** As OpenAI's error bodies have it. */
export interface ResponseFailure {
  type: string;
  code: string;
  message: string;
  param: string | null;
  [key: string]: unknown;
}

/**
 * OpenAI's chunks as the events of its Responses API, each numbered. `end` is for a stream that came to its end, `fail`
 * for any other: then nothing says that the response is complete.
 */
export class ResponseEvents {
  readonly #empty: ResponseObject;
  readonly #output: ResponseOutput;
  readonly #toolCalls = new ToolCallAssembly();
  #sequence = 0;
  #started = false;
  #model: string;
  #finishReason: unknown;
  #usage: Usage | null | undefined;

  /** `empty` as `emptyResponse` gives it. */
  constructor(empty: ResponseObject) {
    this.#empty = empty;
    this.#model = empty.model;
    this.#output = new ResponseOutput(empty.id);
  }

  chunk(chunk: ChatChunk): JsonRecord[] {
    this.#model = asText(chunk.model) ?? this.#model;
    this.#usage = chunk.usage ?? this.#usage;
    const start = this.#start();
    // There is but one answer.
    const choices = asRecords(chunk.choices).filter(({ index }) => (asNumber(index) ?? 0) === 0);
    return [...start, ...this.#numbered(choices.flatMap((choice) => this.#choice(choice)))];
  }

  /** `more` joins the response of the last event. */
  end(more: JsonRecord = {}): JsonRecord[] {
    const start = this.#start();
    const ending = endingOf(this.#finishReason);
    const closed = this.#output.close(ending.status);
    const response = { ...this.#response(ending.status), ...ending, ...more };
    return [...start, ...this.#numbered([...closed, lifecycle(response)])];
  }

  /** An `error` event, then `response.failed` with what came so far: the two that OpenAI itself ends with. */
  fail(failure: ResponseFailure, more: JsonRecord = {}): JsonRecord[] {
    const start = this.#start();
    const { type, code, message, param } = failure;
    const event = { type: "error", code, message, param, error: failure };
    // `server_error` is the response's own word; its event has the exact one.
    const error = { code: type === "server_error" ? type : code, message };
    const response = { ...this.#response("failed"), error, ...more };
    return [...start, ...this.#numbered([event, lifecycle(response)])];
  }

  #start(): JsonRecord[] {
    if (this.#started) return [];
    this.#started = true;
    const response = { ...this.#empty, model: this.#model };
    return this.#numbered([
      { type: "response.created", response },
      { type: "response.in_progress", response },
    ]);
  }

  #choice(choice: JsonRecord): JsonRecord[] {
    this.#finishReason = asText(choice.finish_reason) ?? this.#finishReason;
    const delta = asRecord(choice.delta) ?? {};
    const thinking = asText(delta.reasoning_content) ?? asText(delta.reasoning);
    const text = asText(delta.content);
    const refusal = asText(delta.refusal);
    return [
      ...(thinking === undefined ? [] : this.#output.speak("reasoning_text", thinking)),
      ...(text === undefined ? [] : this.#output.speak("output_text", text)),
      ...(refusal === undefined ? [] : this.#output.speak("refusal", refusal)),
      ...this.#toolCalls.add(delta.tool_calls).flatMap((part) => this.#output.call(part)),
    ];
  }

  #response(status: ResponseStatus): ResponseObject {
    return {
      ...this.#empty,
      status,
      model: this.#model,
      output: this.#output.items(),
      usage: toResponsesUsage(this.#usage),
    };
  }

  #numbered(events: JsonRecord[]): JsonRecord[] {
    return events.map((event) => {
      const numbered = { ...event, sequence_number: this.#sequence };
      this.#sequence += 1;
      return numbered;
    });
  }
}

function lifecycle(response: ResponseObject): JsonRecord {
  return { type: `response.${response.status}`, response };
}
