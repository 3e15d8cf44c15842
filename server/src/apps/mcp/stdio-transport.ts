import type { JSONRPCMessage, RequestId } from "@modelcontextprotocol/server";
import { StdioServerTransport } from "@modelcontextprotocol/server/stdio";

/** Clients that close standard input want this process gone: a search may end, an endless wait may not. */
const ANSWER_WITHIN_MS = 10_000;

/**
 * Answers what was asked before standard input ended, so that `printf … | sekha mcp` works and nothing is stored
 * without saying so. The SDK's own transport drops these requests.
 */
export class AnsweringStdioTransport extends StdioServerTransport {
  readonly #asked = new Set<RequestId>();
  #whenAnswered: (() => void) | null = null;

  /** To be called once, after the protocol listens: counts what it is asked. */
  countRequests(): void {
    const deliver = this.onmessage;
    this.onmessage = (message: JSONRPCMessage) => {
      if ("method" in message && "id" in message) this.#asked.add(message.id);
      // A cancelled request is not answered.
      else if ("method" in message && message.method === "notifications/cancelled") {
        this.#forget((message.params as { requestId?: RequestId } | undefined)?.requestId);
      }
      deliver?.(message);
    };
  }

  override async send(message: JSONRPCMessage): Promise<void> {
    await super.send(message);
    if (!("method" in message)) this.#forget(message.id);
  }

  /** Answers what could not be read: without an id, since none is known. */
  refuse(error: { code: number; message: string }): void {
    // The SDK's types know no answer without an id; JSON-RPC has `null` there.
    const answer = { jsonrpc: "2.0", id: null, error } as unknown as JSONRPCMessage;
    super.send(answer).catch(() => undefined);
  }

  /** Called by the SDK when standard input ends. */
  override async close(): Promise<void> {
    await this.answered();
    await super.close();
  }

  /** Resolves when every request has its answer, or after ten seconds. */
  async answered(): Promise<void> {
    if (this.#asked.size === 0) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const before = this.#whenAnswered;
    this.#whenAnswered = () => {
      before?.();
      resolve();
    };
    const limit = setTimeout(() => this.abandon(), ANSWER_WITHIN_MS);
    await promise;
    clearTimeout(limit);
  }

  /** Nothing is waited for any more. */
  abandon(): void {
    this.#asked.clear();
    this.#whenAnswered?.();
  }

  #forget(id: RequestId | undefined): void {
    if (id !== undefined) this.#asked.delete(id);
    if (this.#asked.size === 0) this.#whenAnswered?.();
  }
}
