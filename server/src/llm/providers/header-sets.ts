/** Identity: what is compressed here is uncompressed and compressed again behind; that costs more than it saves. */
const OWN_HEADERS = {
  "content-type": "application/json",
  "accept-encoding": "identity",
  "user-agent": "Sekha",
};

/** The headers of every request to a provider, made once a key. */
export class HeaderSets {
  readonly #configured: Readonly<Record<string, string>>;
  readonly #authorization: (apiKey: string) => Record<string, string>;
  readonly #byKey = new Map<string | undefined, string[]>();

  /** The configured headers win over ours. */
  constructor(
    configured: Readonly<Record<string, string>>,
    authorization: (apiKey: string) => Record<string, string>,
  ) {
    this.#configured = configured;
    this.#authorization = authorization;
  }

  /** Names and values in turn. */
  of(apiKey: string | undefined): string[] {
    const known = this.#byKey.get(apiKey);
    if (known !== undefined) return known;
    const headers: Record<string, string> = {
      ...OWN_HEADERS,
      ...(apiKey === undefined ? {} : this.#authorization(apiKey)),
    };
    for (const [name, value] of Object.entries(this.#configured)) {
      headers[name.toLowerCase()] = value;
    }
    const flat = Object.entries(headers).flat();
    this.#byKey.set(apiKey, flat);
    return flat;
  }
}

export function bearer(apiKey: string): Record<string, string> {
  return { authorization: `Bearer ${apiKey}` };
}
