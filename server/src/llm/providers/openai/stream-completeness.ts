import type { ChatChunk } from "../../../protocols/openai/chat.ts";

/** Whether a stream's answer is complete though it may lack its `[DONE]`: every choice has said why it ended. */
export class StreamCompleteness {
  readonly #choices: number;
  readonly #open = new Set<number>();
  readonly #finished = new Set<number>();

  /** @param choices how many were asked for. */
  constructor(choices: number) {
    this.#choices = choices;
  }

  get complete(): boolean {
    return this.#open.size === 0 && this.#finished.size >= this.#choices;
  }

  /** Whether any choice was seen. */
  get begun(): boolean {
    return this.#open.size + this.#finished.size > 0;
  }

  take(chunk: ChatChunk): void {
    for (const { index, finish_reason: reason } of chunk.choices) {
      const choice = index ?? 0;
      // An empty text, as some servers send, is no reason.
      if (reason) {
        this.#open.delete(choice);
        this.#finished.add(choice);
      } else if (!this.#finished.has(choice)) {
        this.#open.add(choice);
      }
    }
  }
}
