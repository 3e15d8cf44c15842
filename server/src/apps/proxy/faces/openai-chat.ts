import {
  asList,
  asRecord,
  asRecords,
  asString,
  asText,
  type JsonRecord,
  parseLoose,
} from "../../../protocols/loose-json.ts";
import type { AnsweredTurns, ProxyTurn } from "../proxy-memory.ts";
import { SEKHA_METADATA, withMetadata } from "../sekha-metadata.ts";
import { type AnswerReader, blockBefore, mapPlaces, type ProxyFace } from "./proxy-face.ts";
import { turnOf } from "./turn.ts";

/** OpenAI's chat completions. */
export const openAiChatFace: ProxyFace = {
  protocol: "openai",
  refusesEmpty: true,
  turns: ({ messages }) =>
    asList(messages).flatMap((message, at) => {
      const turn = messageTurn(asRecord(message));
      return turn === undefined ? [] : [{ turn, at }];
    }),
  withBlocks: (body, blocks) => ({
    ...body,
    messages: mapPlaces(asList(body.messages), blocks, putBefore),
  }),
  imageCount: ({ messages }) =>
    asRecords(messages).reduce((count, { content }) => count + imagesOf(content).length, 0),
  answered: (answer) => {
    const turn = messageTurn(asRecord(asRecords(answer.choices)[0]?.message));
    return {
      turns: turn === undefined || turn.text === "" ? [] : [turn],
      complete: true,
      model: asText(answer.model) ?? null,
    };
  },
  reader: (metadata) => new ChunkReader(metadata),
};

const ROLES: Record<string, ProxyTurn["role"]> = {
  system: "system",
  developer: "system",
  user: "user",
  assistant: "assistant",
  tool: "tool",
  function: "tool",
};

function messageTurn(message: JsonRecord | undefined): ProxyTurn | undefined {
  const role = ROLES[asString(message?.role) ?? ""];
  if (message === undefined || role === undefined) return undefined;
  const { content } = message;
  const parts = asRecords(content);
  return turnOf({
    role,
    texts: [
      ...(typeof content === "string" ? [content] : parts.map(partText)),
      asString(message.refusal) ?? "",
    ],
    name: asString(message.name),
    toolCalls: asRecords(message.tool_calls).map(({ function: called }) => ({
      name: asString(asRecord(called)?.name) ?? "",
      arguments: asRecord(called)?.arguments,
    })),
    images: imagesOf(content),
    others: parts.filter(
      ({ type }) => type !== "text" && type !== "refusal" && type !== "image_url",
    ),
  });
}

function partText(part: JsonRecord): string {
  return asString(part.text) ?? asString(part.refusal) ?? "";
}

function imagesOf(content: unknown): string[] {
  return asRecords(content).flatMap(({ type, image_url: image }) => {
    const url = type === "image_url" ? asText(asRecord(image)?.url) : undefined;
    return url === undefined ? [] : [url];
  });
}

function putBefore(message: unknown, block: string): unknown {
  const record = asRecord(message);
  if (record === undefined) return message;
  const { content } = record;
  return {
    ...record,
    content: Array.isArray(content)
      ? [{ type: "text", text: block }, ...content]
      : blockBefore(block, asString(content) ?? ""),
  };
}

interface PartialCall {
  name: string;
  arguments: string;
}

/** Puts the chunks of the first choice together, and tells of memory in the last event before the end mark. */
class ChunkReader implements AnswerReader {
  isComplete = false;
  readonly #metadata: JsonRecord;
  readonly #calls: PartialCall[] = [];
  #text = "";
  #last: JsonRecord = {};
  #model: string | null = null;
  /** What the bridge said of the answer so far. */
  #told: JsonRecord = {};
  #isTold = false;

  constructor(metadata: JsonRecord) {
    this.#metadata = metadata;
  }

  take(data: string): string[] | undefined {
    if (data === "[DONE]") {
      this.isComplete = true;
      return this.#isTold ? undefined : [this.#lastChunk(), data];
    }
    const chunk = asRecord(parseLoose(data));
    if (chunk === undefined || chunk.error !== undefined) return undefined;
    this.#last = chunk;
    this.#model = asText(chunk.model) ?? this.#model;
    this.#told = { ...this.#told, ...asRecord(chunk[SEKHA_METADATA]) };
    const choices = asRecords(chunk.choices);
    for (const choice of choices) this.#add(choice);
    if (choices.length > 0 || asRecord(chunk.usage) === undefined) return undefined;
    this.#isTold = true;
    return [withMetadata(data, chunk, { ...this.#told, ...this.#metadata })];
  }

  answered(): AnsweredTurns {
    const toolCalls = this.#calls.filter((call) => call !== undefined);
    const turn = turnOf({ role: "assistant", texts: [this.#text], toolCalls });
    return {
      turns: turn.text === "" ? [] : [turn],
      complete: this.isComplete,
      model: this.#model,
    };
  }

  #add({ index, delta }: JsonRecord): void {
    if (index !== undefined && index !== 0) return;
    const { content, refusal, tool_calls: calls } = asRecord(delta) ?? {};
    this.#text += asString(content) ?? asString(refusal) ?? "";
    for (const call of asRecords(calls)) {
      const at = Number(call.index ?? 0);
      const { name, arguments: piece } = asRecord(call.function) ?? {};
      const known = this.#calls[at] ?? { name: "", arguments: "" };
      this.#calls[at] = {
        name: known.name + (asString(name) ?? ""),
        arguments: known.arguments + (asString(piece) ?? ""),
      };
    }
  }

  /** Says nothing but the metadata. Clients that asked for no usage may not expect an event without choices. */
  #lastChunk(): string {
    const { id, object, created, model } = this.#last;
    return JSON.stringify({
      ...{ id, object, created, model },
      choices: [{ index: 0, delta: {}, finish_reason: null }],
      [SEKHA_METADATA]: { ...this.#told, ...this.#metadata },
    });
  }
}
