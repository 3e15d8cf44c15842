import type { AssembleContextRequest, AssembledContextOutput } from "./contract/context.ts";
import type { CallOptions, Transport } from "./transport.ts";

/** `client.context`: what a model should know of the memory for a question. */
export class ContextClient {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** Messages within a budget of tokens, and the same as quoted data for a prompt. Only `query` is needed. */
  async assemble(
    request: Omit<AssembleContextRequest, "format">,
    options?: CallOptions,
  ): Promise<AssembledContextOutput> {
    const body = { ...request, format: "object" } as const;
    const answer = await this.#transport.json({ name: "assembleContext", body, options });
    if (!Array.isArray(answer)) return answer;
    throw new TypeError("The server answered a list, though an object was asked for.");
  }
}
