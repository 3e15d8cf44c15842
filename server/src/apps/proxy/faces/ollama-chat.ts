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
import { withMetadata } from "../sekha-metadata.ts";
import { type AnswerReader, blockBefore, mapPlaces, type ProxyFace } from "./proxy-face.ts";
import { turnOf } from "./turn.ts";

/** Ollama's chat. */
export const ollamaChatFace: ProxyFace = {
  protocol: "ollama",
  refusesEmpty: false,
  turns: ({ messages }) =>
    asList(messages).flatMap((message, at) => {
      const turn = messageTurn(asRecord(message));
      return turn === undefined ? [] : [{ turn, at }];
    }),
  withBlocks: (body, blocks) => ({
    ...body,
    messages: mapPlaces(asList(body.messages), blocks, (message, block) => {
      const record = asRecord(message);
      if (record === undefined) return message;
      return { ...record, content: blockBefore(block, asString(record.content) ?? "") };
    }),
  }),
  imageCount: ({ messages }) =>
    asRecords(messages).reduce((count, { images }) => count + asList(images).length, 0),
  answered: (answer) => {
    const turn = messageTurn(asRecord(answer.message));
    return {
      turns: turn === undefined || turn.text === "" ? [] : [turn],
      complete: true,
      model: asText(answer.model) ?? null,
    };
  },
  reader: (metadata) => new LineReader(metadata),
};

const ROLES: Record<string, ProxyTurn["role"]> = {
  system: "system",
  developer: "system",
  user: "user",
  assistant: "assistant",
  tool: "tool",
};

function messageTurn(message: JsonRecord | undefined): ProxyTurn | undefined {
  const role = ROLES[asString(message?.role) ?? ""];
  if (message === undefined || role === undefined) return undefined;
  return turnOf({
    role,
    texts: [asString(message.content) ?? ""],
    name: asString(message.tool_name),
    toolCalls: callsOf(message),
    images: asList(message.images).flatMap((image) => {
      const data = asText(image);
      if (data === undefined) return [];
      return data.startsWith("data:") ? data : `data:${pictureType(data)};base64,${data}`;
    }),
  });
}

function callsOf(message: JsonRecord) {
  return asRecords(message.tool_calls).map(({ function: called }) => ({
    name: asString(asRecord(called)?.name) ?? "",
    arguments: asRecord(called)?.arguments,
  }));
}

/** Ollama's clients do not say it; the first bytes do. */
function pictureType(base64: string): string {
  if (base64.startsWith("iVBOR")) return "image/png";
  if (base64.startsWith("R0lGOD")) return "image/gif";
  return base64.startsWith("UklGR") ? "image/webp" : "image/jpeg";
}

/** Puts the lines of an answer together, and tells of memory in the last. */
class LineReader implements AnswerReader {
  isComplete = false;
  readonly #metadata: JsonRecord;
  readonly #calls: { name: string; arguments: unknown }[] = [];
  #text = "";
  #model: string | null = null;

  constructor(metadata: JsonRecord) {
    this.#metadata = metadata;
  }

  take(data: string): string[] | undefined {
    const line = asRecord(parseLoose(data));
    if (line === undefined || line.error !== undefined) return undefined;
    const message = asRecord(line.message) ?? {};
    this.#text += asString(message.content) ?? "";
    this.#calls.push(...callsOf(message));
    this.#model = asText(line.model) ?? this.#model;
    if (line.done !== true) return undefined;
    this.isComplete = true;
    return [withMetadata(data, line, this.#metadata)];
  }

  answered(): AnsweredTurns {
    const turn = turnOf({ role: "assistant", texts: [this.#text], toolCalls: this.#calls });
    return {
      turns: turn.text === "" ? [] : [turn],
      complete: this.isComplete,
      model: this.#model,
    };
  }
}
