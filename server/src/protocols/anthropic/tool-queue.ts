import { asRecord, type JsonRecord, parseLoose } from "../loose-json.ts";
import type { ToolCall } from "../openai/chat.ts";
import { ToolCallAssembly } from "../openai/tool-call-assembly.ts";
import { FramingError } from "../stream-failure.ts";
import type { BlockSequence } from "./block-sequence.ts";

type State = "waiting" | "open" | "closed";

/**
 * OpenAI's tool calls may come interleaved, Anthropic's blocks may not: one call is passed on as it comes, and the others
 * wait until its arguments are whole. Every method answers the events that it takes.
 */
export class ToolQueue {
  readonly #blocks: BlockSequence;
  readonly #calls = new ToolCallAssembly();
  readonly #states = new Map<ToolCall, State>();
  #open: ToolCall | undefined;

  constructor(blocks: BlockSequence) {
    this.#blocks = blocks;
  }

  get used(): boolean {
    return this.#states.size > 0;
  }

  /**
   * Takes a delta's `tool_calls`, whatever it holds.
   *
   * @throws FramingError when a call was whole before.
   */
  add(deltas: unknown): JsonRecord[] {
    return this.#calls.add(deltas).flatMap(({ call, added }) => this.#addOne(call, added));
  }

  /** Ends the open call and passes on those that wait. */
  close(): JsonRecord[] {
    const waiting = [...this.#states].filter(([, state]) => state === "waiting");
    const events = waiting.flatMap(([call]) => this.#begin(call));
    return [...events, ...this.#end()];
  }

  #addOne(call: ToolCall, added: string): JsonRecord[] {
    const state = this.#states.get(call) ?? "waiting";
    if (state === "closed") {
      if (added.trim() === "") return [];
      throw new FramingError("malformed: a tool call goes on after its end");
    }
    if (state === "open") return added === "" ? [] : [this.#blocks.toolInput(added)];
    this.#states.set(call, state);
    return this.#mayOpen(call) ? this.#begin(call) : [];
  }

  #mayOpen(call: ToolCall): boolean {
    if (call.function.name === "") return false;
    const open = this.#open;
    return open === undefined || asRecord(parseLoose(open.function.arguments)) !== undefined;
  }

  #begin(call: ToolCall): JsonRecord[] {
    const { name, arguments: input } = call.function;
    const events = [...this.#end(), ...this.#blocks.openTool(call.id, name)];
    this.#states.set(call, "open");
    this.#open = call;
    if (input !== "") events.push(this.#blocks.toolInput(input));
    return events;
  }

  #end(): JsonRecord[] {
    if (this.#open === undefined) return [];
    this.#states.set(this.#open, "closed");
    this.#open = undefined;
    return this.#blocks.close();
  }
}
