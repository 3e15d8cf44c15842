import type { AnswerOf } from "./route-table.ts";
import type { CallOptions, Transport } from "./transport.ts";

interface UsersQuery {
  limit?: number | undefined;
  offset?: number | undefined;
}

/** `client.users`: who shares the memory. All of it needs a key with the scope admin. */
export class UsersClient {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  list(query: UsersQuery = {}, options?: CallOptions): Promise<AnswerOf<"listUsers">> {
    return this.#transport.json({ name: "listUsers", query: { ...query }, options });
  }

  /** Erases a user with everything. It does not come back. */
  erase(name: string, options?: CallOptions): Promise<AnswerOf<"eraseUser">> {
    const query = { confirm: name };
    return this.#transport.json({ name: "eraseUser", params: { name }, query, options });
  }
}
