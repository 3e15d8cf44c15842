import { type FetchFunction, Transport } from "./transport.ts";
import { SDK_VERSION } from "./version.ts";

/** How a service is talked to; the same for all of them. */
export interface ConnectionOptions {
  apiKey?: string | undefined;
  /** How requests are sent; the global fetch when absent. */
  fetch?: FetchFunction | undefined;
  /** Milliseconds for one attempt of a call; 30 s when absent, 0 for no limit. */
  timeout?: number | undefined;
  /** Further attempts after failures that may pass; 2 when absent. Only what is safe to repeat is repeated. */
  retries?: number | undefined;
  /** Sent with every request. */
  headers?: Readonly<Record<string, string>> | undefined;
  /** Replaces waiting and chance, for tests. */
  timing?: Partial<Timing> | undefined;
}

export interface Timing {
  /** Rejects with the signal's reason when it aborts. */
  sleep: (milliseconds: number, signal?: AbortSignal) => Promise<void>;
  /** 0 to 1. */
  random: () => number;
  /** Milliseconds since the epoch. */
  now: () => number;
}

const DEFAULT_TIMEOUT_MS = 30_000;
const DEFAULT_RETRIES = 2;

/** Throws TypeError for what is no address. */
export function connectTo(url: string, options: ConnectionOptions = {}): Transport {
  return new Transport({
    baseUrl: checkedUrl(url),
    headers: headersOf(options),
    fetch: options.fetch ?? ((request) => globalThis.fetch(request)),
    timeout: options.timeout ?? DEFAULT_TIMEOUT_MS,
    retries: options.retries ?? DEFAULT_RETRIES,
    sleep: options.timing?.sleep ?? sleep,
    random: options.timing?.random ?? Math.random,
    now: options.timing?.now ?? Date.now,
  });
}

/** Without the slash at the end. */
function checkedUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw new TypeError(
      `"${text}" is not an address of Sekha. It looks like http://localhost:8080 or https://memory.example.`,
    );
  }
  return `${url.origin}${url.pathname}`.replace(/\/+$/, "");
}

function headersOf({ apiKey, headers }: ConnectionOptions): Record<string, string> {
  return {
    // A browser has its own, and would ask the server's permission to send another. The name is
    // not v1's Sekha-JS-SDK, to which the server answers exports wrapped in JSON.
    ...("document" in globalThis ? {} : { "User-Agent": `Sekha-SDK/${SDK_VERSION}` }),
    ...(apiKey === undefined ? {} : { Authorization: `Bearer ${apiKey}` }),
    ...headers,
  };
}

function sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted === true) return reject(signal.reason);
    const onAbort = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", onAbort);
      resolve();
    }, milliseconds);
    signal?.addEventListener("abort", onAbort, { once: true });
  });
}
