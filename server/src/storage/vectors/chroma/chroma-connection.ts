import type { AdminClient, AdminClientArgs, ChromaClient } from "chromadb";
import { SekhaError } from "../../../core/errors.ts";
import {
  type ChromaTarget,
  isMissing,
  isRefusedToken,
  isTaken,
  mayPassLater,
  missingClient,
  placeName,
  toSekhaError,
} from "./chroma-error.ts";

type ChromaModule = Pick<typeof import("chromadb"), "AdminClient" | "ChromaClient">;
type PreflightChecks = Awaited<ReturnType<ChromaClient["getPreflightChecks"]>>;

export interface ChromaConnectionOptions extends ChromaTarget {
  /** Resolves after so many milliseconds, or when the signal aborts. */
  sleep: (milliseconds: number, signal: AbortSignal) => Promise<void>;
  /** 0 to below 1; spreads the retries of several processes. */
  random: () => number;
  /** For tests: the package may be missing. */
  loadClient?: () => Promise<ChromaModule>;
}

/** How long a call may take in all its attempts, in milliseconds, and how many they are. */
export interface CallLimit {
  timeoutMs: number;
  attempts: number;
}

/** Somebody waits for it. */
export const SEARCH_LIMIT: CallLimit = { timeoutMs: 3000, attempts: 2 };
/** Background work; after it the queue waits and asks again. */
export const WRITE_LIMIT: CallLimit = { timeoutMs: 60_000, attempts: 4 };
export const CHECK_LIMIT: CallLimit = { timeoutMs: 1800, attempts: 1 };
const FIRST_DELAY_MS = 150;
/** Bodies of some megabytes: far below the 40 MB that a server takes by default. */
const BATCH_BYTES = 4 * 1024 * 1024;
const BATCH_RECORDS = 1000;

/** What work is given: clients that stop with the call. */
interface Clients {
  chroma: ChromaClient;
  admin: AdminClient;
}

/**
 * Calls of Chroma's HTTP API through its official client, each with a deadline, retries while a retry may help, and an
 * error that a person understands. Every call here may be repeated: records are put in by id.
 */
export class ChromaConnection {
  readonly #options: ChromaConnectionOptions;
  readonly #closing = new AbortController();
  /** The package once it is loaded, and what the server takes; asked again after a failure. */
  #module: Promise<ChromaModule> | null = null;
  #checks: PreflightChecks | null = null;

  /** @throws SekhaError `invalid_request` for an address that the client cannot use. */
  constructor(options: ChromaConnectionOptions) {
    placeOf(options.url);
    this.#options = options;
  }

  get target(): ChromaTarget {
    return this.#options;
  }

  /** @throws SekhaError `unavailable` with what failed and what to do. */
  async call<T>(
    what: string,
    limit: CallLimit,
    work: (client: ChromaClient) => Promise<T>,
  ): Promise<T> {
    return await this.#run(what, limit, async (signal) => {
      const checks = await this.#prepare(signal);
      return await work((await this.#clients(signal, checks)).chroma);
    });
  }

