import { asNumber, asRecord, asText, type JsonRecord, parseLoose } from "../loose-json.ts";
import { FramingError } from "../stream-failure.ts";
import type { BlockSequence } from "./block-sequence.ts";

interface QueuedTool {
  id: string;
  name: string;
  /** All arguments so far. */
  input: string;
  state: "waiting" | "open" | "closed";
}

/**
 * OpenAI's tool calls may come interleaved, Anthropic's blocks may not: one call is passed on as it comes, and the others
 * wait until its arguments are whole. Every method answers the events that it takes.
 */
export class ToolQueue {
  readonly #blocks: BlockSequence;
  readonly #tools = new Map<number, QueuedTool>();
  #open: QueuedTool | undefined;

  constructor(blocks: BlockSequence) {
    this.#blocks = blocks;
  }

  get used(): boolean {
    return this.#tools.size > 0;
  }

  /** @throws FramingError when the call was whole before. */
  add(delta: JsonRecord): JsonRecord[] {
    const tool = this.#toolOf(delta);
    const part = asText(asRecord(delta.function)?.arguments) ?? "";
    tool.input += part;
    if (tool.state === "closed") {
      if (part.trim() === "") return [];
      throw new FramingError("malformed: a tool call goes on after its end");
    }
    if (tool.state === "open") return part === "" ? [] : [this.#blocks.toolInput(part)];
    return this.#mayOpen(tool) ? this.#begin(tool) : [];
  }

  /** Ends the open call and passes on those that wait. */
  close(): JsonRecord[] {
    const waiting = [...this.#tools.values()].filter((tool) => tool.state === "waiting");
    const events = waiting.flatMap((tool) => this.#begin(tool));
    return [...events, ...this.#end()];
  }

  #toolOf(delta: JsonRecord): QueuedTool {
    const index = asNumber(delta.index) ?? Math.max(0, this.#tools.size - 1);
    const known = this.#tools.get(index);
    const id = asText(delta.id) ?? "";
    const name = asText(asRecord(delta.function)?.name) ?? "";
    if (known !== undefined) {
      known.id ||= id;
      known.name ||= name;
      return known;
    }
    const tool: QueuedTool = { id, name, input: "", state: "waiting" };
    this.#tools.set(index, tool);
    return tool;
  }

  #mayOpen(tool: QueuedTool): boolean {
    if (tool.name === "") return false;
    return this.#open === undefined || asRecord(parseLoose(this.#open.input)) !== undefined;
  }

  #begin(tool: QueuedTool): JsonRecord[] {
    const events = [...this.#end(), ...this.#blocks.openTool(tool.id, tool.name)];
    tool.state = "open";
    this.#open = tool;
    if (tool.input !== "") events.push(this.#blocks.toolInput(tool.input));
    return events;
  }

  #end(): JsonRecord[] {
    if (this.#open === undefined) return [];
    this.#open.state = "closed";
    this.#open = undefined;
    return this.#blocks.close();
  }
}
