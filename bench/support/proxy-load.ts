import { Pool } from "undici";

/** Where a request goes, and with which headers. */
export interface Way {
  name: string;
  url: string;
  headers: Record<string, string>;
}

export interface ChatMessage {
  role: "system" | "user" | "assistant";
  content: string;
}

/** One answered request. */
export interface Answered {
  /** Milliseconds from sending to the first byte of the answer's body. */
  firstByteMs: number;
  text: string;
  /** `sekha_metadata.memory` of the answer; undefined where the bridge answered itself. */
  memory: MemoryTold | undefined;
}

export interface MemoryTold {
  recall: string;
  context_tokens: number;
  rebuilt: boolean;
  took_ms: number;
}

const LIMIT_MS = 30_000;

/** Asks OpenAI's chat of a server, over one connection that stays open. */
export class ChatConnection {
  readonly #way: Way;
  readonly #pool: Pool;

  constructor(way: Way) {
    this.#way = way;
    this.#pool = new Pool(way.url, { connections: 1 });
  }

  /** Rejects where the answer is not whole. */
  async ask(messages: readonly ChatMessage[], isStream: boolean): Promise<Answered> {
    const body = JSON.stringify({ model: "chat-openai", stream: isStream, messages });
    const startedAt = performance.now();
    const answer = await this.#pool.request({
      path: "/v1/chat/completions",
      method: "POST",
      headers: { "content-type": "application/json", ...this.#way.headers },
      body,
      signal: AbortSignal.timeout(LIMIT_MS),
    });
    let firstByteMs = Number.NaN;
    let text = "";
    for await (const chunk of answer.body) {
      if (text === "") firstByteMs = performance.now() - startedAt;
      text += String(chunk);
    }
    const isWhole = text.includes("[DONE]") || text.includes('"usage"');
    if (answer.statusCode !== 200 || !isWhole) {
      throw new Error(`${this.#way.name} answered ${answer.statusCode}: ${text.slice(-300)}`);
    }
    return { firstByteMs, text, memory: memoryTold(text) };
  }

  async close(): Promise<void> {
    await this.#pool.close();
  }
}

/** The metadata stands last, in a whole answer and in a stream. */
function memoryTold(text: string): MemoryTold | undefined {
  const found = /"memory":(\{[^{}]*\})/.exec(text)?.[1];
  return found === undefined ? undefined : (JSON.parse(found) as MemoryTold);
}
