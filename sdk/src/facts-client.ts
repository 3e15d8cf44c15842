import type { AnswerOf } from "./route-table.ts";
import type { CallOptions, Transport } from "./transport.ts";

export interface FactsQuery {
  /** Case and punctuation make no difference. */
  subject?: string;
  conversation_id?: string;
  limit?: number;
  offset?: number;
}

/** `client.facts`: what a model found people to state. */
export class FactsClient {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** Latest said first; empty unless `facts.extract` is on. */
  list(query: FactsQuery = {}, options?: CallOptions): Promise<AnswerOf<"listFacts">> {
    return this.#transport.json({ name: "listFacts", query: { ...query }, options });
  }
}