  /** Rejects unless the server answers, and the database is there. */
  async check(limit: CallLimit): Promise<void> {
    await this.#run("health", limit, async (signal) => {
      await this.#open(signal);
      const { chroma } = await this.#clients(signal);
      if (typeof (await chroma.countCollections()) !== "number") throw new Error("not a number");
    });
  }

  /** The next call looks for tenant and database again: the server may have lost them. */
  forget(): void {
    this.#checks = null;
  }

  /** How many vectors of a dimension go into one request. */
  async batchSize(dimension: number): Promise<number> {
    const serverLimit = await this.call("limits", WRITE_LIMIT, (client) =>
      client.getMaxBatchSize(),
    );
    const byBytes = Math.max(1, Math.floor(BATCH_BYTES / (dimension * 4)));
    return Math.min(BATCH_RECORDS, byBytes, serverLimit > 0 ? serverLimit : BATCH_RECORDS);
  }

  /** Ends what is under way. */
  close(): void {
    this.#closing.abort();
  }

  async #run<T>(
    what: string,
    { timeoutMs, attempts }: CallLimit,
    work: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    const { sleep, random } = this.#options;
    const deadline = AbortSignal.timeout(timeoutMs);
    const signal = AbortSignal.any([deadline, this.#closing.signal]);
    for (let attempt = 1; ; attempt += 1) {
      this.#refuseClosed();
      try {
        return await work(signal);
      } catch (error) {
        this.#refuseClosed();
        if (deadline.aborted) throw this.#late(what, timeoutMs);
        if (attempt >= attempts || !mayPassLater(error)) throw this.#refusal(error, what);
        await sleep(FIRST_DELAY_MS * 2 ** (attempt - 1) * (0.5 + random()), signal);
        if (deadline.aborted) throw this.#refusal(error, what);
      }
    }
  }

  /** What is missing or taken is for the caller to handle. */
  #refusal(error: unknown, what: string): unknown {
    return isMissing(error) || isTaken(error) ? error : toSekhaError(error, this.target, what);
  }

  /** Not shared while it is under way: each call waits as long as its own limit says. */
  async #prepare(signal: AbortSignal): Promise<PreflightChecks> {
    this.#checks ??= await this.#open(signal);
    return this.#checks;
  }

  /** Makes tenant and database where they are missing, and asks what the server takes. */
  async #open(signal: AbortSignal): Promise<PreflightChecks> {
    const { admin, chroma } = await this.#clients(signal);
    const { tenant, database } = this.#options;
    await made(
      () => admin.getDatabase({ name: database, tenant }),
      async () => {
        await made(
          () => admin.getTenant({ name: tenant }),
          () => admin.createTenant({ name: tenant }),
        );
        await admin.createDatabase({ name: database, tenant });
      },
    ).catch((error: unknown) => {
      throw mayPassLater(error) ? error : this.#noDatabase(error);
    });
    const checks = await chroma.getPreflightChecks();
    if (typeof checks?.max_batch_size !== "number") throw new Error("no limits were told");
    return checks;
  }

  #noDatabase(error: unknown): SekhaError {
    const { tenant, database } = this.#options;
    const known = toSekhaError(error, this.target, "opening the database");
    if (isRefusedToken(error)) return known;
    return new SekhaError(
      "unavailable",
      `${known.message} chroma_tenant is ${JSON.stringify(tenant)}, chroma_database ${JSON.stringify(database)}: one of them is not there or not allowed, and could not be made.`,
      { cause: error },
    );
  }

  /** New ones for each call: it is they who carry its signal. They hold no connections; fetch does. */
  async #clients(signal: AbortSignal, checks?: PreflightChecks): Promise<Clients> {
    const module = await this.#load();
    const { url, authToken, tenant, database } = this.#options;
    const options: AdminClientArgs = {
      ...placeOf(url),
      headers: headersOf(url, authToken),
      fetchOptions: { signal },
    };
    const { ChromaClient } = module;
    /** Without the checks it would ask for them before each write. */
    class PreparedClient extends ChromaClient {
      constructor() {
        super({ ...options, tenant, database });
        this.preflightChecks = checks;
      }
    }
    return { chroma: new PreparedClient(), admin: new module.AdminClient(options) };
  }

  async #load(): Promise<ChromaModule> {
    const load = this.#options.loadClient ?? (() => import("chromadb"));
    this.#module ??= load().catch((error: unknown) => {
      this.#module = null;
      throw missingClient(error);
    });
    return await this.#module;
  }

  #late(what: string, timeoutMs: number): SekhaError {
    return new SekhaError(
      "unavailable",
      `${placeName(this.target)} gave no answer within ${timeoutMs / 1000} seconds (${what}).`,
    );
  }

  #refuseClosed(): void {
    if (!this.#closing.signal.aborted) return;
    throw new SekhaError("unavailable", "The vector store is closed.");
  }
}

/** The client takes no path. */
function placeOf(url: string): { host: string; port: number; ssl: boolean } {
  const { hostname, port, protocol, pathname } = new URL(url);
  if (pathname !== "/") {
    throw new SekhaError(
      "invalid_request",
      `chroma_url may have no path, and ${pathname} is one: give ChromaDB a port or a host name of its own.`,
    );
  }
  const ssl = protocol === "https:";
  return { host: hostname, port: port === "" ? (ssl ? 443 : 80) : Number(port), ssl };
}

/** Chroma's own servers read the one, proxies before it and older servers the other; or a name and password of the URL. */
function headersOf(url: string, token: string | undefined): Record<string, string> {
  if (token !== undefined) return { authorization: `Bearer ${token}`, "x-chroma-token": token };
  const { username, password } = new URL(url);
  if (username === "") return {};
  const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return { authorization: `Basic ${Buffer.from(pair).toString("base64")}` };
}

/** Makes what is missing; somebody else may be faster. */
async function made(look: () => Promise<unknown>, make: () => Promise<unknown>): Promise<void> {
  try {
    await look();
  } catch (error) {
    if (!isMissing(error)) throw error;
    await make().catch((failure: unknown) => {
      if (!isTaken(failure)) throw failure;
    });
  }
}
