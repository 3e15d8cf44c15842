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
import { type AnswerReader, blockBefore, mapPlaces, type ProxyFace } from "./proxy-face.ts";
import { turnOf } from "./turn.ts";

/** OpenAI's Responses API. Its input is a text, or a list of messages, tool calls and their results. */
export const openAiResponsesFace: ProxyFace = {
  protocol: "openai",
  refusesEmpty: false,
  turns: ({ instructions, input }) => [
    ...(asText(instructions) === undefined
      ? []
      : [{ turn: turnOf({ role: "system", texts: [String(instructions)] }), at: null }]),
    ...(typeof input === "string"
      ? [{ turn: turnOf({ role: "user", texts: [input] }), at: 0 }]
      : asList(input).flatMap((item, at) => {
          const turn = itemTurn(asRecord(item));
          return turn === undefined ? [] : [{ turn, at }];
        })),
  ],
  withBlocks: (body, blocks) => ({
    ...body,
    input:
      typeof body.input === "string"
        ? blockBefore(blocks[0]?.text ?? "", body.input)
        : mapPlaces(asList(body.input), blocks, putBefore),
  }),
  imageCount: ({ input }) =>
    asRecords(input).reduce((count, { content }) => count + imagesOf(content).length, 0),
  answered: (answer) => answeredBy(answer),
  // The bridge's events stay as the API has them; a header tells of memory.
  reader: () => new EventReader(),
};

const ROLES: Record<string, ProxyTurn["role"]> = {
  system: "system",
  developer: "system",
  user: "user",
  assistant: "assistant",
};

function itemTurn(item: JsonRecord | undefined): ProxyTurn | undefined {
  switch (item?.type ?? "message") {
    case "message":
      return messageTurn(item);
    case "function_call":
      return turnOf({
        role: "assistant",
        texts: [],
        toolCalls: [{ name: asString(item?.name) ?? "", arguments: item?.arguments }],
      });
    case "function_call_output":
      return turnOf({ role: "tool", texts: textsOf(item?.output), images: imagesOf(item?.output) });
    default:
      // Thoughts and references are no turns.
      return undefined;
  }
}

function messageTurn(item: JsonRecord | undefined): ProxyTurn | undefined {
  const role = ROLES[asString(item?.role) ?? ""];
  if (item === undefined || role === undefined) return undefined;
  const known = new Set(["input_text", "output_text", "text", "refusal", "input_image"]);
  return turnOf({
    role,
    texts: textsOf(item.content),
    images: imagesOf(item.content),
    others: asRecords(item.content).filter(({ type }) => !known.has(String(type))),
  });
}

function textsOf(content: unknown): string[] {
  if (typeof content === "string") return [content];
  return asRecords(content).map((part) => asString(part.text) ?? asString(part.refusal) ?? "");
}

function imagesOf(content: unknown): string[] {
  return asRecords(content).flatMap(({ type, image_url: url }) =>
    type === "input_image" ? (asText(url) ?? []) : [],
  );
}

function putBefore(item: unknown, block: string): unknown {
  const record = asRecord(item);
  if (record === undefined) return item;
  const { content } = record;
  return {
    ...record,
    content: Array.isArray(content)
      ? [{ type: "input_text", text: block }, ...content]
      : blockBefore(block, asString(content) ?? ""),
  };
}

function answeredBy(response: JsonRecord): AnsweredTurns {
  return {
    turns: asRecords(response.output).flatMap((item) => {
      const turn = itemTurn(item);
      return turn === undefined || turn.text === "" ? [] : [turn];
    }),
    complete: response.status !== "failed",
    model: asText(response.model) ?? null,
  };
}

/** The last event holds the whole answer; until it comes, the pieces are put together. */
class EventReader implements AnswerReader {
  readonly #items: JsonRecord[] = [];
  #last: AnsweredTurns | null = null;
  #model: string | null = null;

  get isComplete(): boolean {
    return this.#last !== null;
  }

  take(data: string): undefined {
    const event = asRecord(parseLoose(data)) ?? {};
    const at = Number(event.output_index ?? 0);
    switch (event.type) {
      case "response.created":
        this.#model = asText(asRecord(event.response)?.model) ?? null;
        break;
      case "response.output_item.added":
        this.#items[at] = { ...asRecord(event.item), content: "", arguments: "" };
        break;
      case "response.output_text.delta":
      case "response.refusal.delta":
        this.#append(at, "content", event.delta);
        break;
      case "response.function_call_arguments.delta":
        this.#append(at, "arguments", event.delta);
        break;
      case "response.completed":
      case "response.incomplete":
        this.#last = answeredBy(asRecord(event.response) ?? {});
        break;
    }
  }

  answered(): AnsweredTurns {
    if (this.#last !== null) return this.#last;
    const output = this.#items.filter((item) => item !== undefined);
    return { ...answeredBy({ output }), complete: false, model: this.#model };
  }

  #append(at: number, field: "content" | "arguments", delta: unknown): void {
    const item = this.#items[at];
    if (item !== undefined) item[field] = (asString(item[field]) ?? "") + (asString(delta) ?? "");
  }
}
