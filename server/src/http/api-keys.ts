import { hash, randomBytes, timingSafeEqual } from "node:crypto";
import type { KeyScope } from "@sekha/sdk/contract";
import { ALL_SCOPES, type Principal } from "./request-context.ts";

/** How long a looked-up key may be believed without asking again, where nobody tells of changes made elsewhere. */
const CACHE_MILLISECONDS = 10_000;
const CACHE_ENTRIES = 1000;
const TOUCH_MILLISECONDS = 60_000;

/** SHA-256 in hex: what is stored of a key. Keys are random, so no slow hash is needed. */
export function hashApiKey(key: string): string {
  return hash("sha256", key);
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
  /** The live key with this hash, and until when that secret works; null for ever. Milliseconds since the epoch. */
  find(
    hash: string,
    now: number,
  ): Promise<{
    key: { id: string; owner: string; name: string; scopes: KeyScope[] };
    validUntil: number | null;
  } | null>;
  any(): Promise<boolean>;
  touch(id: string, now: number): Promise<void>;
  /** Calls back after keys changed. */
  watch(changed: () => void): void;
}

/** What is known at once is told at once: a promise for each question costs more than most of the answers. */
export interface KeyVerifier {
  /** Whether any key exists, so that callers need one. */
  configured(): boolean | Promise<boolean>;
  verify(key: string): Principal | null | Promise<Principal | null>;
}

interface ApiKeysOptions {
  /** Keys of the configuration (mcp_api_key, rest_api_key, additional_api_keys). */
  configured: { key: string; name: string }[];
  directory: KeyDirectory;
  /** Who else may know a key that is neither configured nor stored here. */
  elsewhere?: Pick<KeyVerifier, "verify"> | undefined;
  /** Whose memory the configured keys open. */
  owner: string;
  /** Milliseconds since the epoch. */
  clock: () => number;
  /** Called when noting the last use of a key failed; the request goes on. */
  onTouchFailed: (error: unknown) => void;
}

interface Remembered {
  principal: Principal;
  until: number;
}

/** Verifies keys by hash against the configuration and the key store. */
export class ApiKeys implements KeyVerifier {
  readonly #options: ApiKeysOptions;
  readonly #fixed: { hash: Buffer; principal: Principal }[];
  /** Configured keys that were sent, so that they are hashed once. Strangers' are never kept. */
  readonly #sent = new Map<string, Principal>();
  readonly #remembered = new Map<string, Remembered>();
  readonly #touched = new Map<string, number>();
  /** How often keys changed: what was asked before a change is not remembered after it. */
  #changes = 0;
  #any: { value: boolean; until: number } | null = null;

  constructor(options: ApiKeysOptions) {
    this.#options = options;
    this.#fixed = options.configured.map(({ key, name }) => ({
      hash: Buffer.from(hashApiKey(key), "hex"),
      principal: { owner: options.owner, keyId: `config:${name}`, name, scopes: ALL_SCOPES },
    }));
    options.directory.watch(() => this.#forget());
  }

  configured(): boolean | Promise<boolean> {
    if (this.#fixed.length > 0) return true;
    const now = this.#options.clock();
    if (this.#any !== null && this.#any.until > now) return this.#any.value;
    return this.#lookForAny(now);
  }

  async #lookForAny(now: number): Promise<boolean> {
    const changes = this.#changes;
    const value = await this.#options.directory.any();
    if (changes === this.#changes) this.#any = { value, until: now + CACHE_MILLISECONDS };
    return value;
  }

  verify(key: string): Principal | Promise<Principal | null> {
    const sent = this.#sent.get(key);
    if (sent !== undefined) return sent;
    const hashed = hashApiKey(key);
    const fixed = this.#matchFixed(Buffer.from(hashed, "hex"));
    if (fixed === null) return this.#verifyStored(key, hashed);
    this.#sent.set(key, fixed);
    return fixed;
  }

  async #verifyStored(key: string, hashed: string): Promise<Principal | null> {
    const principal = await this.#lookUp(hashed);
    if (principal === null) return (await this.#options.elsewhere?.verify(key)) ?? null;
    if (principal.keyId !== null) this.#touch(principal.keyId);
    return principal;
  }

  #forget(): void {
    this.#changes += 1;
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
    const changes = this.#changes;
    const found = await this.#options.directory.find(hash, Math.round(now));
    // Unknown keys are not remembered: guesses must not push out real ones.
    if (found === null) return null;
    const { id, owner, name, scopes } = found.key;
    const principal = { owner, keyId: id, name, scopes };
    const until = Math.min(now + CACHE_MILLISECONDS, found.validUntil ?? Number.POSITIVE_INFINITY);
    if (changes === this.#changes) this.#remember(hash, { principal, until });
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
