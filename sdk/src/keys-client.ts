import type { AnswerOf } from "./route-table.ts";
import type { CallOptions, Transport } from "./transport.ts";

/** `client.keys`: who may call. */
export class KeysClient {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** Keys without their secrets. */
  list(options?: CallOptions): Promise<AnswerOf<"listKeys">> {
    return this.#transport.json({ name: "listKeys", options });
  }

  /** Makes a key; its secret is in this answer only. */
  create(name: string, options?: CallOptions): Promise<AnswerOf<"createKey">> {
    return this.#transport.json({ name: "createKey", body: { name }, options });
  }

  revoke(idOrName: string, options?: CallOptions): Promise<AnswerOf<"revokeKey">> {
    return this.#transport.json({ name: "revokeKey", params: { id: idOrName }, options });
  }
}
