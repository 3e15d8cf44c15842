import type { Owner } from "../conversations/conversation.ts";

/** What a key may do: `admin` reads and writes too, and manages keys, users and the service. */
export type KeyScope = "read" | "write" | "admin";

/** An API key as it is kept: the secret itself is never stored. */
export interface ApiKey {
  id: string;
  /** The user whose memory it opens. */
  owner: Owner;
  name: string;
  /** First characters of the present secret, to recognise it by. */
  prefix: string;
  scopes: KeyScope[];
  createdAt: number;
  /** From then on it is refused; null: it never expires. */
  expiresAt: number | null;
  /** When it got its present secret; null while that is its first. */
  rotatedAt: number | null;
  /** Until then the secret before the present one works too; null without one. */
  previousUntil: number | null;
  lastUsedAt: number | null;
  revokedAt: number | null;
}

/** A live key, and until when the secret it was found by works; null for ever. */
export interface FoundKey {
  key: ApiKey;
  validUntil: number | null;
}

/** A new secret for a key that stays what it is: its id, and so its budget and its limit, are the same. */
export interface KeyRotation {
  prefix: string;
  /** Of the new secret. */
  hash: string;
  now: number;
  /** Until then the present secret goes on; one from an earlier rotation ends at once. */
  previousUntil: number;
  /** Absent: as before. */
  expiresAt?: number | null;
}

/** Calls without an owner are those that find out who calls, and an administrator's. Times are ms since the epoch. */
export interface KeyStore {
  /** Rejects with `conflict` when the hash is stored already. */
  create(key: ApiKey, hash: string): Promise<void>;
  /** The live key with this hash: null when it is unknown, revoked, expired or was rotated away. */
  find(hash: string, now: number): Promise<FoundKey | null>;
  /** Oldest first, the dead ones too. */
  list(owner: Owner): Promise<ApiKey[]>;
  /** Of every owner, by owner, oldest first, the dead ones too. */
  all(): Promise<ApiKey[]>;
  /** By id or name. Rejects with `not_found` when it is revoked, expired or another owner's. */
  rotate(owner: Owner, idOrName: string, rotation: KeyRotation): Promise<ApiKey>;
  /** By id or name. Rejects with `not_found`. */
  revoke(owner: Owner, idOrName: string, now: number): Promise<ApiKey>;
  touch(id: string, now: number): Promise<void>;
  /** Whether any key exists that is not revoked, of any owner; expired ones count: an expiry opens no door. */
  any(): Promise<boolean>;
  /**
   * Calls back after keys were made, rotated, revoked or erased through this store, and after another process did so
   * where the engine hears of it: what was remembered of keys is to be forgotten.
   */
  watch(changed: () => void): void;
}
