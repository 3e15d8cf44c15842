import type { AnswerOf, BodyOf } from "./route-table.ts";
import type { CallOptions, Transport } from "./transport.ts";

/** Whose keys: your own when absent; another user's, or `*` for everyone's, needs a key with the scope admin. */
interface KeysQuery {
  user?: string | undefined;
}

/** For another user's key by its name; an id needs no user. */
interface KeyOwner {
  user?: string | undefined;
}

/** `client.keys`: who may call, and what. */
export class KeysClient {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** Whose memory this client's key opens, and what it may do there. */
  whoami(options?: CallOptions): Promise<AnswerOf<"whoami">> {
    return this.#transport.json({ name: "whoami", options });
  }

  /** Keys without their secrets. */
  list(query: KeysQuery = {}, options?: CallOptions): Promise<AnswerOf<"listKeys">> {
    return this.#transport.json({ name: "listKeys", query: { ...query }, options });
  }

  /** Makes a key; its secret is in this answer only. A name alone makes a key like the caller's own. */
  create(
    request: string | BodyOf<"createKey">,
    options?: CallOptions,
  ): Promise<AnswerOf<"createKey">> {
    const body = typeof request === "string" ? { name: request } : request;
    return this.#transport.json({ name: "createKey", body, options });
  }

  /** Gives a key a new secret, which is in this answer only; the old one ends after `grace_seconds`, or at once. */
  rotate(
    idOrName: string,
    request: NonNullable<BodyOf<"rotateKey">> & KeyOwner = {},
    options?: CallOptions,
  ): Promise<AnswerOf<"rotateKey">> {
    const { user, ...body } = request;
    const params = { id: idOrName };
    return this.#transport.json({ name: "rotateKey", params, query: { user }, body, options });
  }

  revoke(
    idOrName: string,
    owner: KeyOwner = {},
    options?: CallOptions,
  ): Promise<AnswerOf<"revokeKey">> {
    const params = { id: idOrName };
    return this.#transport.json({ name: "revokeKey", params, query: { ...owner }, options });
  }
}
