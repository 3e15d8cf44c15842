import { SekhaError } from "../../../core/errors.ts";
import type { ApiKey, KeyStore } from "../../../core/ports/key-store.ts";

interface Stored {
  key: ApiKey;
  hash: string;
  previousHash: string | null;
}

/** A KeyStore in memory, which keeps what the conformance suite asks of one. */
export class FakeKeys implements KeyStore {
  readonly #stored: Stored[] = [];
  readonly #watchers: (() => void)[] = [];

  async create(key: ApiKey, hash: string): Promise<void> {
    this.#stored.push({ key, hash, previousHash: null });
    this.#tell();
  }

  async find(hash: string, now: number) {
    for (const { key, hash: present, previousHash } of this.#stored) {
      const until = [key.expiresAt, hash === present ? null : key.previousUntil];
      const times = until.filter((time) => time !== null);
      const isMeant = hash === present || hash === previousHash;
      if (!isMeant || key.revokedAt !== null || times.some((time) => time <= now)) continue;
      return { key, validUntil: times.length === 0 ? null : Math.min(...times) };
    }
    return null;
  }

  async list(owner: string): Promise<ApiKey[]> {
    return this.#stored.filter(({ key }) => key.owner === owner).map(({ key }) => key);
  }

  async all(): Promise<ApiKey[]> {
    return this.#stored.map(({ key }) => key);
  }

  async rotate(owner: string, idOrName: string, rotation: Parameters<KeyStore["rotate"]>[2]) {
    const stored = this.#live(owner, idOrName);
    const { prefix, hash, now, previousUntil, expiresAt } = rotation;
    stored.previousHash = previousUntil > now ? stored.hash : null;
    stored.hash = hash;
    stored.key = {
      ...stored.key,
      prefix,
      rotatedAt: now,
      previousUntil: previousUntil > now ? previousUntil : null,
      ...(expiresAt === undefined ? {} : { expiresAt }),
    };
    this.#tell();
    return stored.key;
  }

  async revoke(owner: string, idOrName: string, now: number): Promise<ApiKey> {
    const stored = this.#live(owner, idOrName);
    stored.key = { ...stored.key, revokedAt: now };
    this.#tell();
    return stored.key;
  }

  async touch(id: string, now: number): Promise<void> {
    for (const stored of this.#stored) {
      if (stored.key.id === id) stored.key = { ...stored.key, lastUsedAt: now };
    }
  }

  async any(): Promise<boolean> {
    return this.#stored.some(({ key }) => key.revokedAt === null);
  }

  watch(changed: () => void): void {
    this.#watchers.push(changed);
  }

  /** Of an erased user. */
  forget(owner: string): void {
    const others = this.#stored.filter(({ key }) => key.owner !== owner);
    this.#stored.splice(0, this.#stored.length, ...others);
    this.#tell();
  }

  #live(owner: string, idOrName: string): Stored {
    const found = this.#stored.findLast(
      ({ key }) =>
        key.owner === owner &&
        key.revokedAt === null &&
        (key.id === idOrName || key.name === idOrName),
    );
    if (found === undefined) throw new SekhaError("not_found", "There is no such key.");
    return found;
  }

  #tell(): void {
    for (const changed of this.#watchers) changed();
  }
}
