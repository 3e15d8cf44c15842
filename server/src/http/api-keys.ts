import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import type { Principal } from "./request-context.ts";

/** How long a looked-up key may be believed without asking again; revoking here is immediate. */
const CACHE_MILLISECONDS = 10_000;
const CACHE_ENTRIES = 1000;
const TOUCH_MILLISECONDS = 60_000;

/** SHA-256 in hex: what is stored of a key. Keys are random, so no slow hash is needed. */
export function hashApiKey(key: string): string {
  return createHash("sha256").update(key).digest("hex");
}

/** `sk-sekha-` and 43 random characters. */
export function generateApiKey(): string {
  return `sk-sekha-${randomBytes(32).toString("base64url")}`;
}

/** The first characters of a key, to recognise it by. */
export function apiKeyPrefix(key: string): string {
  return key.slice(0, 13);
}

/** Stored keys; the part of the KeyStore port that answering requests takes. */
export interface KeyDirectory {
  find(hash: string): Promise<{ id: string; owner: string; name: string } | null>;
  any(): Promise<boolean>;
  touch(id: string, now: number): Promise<void>;
}

export interface KeyVerifier {
  /** Whether any key exists, so that callers need one. */
  configured(): Promise<boolean>;
  verify(key: string): Promise<Principal | null>;
  /** Forgets what it remembers; to be called after a key was made or revoked. */
  forget(): void;
}

interface ApiKeysOptions {
  /** Keys of the configuration (mcp_api_key, rest_api_key, additional_api_keys). */
  configured: { key: string; name: string }[];
  directory: KeyDirectory;
  /** Whose memory the configured keys open. */
  owner: string;
  /** Milliseconds since the epoch. */
  clock: () => number;
  /** Called when noting the last use of a key failed; the request goes on. */
  onTouchFailed: (error: unknown) => void;
}

interface Remembered {
  principal: Principal | null;
  until: number;
}

/** Verifies keys by hash against the configuration and the key store. */
export class ApiKeys implements KeyVerifier {
  readonly #options: ApiKeysOptions;
  readonly #fixed: { hash: Buffer; principal: Principal }[];
  readonly #remembered = new Map<string, Remembered>();
  readonly #touched = new Map<string, number>();
  #any: { value: boolean; until: number } | null = null;

  constructor(options: ApiKeysOptions) {
    this.#options = options;
    this.#fixed = options.configured.map(({ key, name }) => ({
      hash: Buffer.from(hashApiKey(key), "hex"),
      principal: { owner: options.owner, keyId: `config:${name}`, name },
    }));
  }

  async configured(): Promise<boolean> {
    if (this.#fixed.length > 0) return true;
    const now = this.#options.clock();
    if (this.#any !== null && this.#any.until > now) return this.#any.value;
    const value = await this.#options.directory.any();
    this.#any = { value, until: now + CACHE_MILLISECONDS };
    return value;
  }

  async verify(key: string): Promise<Principal | null> {
    const hash = hashApiKey(key);
    const fixed = this.#matchFixed(Buffer.from(hash, "hex"));
    if (fixed !== null) return fixed;
    const principal = await this.#lookUp(hash);
    if (principal?.keyId) this.#touch(principal.keyId);
    return principal;
  }

  forget(): void {
    this.#remembered.clear();
    this.#any = null;
  }

  /** Compares with every key, so that the time tells nothing. */
  #matchFixed(hash: Buffer): Principal | null {
    let match: Principal | null = null;
    for (const fixed of this.#fixed) {
      if (timingSafeEqual(fixed.hash, hash)) match = fixed.principal;
    }
    return match;
  }

  async #lookUp(hash: string): Promise<Principal | null> {
    const now = this.#options.clock();
    const known = this.#remembered.get(hash);
    if (known !== undefined && known.until > now) return known.principal;
    const found = await this.#options.directory.find(hash);
    const principal = found && { owner: found.owner, keyId: found.id, name: found.name };
    // Unknown keys are not remembered: guesses must not push out real ones.
    if (principal !== null) this.#remember(hash, { principal, until: now + CACHE_MILLISECONDS });
    return principal;
  }

  #remember(hash: string, entry: Remembered): void {
    if (this.#remembered.size >= CACHE_ENTRIES) this.#remembered.clear();
    this.#remembered.set(hash, entry);
  }

  /** Notes the last use, at most once a minute for each key; nobody waits for it. */
  #touch(id: string): void {
    const now = this.#options.clock();
    if (now - (this.#touched.get(id) ?? Number.NEGATIVE_INFINITY) < TOUCH_MILLISECONDS) return;
    if (this.#touched.size >= CACHE_ENTRIES) this.#touched.clear();
    this.#touched.set(id, now);
    this.#options.directory.touch(id, Math.round(now)).catch(this.#options.onTouchFailed);
  }
}
