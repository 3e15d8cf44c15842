import { ApiKeys, type KeyDirectory, type KeyVerifier } from "../../http/api-keys.ts";

interface BridgeKeysOptions {
  access: "key" | "loopback" | "network";
  keys: { key: string; name: string }[];
  directory: KeyDirectory;
  localOwner: string;
}

/** Clients of OpenAI and Ollama send some key to anyone; only what looks like ours is worth a look into the store. */
const OUR_KEY = /^sk-sekha-/;

const NO_STORED_KEYS: KeyDirectory = {
  find: async () => null,
  any: async () => false,
  touch: async () => undefined,
  watch: () => undefined,
};

/**
 * The bridge's keys. That keys exist does not close an open bridge (decisions.md 15); then they only tell whose budget a
 * call is, and what is none of them is passed over.
 */
export class BridgeKeys implements KeyVerifier {
  readonly #isOpen: boolean;
  readonly #all: ApiKeys;
  /** null: none is configured, and nothing else that is sent can be one. */
  readonly #configured: ApiKeys | null;

  constructor(
    { access, keys, directory, localOwner }: BridgeKeysOptions,
    options: { clock: () => number; onTouchFailed: (error: unknown) => void },
  ) {
    const shared = { ...options, configured: keys, owner: localOwner };
    this.#isOpen = access !== "key";
    this.#all = new ApiKeys({ ...shared, directory });
    this.#configured =
      keys.length === 0 ? null : new ApiKeys({ ...shared, directory: NO_STORED_KEYS });
  }

  configured(): boolean {
    return !this.#isOpen;
  }

  verify(key: string): ReturnType<KeyVerifier["verify"]> {
    const keys = OUR_KEY.test(key) ? this.#all : this.#configured;
    return keys === null ? null : keys.verify(key);
  }
}
