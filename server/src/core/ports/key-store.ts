import type { Owner } from "../conversations/conversation.ts";

/** An API key as it is kept: the secret itself is never stored. */
export interface ApiKey {
  id: string;
  owner: Owner;
  name: string;
  /** First characters, to recognise it by. */
  prefix: string;
  createdAt: number;
  lastUsedAt: number | null;
  revokedAt: number | null;
}

export interface KeyStore {
  create(key: ApiKey, hash: string): Promise<void>;
  /** The live key with this hash, null when unknown or revoked. */
  find(hash: string): Promise<ApiKey | null>;
  list(owner: Owner): Promise<ApiKey[]>;
  /** By id or name. Rejects with `not_found`. */
  revoke(owner: Owner, idOrName: string, now: number): Promise<ApiKey>;
  touch(id: string, now: number): Promise<void>;
  /** Whether any live key exists, of any owner. */
  any(): Promise<boolean>;
}
