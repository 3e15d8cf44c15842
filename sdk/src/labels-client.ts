import type { AnswerOf, BodyOf } from "./route-table.ts";
import type { CallOptions, Transport } from "./transport.ts";

/** `client.labels`: labels in use, and labels for what has none. */
export class LabelsClient {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** With how many conversations have each. */
  list(options?: CallOptions): Promise<AnswerOf<"listLabels">> {
    return this.#transport.json({ name: "listLabels", options });
  }

  /** For a stored conversation or for messages, the surest first. */
  suggest(
    request: BodyOf<"suggestLabels">,
    options?: CallOptions,
  ): Promise<AnswerOf<"suggestLabels">> {
    return this.#transport.json({ name: "suggestLabels", body: request, options });
  }

  /** Applies the surest label from `threshold` on (0.7), unless somebody gave one; `force` replaces that too. */
  auto(
    conversationId: string,
    wishes: Omit<BodyOf<"autoLabel">, "conversation_id"> = {},
    options?: CallOptions,
  ): Promise<AnswerOf<"autoLabel">> {
    const body = { conversation_id: conversationId, ...wishes };
    return this.#transport.json({ name: "autoLabel", body, options });
  }
}
