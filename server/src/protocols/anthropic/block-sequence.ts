import { asText, type JsonRecord } from "../loose-json.ts";

type Kind = "text" | "thinking" | "tool_use";

/** Anthropic's content blocks: numbered, one open at a time. Every method answers the events that it takes. */
export class BlockSequence {
  #index = -1;
  #open: Kind | undefined;

  text(text: string): JsonRecord[] {
    const start = this.#openAs("text", { type: "text", text: "" });
    return [...start, this.#delta({ type: "text_delta", text })];
  }

  think(thinking: string): JsonRecord[] {
    const start = this.#openAs("thinking", { type: "thinking", thinking: "", signature: "" });
    return [...start, this.#delta({ type: "thinking_delta", thinking })];
  }

  /** The signature of the thinking that is open, or thinking that is not for reading. */
  sign(block: JsonRecord): JsonRecord[] {
    if (block.type === "redacted_thinking") {
      return [...this.close(), this.#start(undefined, block), ...this.#stop()];
    }
    const signature = asText(block.signature);
    if (signature === undefined) return [];
    // Thinking that came without its text has a block all the same.
    const empty = { type: "thinking", thinking: "", signature: "" };
    const start = this.#openAs("thinking", empty);
    return [...start, this.#delta({ type: "signature_delta", signature }), ...this.close()];
  }

  openTool(id: string, name: string): JsonRecord[] {
    const block = { type: "tool_use", id, name, input: {} };
    return [...this.close(), this.#start("tool_use", block)];
  }

  toolInput(partial: string): JsonRecord {
    return this.#delta({ type: "input_json_delta", partial_json: partial });
  }

  close(): JsonRecord[] {
    return this.#open === undefined ? [] : this.#stop();
  }

  #openAs(kind: Kind, block: JsonRecord): JsonRecord[] {
    return this.#open === kind ? [] : [...this.close(), this.#start(kind, block)];
  }

  #start(kind: Kind | undefined, content_block: JsonRecord): JsonRecord {
    this.#index += 1;
    this.#open = kind;
    return { type: "content_block_start", index: this.#index, content_block };
  }

  #delta(delta: JsonRecord): JsonRecord {
    return { type: "content_block_delta", index: this.#index, delta };
  }

  #stop(): JsonRecord[] {
    this.#open = undefined;
    return [{ type: "content_block_stop", index: this.#index }];
  }
}
