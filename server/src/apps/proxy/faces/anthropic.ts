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
import {
  type AnswerReader,
  blockBefore,
  mapPlaces,
  type PlacedTurn,
  type ProxyFace,
} from "./proxy-face.ts";
import { turnOf } from "./turn.ts";

/** Anthropic's Messages API. */
export const anthropicFace: ProxyFace = {
  protocol: "anthropic",
  refusesEmpty: false,
  turns: ({ system, messages }) => [
    ...(textsOf(system).length === 0
      ? []
      : [{ turn: turnOf({ role: "system", texts: textsOf(system) }), at: null }]),
    ...asList(messages).flatMap((message, at) => messageTurns(asRecord(message) ?? {}, at)),
  ],
  withBlocks: (body, blocks) => ({
    ...body,
    messages: mapPlaces(asList(body.messages), blocks, putBefore),
  }),
  imageCount: ({ messages }) =>
    asRecords(messages)
      .flatMap(({ content }) => asRecords(content))
      .reduce((count, block) => count + imagesIn(block), 0),
  answered: (answer) => ({
    turns: assistantTurns(asRecords(answer.content)),
    complete: true,
    model: asText(answer.model) ?? null,
  }),
  // The bridge names who serves in the first event; of memory a header tells.
  reader: () => new EventReader(),
};

/** Results of tools are turns of their own, whatever else the user says beside them. */
function messageTurns({ role, content }: JsonRecord, at: number): PlacedTurn[] {
  const blocks = asRecords(content);
  if (role === "assistant") {
    return [
      { turn: assistantTurn(typeof content === "string" ? textBlocks(content) : blocks), at },
    ];
  }
  if (role !== "user" && role !== "system") return [];
  const results = blocks.filter(({ type }) => type === "tool_result");
  const others = blocks.filter(({ type }) => type !== "tool_result");
  const said = typeof content === "string" ? textBlocks(content) : others;
  return [
    ...results.map((result) => ({ turn: resultTurn(result), at })),
    ...(said.length === 0 ? [] : [{ turn: saidTurn(role, said), at }]),
  ];
}

function textBlocks(text: string): JsonRecord[] {
  return [{ type: "text", text }];
}

function saidTurn(role: "user" | "system", blocks: readonly JsonRecord[]): ProxyTurn {
  return turnOf({
    role,
    texts: textsOf(blocks),
    images: blocks.flatMap(imageUrl),
    others: blocks.filter(({ type }) => type !== "text" && type !== "image").map(withoutCacheMark),
  });
}

function resultTurn({ content }: JsonRecord): ProxyTurn {
  return turnOf({
    role: "tool",
    texts: textsOf(content),
    images: asRecords(content).flatMap(imageUrl),
  });
}

function assistantTurns(blocks: readonly JsonRecord[]): ProxyTurn[] {
  const turn = assistantTurn(blocks);
  return turn.text === "" ? [] : [turn];
}

function assistantTurn(blocks: readonly JsonRecord[]): ProxyTurn {
  return turnOf({
    role: "assistant",
    texts: textsOf(blocks),
    toolCalls: blocks
      .filter(({ type }) => type === "tool_use")
      .map(({ name, input }) => ({ name: asString(name) ?? "", arguments: input })),
  });
}

function textsOf(content: unknown): string[] {
  if (typeof content === "string") return content === "" ? [] : [content];
  return asRecords(content).flatMap(({ type, text }) =>
    type === "text" ? (asText(text) ?? []) : [],
  );
}

function imageUrl({ type, source }: JsonRecord): string[] {
  if (type !== "image") return [];
  const { type: kind, url, media_type: mime, data } = asRecord(source) ?? {};
  if (kind === "url") return asText(url) === undefined ? [] : [String(url)];
  return asText(data) === undefined ? [] : [`data:${asString(mime) ?? ""};base64,${String(data)}`];
}

function imagesIn(block: JsonRecord): number {
  if (block.type === "tool_result") {
    return asRecords(block.content).filter(({ type }) => type === "image").length;
  }
  return block.type === "image" ? 1 : 0;
}

/** Clients move their marks from turn to turn. */
function withoutCacheMark({ cache_control: _mark, ...block }: JsonRecord): JsonRecord {
  return block;
}

/** Behind the results of tools, which must come first, and before everything that the user says. */
function putBefore(message: unknown, block: string): unknown {
  const record = asRecord(message);
  if (record === undefined) return message;
  const { content } = record;
  if (!Array.isArray(content)) {
    return { ...record, content: blockBefore(block, asString(content) ?? "") };
  }
  const behind = content.findLastIndex((part) => asRecord(part)?.type === "tool_result") + 1;
  const text = { type: "text", text: block };
  return { ...record, content: [...content.slice(0, behind), text, ...content.slice(behind)] };
}

/** Puts the blocks of an answer together. */
class EventReader implements AnswerReader {
  isComplete = false;
  readonly #blocks: { type: string; name: string; text: string }[] = [];
  #model: string | null = null;

  take(data: string): undefined {
    const event = asRecord(parseLoose(data)) ?? {};
    const at = Number(event.index ?? 0);
    switch (event.type) {
      case "message_start":
        this.#model = asText(asRecord(event.message)?.model) ?? null;
        break;
      case "content_block_start":
        this.#begin(at, asRecord(event.content_block) ?? {});
        break;
      case "content_block_delta":
        this.#append(at, asRecord(event.delta) ?? {});
        break;
      case "message_stop":
        this.isComplete = true;
        break;
    }
  }

  answered(): AnsweredTurns {
    const blocks = this.#blocks.map(({ type, name, text }) =>
      type === "tool_use" ? { type, name, input: text } : { type, text },
    );
    return {
      turns: assistantTurns(blocks),
      complete: this.isComplete,
      model: this.#model,
    };
  }

  #begin(at: number, { type, name, text }: JsonRecord): void {
    const begun = { type: asString(type) ?? "", name: asString(name) ?? "" };
    this.#blocks[at] = { ...begun, text: asString(text) ?? "" };
  }

  #append(at: number, { text, partial_json: json }: JsonRecord): void {
    const block = this.#blocks[at];
    if (block !== undefined) block.text += asString(text) ?? asString(json) ?? "";
  }
}
