import type { IncomingHttpHeaders } from "node:http";
import type { Dispatcher } from "undici";
import Pool from "undici/lib/dispatcher/pool.js";
import type { CallSignal } from "../call-signal.ts";
import type { Timers } from "../registry/entries.ts";
import type { CallTarget } from "./call-target.ts";
import { ConcurrencyGate } from "./concurrency-gate.ts";
import { DecodedAnswer } from "./decoded-answer.ts";
import { Exchange } from "./exchange.ts";
import { abortFailure, queueFailure } from "./transport-failure.ts";

export interface TransportOptions {
  /** Of http or https, with the path that all others are under. */
  baseUrl: string;
  /** Requests at a time, the others wait; undefined for no limit. */
  maxConcurrency: number | undefined;
  connectTimeoutMs: number;
}

export interface TransportRequest {
  target: CallTarget;
  method: "GET" | "POST";
  /** Behind the path of the base URL. */
  path: string;
  /** Names and values in turn. */
  headers: string[];
  body: string | undefined;
  signal: CallSignal;
  /** Whether to answer only when all of a good answer's body is there: then `takeText` gives it. */
  whole?: boolean;
  /** Headers and chunks are watched here; connect is the pool's, the others are the attempt engine's. */
  timers: Pick<Timers, "headersMs" | "chunkMs" | "coldStartMs">;
}

/** An answer whose headers are there, whatever its status. */
export interface TransportAnswer {
  readonly status: number;
  /** Lower-case names. */
  readonly headers: IncomingHttpHeaders;
  /**
   * The body, decoded. Leaving the loop early closes the connection at once. Throws ProviderFailure: `interrupted` for
   * a cut or a silence, `aborted`, or the signal's reason where that is a ProviderFailure.
   */
  readonly bytes: AsyncIterable<Uint8Array>;
  /** The whole body where it is there already and was not encoded; once. */
  takeText?(): string | undefined;
  /** The whole body, at most 64 MB; instead of `bytes`. */
  text(): Promise<string>;
  /** Nothing more is wanted, and the answer is complete: its connection is kept if it ends within a second. */
  drain(): void;
}

/** The connections to one provider. */
export interface Transport {
  /** Throws ProviderFailure: `connect`, `timeout`, `malformed` for what is no HTTP, `aborted`. */
  send(request: TransportRequest): Promise<TransportAnswer>;
  /** Lets what is under way end. */
  close(): Promise<void>;
}

export function createTransport(options: TransportOptions): Transport {
  return new PooledTransport(options);
}

class PooledTransport implements Transport {
  readonly #pool: Pool;
  readonly #basePath: string;
  readonly #gate: ConcurrencyGate | undefined;
  readonly #leave: (() => void) | undefined;

  constructor({ baseUrl, maxConcurrency, connectTimeoutMs }: TransportOptions) {
    const { origin, pathname } = new URL(baseUrl);
    this.#basePath = pathname.replace(/\/+$/, "");
    // Timers but the first are the exchange's: undici's count in steps of half a second, do not know slow readers, and
    // would cut a first token that has a timer of its own.
    this.#pool = new Pool(origin, {
      connectTimeout: connectTimeoutMs,
      headersTimeout: 0,
      bodyTimeout: 0,
    });
    if (maxConcurrency === undefined) return;
    const gate = new ConcurrencyGate(maxConcurrency);
    this.#gate = gate;
    this.#leave = () => gate.leave();
  }

  async send(request: TransportRequest): Promise<TransportAnswer> {
    const { target, signal } = request;
    if (this.#gate !== undefined) await this.#place(this.#gate, request);
    if (signal.aborted) {
      this.#leave?.();
      throw abortFailure(signal.reason, target);
    }
    const exchange = await this.#dispatch(request).started;
    return isEncoded(exchange.headers) ? new DecodedAnswer(exchange, target) : exchange;
  }

  async close(): Promise<void> {
    await this.#pool.close();
  }

  async #place(gate: ConcurrencyGate, { signal, target }: TransportRequest): Promise<void> {
    try {
      await gate.enter(signal);
    } catch (reason) {
      throw queueFailure(reason, target);
    }
  }

  #dispatch(request: TransportRequest): Exchange {
    const { target, method, path, headers, body, signal, timers, whole = false } = request;
    const { headersMs, chunkMs, coldStartMs } = timers;
    const exchange = new Exchange({
      target,
      signal,
      headersMs: headersMs === 0 ? 0 : headersMs + coldStartMs,
      chunkMs,
      closed: this.#leave,
      whole,
    });
    const options: Dispatcher.DispatchOptions = {
      method,
      path: this.#basePath + path,
      headers,
      body: body ?? null,
    };
    this.#pool.dispatch(options, exchange);
    return exchange;
  }
}

function isEncoded(headers: IncomingHttpHeaders): boolean {
  const encoding = headers["content-encoding"];
  return encoding !== undefined && encoding !== "" && encoding !== "identity";
}
