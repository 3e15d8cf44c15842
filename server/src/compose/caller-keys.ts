import { type KeyScope, SekhaApiError, SekhaClient } from "@sekha/sdk";
import { LOCAL_OWNER } from "../core/conversations/conversation.ts";
import { SekhaError } from "../core/errors.ts";
import { hashApiKey } from "../http/api-keys.ts";
import type { Principal } from "../http/request-context.ts";
import { hasScope } from "../http/route-access.ts";

interface CallerKeysOptions {
  /** The controller's, without a slash at the end. */
  url: string;
  /** Milliseconds for one call. */
  timeout: number;
  /** With the proxy's own key: the memory of callers who need no key, or have one of the configuration. */
  own: SekhaClient;
  fetch: (request: Request) => Promise<Response>;
  /** Milliseconds since the epoch. */
  clock: () => number;
}

interface Known {
  principal: Principal;
  /** When the controller said so. */
  askedAt: number;
  /** Until when it is not asked again. */
  until: number;
}

/** Keys that a controller made begin so. */
const MADE_KEY = /^sk-sekha-/;
const ASK_TIMEOUT_MS = 3000;
/** As long as a controller believes a key itself. */
const BELIEVED_MS = 10_000;
/** While the controller cannot be reached, what it said last holds so long: answers do not wait for memory. */
const REMEMBERED_MS = 60 * 60 * 1000;
const MOST_KEYS = 1000;
/** Whoever is `local` at a controller whose `local` is not the memory of the proxy's own key. */
const OTHER_LOCAL = `${LOCAL_OWNER}:own-key`;

/**
 * Callers of a proxy apart, by the keys that the controller made: the controller says whose they are, and calls for
 * somebody's memory are made with keys that this person's clients sent, so that it decides about them itself. Keys are
 * held in memory only; after a restart what waits for somebody is delivered once a client of theirs has called.
 */
export class CallerKeys {
  readonly #options: CallerKeysOptions;
  readonly #known = new Map<string, Known>();
  readonly #keys = new Map<string, Partial<Record<KeyScope, string>>>();
  readonly #clients = new Map<string, SekhaClient>();
  #ownUser: string | undefined;

  constructor(options: CallerKeysOptions) {
    this.#options = options;
  }

  /**
   * Null for what is no key of a controller. Rejects with `unauthorized` for one that it does not know (any more), so
   * that it never opens the memory of callers without a key, and with `unavailable` while nobody can say.
   */
  async verify(key: string): Promise<Principal | null> {
    if (!MADE_KEY.test(key)) return null;
    const now = this.#options.clock();
    const hash = hashApiKey(key);
    const known = this.#known.get(hash);
    if (known !== undefined && known.until > now) return known.principal;
    try {
      const principal = await this.#ask(key);
      this.#remember(hash, { principal, askedAt: now, until: now + BELIEVED_MS });
      this.#noteKey(principal, key);
      return principal;
    } catch (error) {
      if (error instanceof SekhaApiError && error.status === 401) {
        this.#known.delete(hash);
        throw new SekhaError("unauthorized", "Unauthorized: Invalid API key");
      }
      if (known === undefined || now - known.askedAt > REMEMBERED_MS) throw this.#unknown(error);
      this.#known.set(hash, { ...known, until: now + BELIEVED_MS });
      return known.principal;
    }
  }

  /** The controller as this person sees it. */
  clientOf(owner: string): SekhaClient {
    if (owner === LOCAL_OWNER) return this.#options.own;
    const client = this.#clients.get(owner) ?? this.#clientWithKeysOf(owner);
    this.#clients.set(owner, client);
    return client;
  }

  async #ask(key: string): Promise<Principal> {
    const { user, key_id: keyId, scopes } = await this.#client(key).keys.whoami(ASKING);
    return { owner: await this.#ownerOf(user), keyId, name: `a key of ${user}`, scopes };
  }

  /** Whoever has the memory of the proxy's own key is known under its name. */
  async #ownerOf(user: string): Promise<string> {
    if (user !== LOCAL_OWNER) return user;
    this.#ownUser ??= await this.#askOwnUser();
    return this.#ownUser === LOCAL_OWNER ? LOCAL_OWNER : OTHER_LOCAL;
  }

  /** Undefined where the controller takes no key of the proxy's own: then nobody shares its memory. */
  async #askOwnUser(): Promise<string | undefined> {
    const answer = await this.#options.own.keys.whoami(ASKING).catch(() => null);
    return answer?.user;
  }

  #client(apiKey: string): SekhaClient {
    const { url, fetch } = this.#options;
    return new SekhaClient({ controllerURL: url, apiKey, fetch, retries: 0 });
  }

  #clientWithKeysOf(owner: string): SekhaClient {
    const { url, timeout, fetch } = this.#options;
    return new SekhaClient({
      controllerURL: url,
      timeout,
      retries: 0,
      fetch: async (request) => {
        const key = this.#keyFor(owner, reads(request) ? "read" : "write");
        if (key === undefined) {
          throw new Error(`No client of ${owner} has called since the proxy was started`);
        }
        request.headers.set("Authorization", `Bearer ${key}`);
        return fetch(request);
      },
    });
  }

  #keyFor(owner: string, scope: KeyScope): string | undefined {
    const keys = this.#keys.get(owner);
    return keys?.[scope] ?? keys?.read ?? keys?.write;
  }

  #noteKey({ owner, scopes }: Principal, key: string): void {
    const scopesOfKey = (["read", "write"] as const).filter((scope) => hasScope(scopes, scope));
    const latest = Object.fromEntries(scopesOfKey.map((scope) => [scope, key]));
    this.#keys.set(owner, { ...this.#keys.get(owner), ...latest });
  }

  #remember(hash: string, known: Known): void {
    if (this.#known.size >= MOST_KEYS) this.#known.clear();
    this.#known.set(hash, known);
  }

  #unknown(cause: unknown): SekhaError {
    return new SekhaError(
      "unavailable",
      `Whose key this is can only be said by the controller at ${this.#options.url}, which cannot be asked now. Try again, or start it.`,
      { cause },
    );
  }
}

const ASKING = { timeout: ASK_TIMEOUT_MS, retries: 0 };

function reads({ method, url }: Request): boolean {
  return method === "GET" || new URL(url).pathname.endsWith("/context/assemble");
}
