import { asNumber, asRecord, asRecords, asText, type JsonRecord } from "../loose-json.ts";
import type { ToolCall } from "./chat.ts";

/** What one delta brought. */
export interface ToolCallPart {
  /** The whole call so far, the same object each time. */
  call: ToolCall;
  /** Of its arguments. */
  added: string;
}

/**
 * Tool calls out of their deltas, by index. Servers differ: some leave the index out, some give every parallel call the
 * index 0 and tell them apart by their ids only.
 */
export class ToolCallAssembly {
  readonly #slots = new Map<number, ToolCall>();
  /** The slot that an index of the provider's means now. */
  readonly #current = new Map<number, number>();
  #last = -1;

  /** Takes a delta's `tool_calls`, whatever it holds. */
  add(deltas: unknown): ToolCallPart[] {
    return asRecords(deltas).map((delta) => this.#addOne(delta));
  }

  /** In the order in which they began; undefined where there are none. */
  calls(): ToolCall[] | undefined {
    if (this.#slots.size === 0) return undefined;
    const slots = [...this.#slots].sort(([a], [b]) => a - b);
    return slots.map(([, call]) => ({ ...call, function: { ...call.function } }));
  }

  #addOne(delta: JsonRecord): ToolCallPart {
    const call = this.#callOf(delta);
    const part = asRecord(delta.function) ?? {};
    const { index: _, id: __, type: ___, function: ____, ...others } = delta;
    Object.assign(call, others);
    call.id ||= asText(delta.id) ?? "";
    call.function.name ||= asText(part.name) ?? "";
    const added = argumentText(part.arguments);
    call.function.arguments += added;
    return { call, added };
  }

  #callOf(delta: JsonRecord): ToolCall {
    const id = asText(delta.id);
    const index = asNumber(delta.index) ?? this.#indexWithout(id);
    const slot = this.#current.get(index) ?? index;
    const known = this.#slots.get(slot);
    if (known !== undefined && (id === undefined || known.id === "" || known.id === id)) {
      this.#last = slot;
      return known;
    }
    return this.#begin(Math.max(index, 0), known === undefined ? Math.max(slot, 0) : undefined);
  }

  /** Where a delta without an index belongs: to the call of its id, without one to the last. */
  #indexWithout(id: string | undefined): number {
    if (id === undefined) return this.#last;
    const known = [...this.#slots].find(([, call]) => call.id === id);
    return known === undefined ? this.#slots.size : known[0];
  }

  #begin(index: number, free: number | undefined): ToolCall {
    const slot = free ?? Math.max(...this.#slots.keys()) + 1;
    const call: ToolCall = { id: "", type: "function", function: { name: "", arguments: "" } };
    this.#slots.set(slot, call);
    this.#current.set(index, slot);
    this.#last = slot;
    return call;
  }
}

/** A call's arguments as JSON text: some servers send the object itself. */
export function argumentText(value: unknown): string {
  if (typeof value === "string") return value;
  return value === undefined || value === null ? "" : JSON.stringify(value);
}
