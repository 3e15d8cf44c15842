import type { z } from "zod";
import type { chatBody } from "./contract/bridge-faces.ts";
import { SekhaApiError, SekhaConnectionError } from "./errors.ts";
import type { AnswerOf } from "./route-table.ts";
import { eventData } from "./server-sent-events.ts";
import type { CallOptions, Transport } from "./transport.ts";

/** OpenAI's; fields that are not named pass through. */
export type ChatRequest = z.input<typeof chatBody>;
export type ChatCompletion = AnswerOf<"chat">;

/** One piece of a streamed answer, as OpenAI shapes it. */
export interface ChatChunk {
  id: string;
  model: string;
  choices: {
    index: number;
    delta: { role?: string; content?: string | null; tool_calls?: unknown[] };
    finish_reason: string | null;
  }[];
  usage?: { prompt_tokens: number; completion_tokens: number } | null;
  /** In the last piece: who served and, from the proxy, what memory did. */
  sekha_metadata?: Record<string, unknown>;
}

/** Chat with any model: at the bridge as it is, at the proxy with memory. */
export class ChatClient {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** The whole answer. Not repeated on failure, since it may have cost money. */
  chat(request: ChatRequest, options?: CallOptions): Promise<ChatCompletion> {
    return this.#transport.json({ name: "chat", body: { ...request, stream: false }, options });
  }

  /**
   * The answer as it comes. Ends only when it is complete: the loop throws SekhaApiError when the server reports a
   * failure, SekhaConnectionError when the stream breaks off. Leaving the loop early tells the server to stop.
   */
  async *stream(request: ChatRequest, options?: CallOptions): AsyncGenerator<ChatChunk> {
    const call = { name: "chat", body: { ...request, stream: true }, options } as const;
    const { response, chunks } = await this.#transport.bytes(call);
    for await (const data of eventData(chunks)) {
      if (data.trim() === "[DONE]") return;
      const chunk = JSON.parse(data) as ChatChunk | { error: StreamError };
      if ("error" in chunk) throw streamError(chunk.error, response);
      yield chunk;
    }
    throw new SekhaConnectionError("The answer broke off before its end.", response.url);
  }

  /** The text of the answer as it comes; ends as `stream` does. */
  async *streamText(request: ChatRequest, options?: CallOptions): AsyncGenerator<string> {
    for await (const { choices } of this.stream(request, options)) {
      const text = choices[0]?.delta.content;
      if (typeof text === "string" && text !== "") yield text;
    }
  }
}

interface StreamError {
  message?: unknown;
  code?: unknown;
  type?: unknown;
}

function streamError({ message, code, type }: StreamError, response: Response): SekhaApiError {
  const text = typeof message === "string" ? message : "The answer ended in an error.";
  const name = [code, type].find((one) => typeof one === "string");
  return new SekhaApiError(text, {
    status: response.status,
    code: (name as string | undefined) ?? "unknown",
    requestId: response.headers.get("x-request-id"),
  });
}
