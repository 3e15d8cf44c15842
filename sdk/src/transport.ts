import { Deadline } from "./deadline.ts";
import { SekhaConnectionError, SekhaError, SekhaTimeoutError } from "./errors.ts";
import { apiErrorOf, notJsonError } from "./failed-answer.ts";
import { type QueryValue, queryString } from "./query-string.ts";
import { retryDelay } from "./retry-delay.ts";
import { type AnswerOf, isRepeatable, pathOf, ROUTES, type RouteName } from "./route-table.ts";

export type FetchFunction = (request: Request) => Promise<Response>;

/** Bytes to upload; a stream is sent as it comes and cannot be sent twice. */
export type UploadBody =
  | ReadableStream<Uint8Array<ArrayBuffer>>
  | Blob
  | Uint8Array<ArrayBuffer>
  | string;

/** What every method takes as its last argument. */
export interface CallOptions {
  signal?: AbortSignal | undefined;
  /** Milliseconds for one attempt; of a stream, for each piece. 0: no limit. */
  timeout?: number | undefined;
  /** Further attempts after a failure that may pass; only for calls that are safe to repeat. */
  retries?: number | undefined;
}

export interface Call<Name extends RouteName = RouteName> {
  name: Name;
  params?: Readonly<Record<string, string>>;
  query?: { readonly [name: string]: QueryValue };
  /** Sent as JSON. */
  body?: unknown;
  upload?: { body: UploadBody; contentType: string };
  headers?: Readonly<Record<string, string>>;
  /** Statuses beside 2xx that hold an answer and no error. */
  accepted?: readonly number[];
  /** Safe to repeat although its route is not, thanks to an idempotency key. */
  repeatable?: boolean;
  options?: CallOptions | undefined;
}

export interface TransportOptions {
  baseUrl: string;
  headers: Readonly<Record<string, string>>;
  fetch: FetchFunction;
  /** Milliseconds; 0: no limit. */
  timeout: number;
  retries: number;
  sleep: (milliseconds: number, signal?: AbortSignal) => Promise<void>;
  random: () => number;
  now: () => number;
}

type Reader<T> = (response: Response, exchange: { url: string; deadline: Deadline }) => Promise<T>;

/** Sends calls, waits no longer than asked, and repeats what may be repeated. */
export class Transport {
  readonly #options: TransportOptions;

  constructor(options: TransportOptions) {
    this.#options = options;
  }

  /** The JSON answer of a route. */
  json<Name extends RouteName>(call: Call<Name>): Promise<AnswerOf<Name>> {
    const headers = { Accept: "application/json", ...call.headers };
    return this.#exchange({ ...call, headers }, (response) => jsonOf<AnswerOf<Name>>(response));
  }

  /** The answer's bytes as they come. */
  bytes(call: Call): Promise<{ response: Response; chunks: AsyncGenerator<Uint8Array> }> {
    return this.#exchange(call, async (response, { url, deadline }) => ({
      response,
      chunks: timedChunks({ response, url, deadline, call, timeoutMs: this.#timeout(call) }),
    }));
  }

  async #exchange<T>(call: Call, read: Reader<T>): Promise<T> {
    const { retries, sleep, random } = this.#options;
    const repeatable = call.repeatable ?? isRepeatable(call.name);
    const most = repeatable ? (call.options?.retries ?? retries) : 0;
    for (let attempt = 0; ; attempt += 1) {
      try {
        return await this.#attempt(call, read);
      } catch (error) {
        const delay = attempt < most ? retryDelay(error, { attempt, random }) : null;
        if (delay === null) throw error;
        await sleep(delay, call.options?.signal);
      }
    }
  }

  async #attempt<T>(call: Call, read: Reader<T>): Promise<T> {
    const { baseUrl, fetch, now } = this.#options;
    const url = `${baseUrl}${pathOf(call.name, call.params)}${queryString(call.query)}`;
    call.options?.signal?.throwIfAborted();
    const timeoutMs = this.#timeout(call);
    const deadline = new Deadline(timeoutMs, call.options?.signal);
    try {
      const answered = async () => {
        const response = await fetch(this.#request(call, { url, signal: deadline.signal }));
        const fine = response.ok || call.accepted?.includes(response.status) === true;
        if (!fine) throw await apiErrorOf(response, now);
        return read(response, { url, deadline });
      };
      return await deadline.race(answered());
    } catch (error) {
      throw brokenExchange(error, { url, deadline, call, timeoutMs });
    } finally {
      deadline.clear();
    }
  }

  #request(call: Call, { url, signal }: { url: string; signal: AbortSignal }): Request {
    const headers = new Headers({ ...this.#options.headers, ...call.headers });
    const { method } = ROUTES[call.name];
    if (call.upload !== undefined) {
      headers.set("Content-Type", call.upload.contentType);
      // Fetch takes a stream as a body only with this; DOM's types do not know it yet.
      const streamed = { method, headers, signal, body: call.upload.body, duplex: "half" };
      return new Request(url, streamed as RequestInit);
    }
    if (call.body === undefined) return new Request(url, { method, headers, signal });
    headers.set("Content-Type", "application/json");
    return new Request(url, { method, headers, signal, body: JSON.stringify(call.body) });
  }

  #timeout(call: Call): number {
    return call.options?.timeout ?? this.#options.timeout;
  }
}

async function jsonOf<T>(response: Response): Promise<T> {
  const text = await response.text();
  try {
    return JSON.parse(text) as T;
  } catch (error) {
    throw notJsonError(response, error);
  }
}

interface Exchange {
  url: string;
  deadline: Deadline;
  call: Call;
  timeoutMs: number;
}

/** Every chunk has the full time; leaving early cancels the answer. */
async function* timedChunks({ response, ...exchange }: Exchange & { response: Response }) {
  const reader = response.body?.getReader();
  if (reader === undefined) return;
  const { deadline } = exchange;
  try {
    for (;;) {
      deadline.restart();
      const { done, value } = await deadline.race(reader.read());
      deadline.clear();
      if (done) return;
      yield value;
    }
  } catch (error) {
    throw brokenExchange(error, exchange);
  } finally {
    deadline.clear();
    // The server is told to stop; a stream that is broken already has nothing to stop.
    await reader.cancel().catch(() => undefined);
  }
}

/** What the caller is told: its own abort reason, the timeout, or the connection. */
function brokenExchange(error: unknown, { url, deadline, call, timeoutMs }: Exchange): unknown {
  if (error instanceof SekhaError) return error;
  if (call.options?.signal?.aborted === true) return call.options.signal.reason;
  if (deadline.expired) return new SekhaTimeoutError(url, timeoutMs, { cause: error });
  if (!(error instanceof TypeError)) return error;
  return new SekhaConnectionError(connectionMessage(error, url), url, { cause: error });
}

/** Fetch says only "fetch failed" and keeps what happened in the cause. */
function connectionMessage(error: TypeError, url: string): string {
  const { origin } = new URL(url);
  const cause = error.cause as { code?: unknown; message?: unknown } | undefined;
  const code = typeof cause?.code === "string" ? cause.code : undefined;
  if (code === "ECONNREFUSED") {
    return `Nothing answers at ${origin}. Start Sekha there (sekha start), or correct the address.`;
  }
  if (code === "ENOTFOUND" || code === "EAI_AGAIN") {
    return `The host of ${origin} is not known. Correct the address, or check the network.`;
  }
  const reason =
    typeof cause?.message === "string" && cause.message !== "" ? cause.message : error.message;
  return `The connection to ${origin} failed: ${reason}. Check the address and that Sekha runs there.`;
}
