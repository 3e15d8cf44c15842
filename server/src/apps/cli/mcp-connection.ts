import { setTimeout as sleep } from "node:timers/promises";
import type { FoundServer } from "./session.ts";

/** The directory held by this process. */
interface OwnDirectory {
  fetch(request: Request): Promise<Response>;
  close(): Promise<void>;
}

export interface McpConnectionOptions {
  /** Who owns the directory now and answers; null when nobody does. */
  find(): Promise<Pick<FoundServer, "url" | "key"> | null>;
  /** Rejects while another process has the directory. */
  open(): Promise<OwnDirectory>;
  isConflict(error: unknown): boolean;
  /** What servers are asked with; a stand-in says its own key. */
  apiKey: string | undefined;
  fetch: (request: Request) => Promise<Response>;
  now: () => number;
}

type Target =
  | { kind: "server"; url: string; key: string | undefined }
  | { kind: "own"; directory: OwnDirectory };

/** A server that starts, or a command that has the directory for a moment, is waited for so long. */
const PATIENCE_MS = 20_000;
const LOOK_MS = 150;
/** Who answered may be gone by the next call, and who comes after him too. */
const MOST_TARGETS = 4;

/**
 * A data directory's memory, wherever it is served just now: by a server, by another `sekha mcp`, or by this process
 * when nobody else has it. Looked up again when who had it is gone.
 */
export class McpConnection {
  readonly #options: McpConnectionOptions;
  #target: Promise<Target> | null = null;
  #own: OwnDirectory | null = null;
  #closed = false;

  constructor(options: McpConnectionOptions) {
    this.#options = options;
  }

  /** Looks up, or opens, what the first call will need; failures are told by the call. */
  warmUp(): void {
    this.#current().catch(() => undefined);
  }

  /** Sends a request of a client to the memory; its host does not matter. */
  async fetch(request: Request): Promise<Response> {
    const body = request.body === null ? null : await request.arrayBuffer();
    for (let attempt = 1; attempt < MOST_TARGETS; attempt += 1) {
      const answer = await this.#attempt(request, body);
      if (answer !== null) return answer;
    }
    return this.#send(await this.#current(), request, body);
  }

  /** Null: nobody was there to take the request. What was perhaps done is not done again: the client decides. */
  async #attempt(request: Request, body: ArrayBuffer | null): Promise<Response | null> {
    const looked = this.#current();
    const target = await looked;
    try {
      return await this.#send(target, request, body);
    } catch (error) {
      if (request.signal.aborted || !isGone(error)) throw error;
      if (this.#target === looked) this.#target = null;
      if (wasNeverSent(error)) return null;
      throw error;
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#target?.catch(() => undefined);
    await this.#own?.close();
  }

  #current(): Promise<Target> {
    if (this.#closed) return Promise.reject(new Error("This connection is closed."));
    if (this.#target === null) {
      const looked = this.#look();
      this.#target = looked;
      looked.catch(() => {
        if (this.#target === looked) this.#target = null;
      });
    }
    return this.#target;
  }

  async #look(): Promise<Target> {
    const { find, open, isConflict, apiKey, now } = this.#options;
    const deadline = now() + PATIENCE_MS;
    for (;;) {
      const found = await find();
      if (found !== null) return { kind: "server", url: found.url, key: found.key ?? apiKey };
      try {
        this.#own = await open();
        return { kind: "own", directory: this.#own };
      } catch (error) {
        if (!isConflict(error) || this.#closed || now() > deadline) throw error;
        await sleep(LOOK_MS);
      }
    }
  }

  #send(target: Target, request: Request, body: ArrayBuffer | null): Promise<Response> {
    const { pathname, search } = new URL(request.url);
    const base = target.kind === "server" ? target.url : "http://sekha.internal";
    const headers = new Headers(request.headers);
    if (target.kind === "server" && target.key !== undefined) {
      headers.set("Authorization", `Bearer ${target.key}`);
    }
    const copy = new Request(`${base}${pathname}${search}`, {
      method: request.method,
      headers,
      signal: request.signal,
      ...(body === null ? {} : { body }),
    });
    return target.kind === "server" ? this.#options.fetch(copy) : target.directory.fetch(copy);
  }
}

/** Thrown by a directory that this process let go of. */
function isLetGo(error: unknown): boolean {
  return error instanceof Error && error.name === "StandInGone";
}

/** The connection broke, whatever of the request arrived. */
function isGone(error: unknown): boolean {
  return isLetGo(error) || error instanceof TypeError;
}

/** Nobody was there to take the request. */
function wasNeverSent(error: unknown): boolean {
  if (isLetGo(error)) return true;
  const cause =
    error instanceof TypeError ? (error.cause as { code?: unknown } | undefined) : undefined;
  return cause?.code === "ECONNREFUSED";
}
