import type { IncomingHttpHeaders } from "node:http";
import type { Dispatcher } from "undici";
import type { CallSignal } from "../call-signal.ts";
import type { ProviderFailure } from "../failure.ts";
import type { CallTarget } from "./call-target.ts";
import {
  abortFailure,
  bodyFailure,
  connectFailure,
  oversizeFailure,
  silenceFailure,
  slowFailure,
} from "./transport-failure.ts";

/** Bytes of a whole answer. */
export const LARGEST_BODY = 64 * 2 ** 20;
/** Bytes that may wait for a slow reader of a stream before the provider is paused. */
const MOST_WAITING = 2 ** 20;
/** What may come behind an answer's end, so that its connection can be used again. */
const LARGEST_REST = 64 * 2 ** 10;
const LONGEST_REST_MILLISECONDS = 1000;

type Chunk = IteratorResult<Uint8Array, undefined>;
const END: Chunk = { done: true, value: undefined };

interface Waiter {
  resolve: (chunk: Chunk) => void;
  reject: (error: ProviderFailure) => void;
}

export interface ExchangeOptions {
  target: CallTarget;
  signal: CallSignal;
  /** Until the headers, from when the request was sent, milliseconds; 0 for no limit. */
  headersMs: number;
  /** Longest silence inside the body, milliseconds; 0 for no limit. */
  chunkMs: number;
  /** Called once, when the connection is free or gone. */
  closed: (() => void) | undefined;
  /** Whether nothing of a good answer is wanted before all of it is there. */
  whole: boolean;
}

/**
 * One request and its answer, on undici's dispatch itself: a Readable and an AbortSignal listener per request, as
 * `request()` makes them, cost more than the rest of the hop. Written without closures for the same reason.
 */
export class Exchange implements Dispatcher.DispatchHandler, AsyncIterableIterator<Uint8Array> {
  /** Resolves with this when the headers are there, or all of a good answer that is wanted as a whole. */
  readonly started: Promise<this>;
  status = 0;
  headers: IncomingHttpHeaders = {};
  readonly #target: CallTarget;
  readonly #signal: CallSignal;
  readonly #headersMs: number;
  readonly #chunkMs: number;
  #closed: (() => void) | undefined;
  #start: (self: this) => void = nothing;
  #refuse: (error: ProviderFailure) => void = nothing;
  #controller: Dispatcher.DispatchController | undefined;
  #chunks: Buffer[] = [];
  #waiting = 0;
  #mode: "stream" | "whole" | "drained" = "stream";
  #waiter: Waiter | undefined;
  #timer: NodeJS.Timeout | undefined;
  #ended = false;
  #failure: ProviderFailure | undefined;

  constructor({ target, signal, headersMs, chunkMs, closed, whole }: ExchangeOptions) {
    if (whole) this.#mode = "whole";
    this.#target = target;
    this.#signal = signal;
    this.#headersMs = headersMs;
    this.#chunkMs = chunkMs;
    this.#closed = closed;
    this.started = new Promise((resolve, reject) => {
      this.#start = resolve;
      this.#refuse = reject;
    });
    if (signal.aborted) this.handleEvent();
    else signal.addEventListener("abort", this);
  }

  get bytes(): AsyncIterable<Uint8Array> {
    return this;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<Chunk> {
    const value = this.#chunks.shift();
    if (value !== undefined) {
      this.#waiting -= value.length;
      if (this.#controller?.paused && this.#waiting < MOST_WAITING) this.#resume();
      return Promise.resolve({ done: false, value });
    }
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    return this.#ended ? Promise.resolve(END) : this.#wait();
  }

  /** The reader has seen enough: the provider learns it at once. */
  return(): Promise<Chunk> {
    if (this.#mode !== "drained") this.#fail(abortFailure(undefined, this.#target));
    return Promise.resolve(END);
  }

  /** The whole body as text. Not to be mixed with reading chunks. */
  async text(): Promise<string> {
    this.#mode = "whole";
    if (!this.#ended && this.#failure === undefined) {
      this.#watchSilence();
      this.#checkSize();
      if (this.#controller?.paused) this.#resume();
      await this.#wait();
    }
    if (this.#failure !== undefined) throw this.#failure;
    return this.#joined();
  }

  takeText(): string | undefined {
    return this.#mode === "whole" && this.#ended ? this.#joined() : undefined;
  }

  /** Once: its pieces are not kept. */
  #joined(): string {
    const chunks = this.#chunks;
    const [only] = chunks;
    this.#chunks = [];
    if (only === undefined) return "";
    return (chunks.length === 1 ? only : Buffer.concat(chunks, this.#waiting)).toString();
  }

  /** The answer is complete as its own protocol says; what still comes is read over, so that the connection stays. */
  drain(): void {
    if (this.#ended || this.#failure !== undefined) return;
    this.#mode = "drained";
    this.#chunks = [];
    this.#waiting = 0;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(giveUp, LONGEST_REST_MILLISECONDS, this);
    this.#resume();
  }

  /** The signal's listener. */
  handleEvent(): void {
    this.#chunks = [];
    this.#fail(abortFailure(this.#signal.reason, this.#target));
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#failure !== undefined) controller.abort(this.#failure);
    else if (this.#headersMs > 0) this.#timer = setTimeout(giveUp, this.#headersMs, this);
  }

  onResponseStart(
    _: Dispatcher.DispatchController,
    status: number,
    headers: IncomingHttpHeaders,
  ): void {
    // 100 and 103 come before the answer itself.
    if (status < 200) return;
    this.status = status;
    this.headers = headers;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    // A refusal is one whatever becomes of its body.
    if (status >= 300) this.#mode = "stream";
    if (this.#mode === "whole") this.#watchSilence();
    else this.#start(this);
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#waiting += chunk.length;
    if (this.#mode === "drained") {
      if (this.#waiting > LARGEST_REST) this.#fail(abortFailure(undefined, this.#target));
      return;
    }
    this.#watchSilence();
    if (this.#mode === "whole") {
      this.#chunks.push(chunk);
      this.#checkSize();
    } else if (this.#waiter === undefined) {
      this.#chunks.push(chunk);
      if (this.#waiting > MOST_WAITING) controller.pause();
    } else {
      this.#waiting -= chunk.length;
      this.#take()?.resolve({ done: false, value: chunk });
    }
  }

  onResponseEnd(): void {
    this.#ended = true;
    this.#close();
    if (this.#mode === "whole") this.#start(this);
    this.#take()?.resolve(END);
  }

  onResponseError(_: Dispatcher.DispatchController, error: Error): void {
    this.#fail((this.status === 0 ? connectFailure : bodyFailure)(error, this.#target));
  }

  /** The timer of the headers, of a silence, or of the rest: there is never more than one. */
  onTimer(): void {
    if (this.status === 0) this.#fail(slowFailure(this.#headersMs, this.#target));
    else if (this.#mode === "drained") this.#fail(abortFailure(undefined, this.#target));
    // The reader is slow, not the provider.
    else if (this.#controller?.paused) this.#timer?.refresh();
    else this.#fail(silenceFailure(this.#chunkMs, this.#target));
  }

  #wait(): Promise<Chunk> {
    return new Promise((resolve, reject) => {
      this.#waiter = { resolve, reject };
    });
  }

  #take(): Waiter | undefined {
    const waiter = this.#waiter;
    this.#waiter = undefined;
    return waiter;
  }

  #resume(): void {
    this.#timer?.refresh();
    this.#controller?.resume();
  }

  #watchSilence(): void {
    if (this.#timer !== undefined) this.#timer.refresh();
    else if (this.#chunkMs > 0) this.#timer = setTimeout(giveUp, this.#chunkMs, this);
  }

  #checkSize(): void {
    if (this.#waiting > LARGEST_BODY) this.#fail(oversizeFailure(LARGEST_BODY, this.#target));
  }

  /** The first failure is the one. The socket is closed with it. */
  #fail(failure: ProviderFailure): void {
    if (this.#ended || this.#failure !== undefined) return;
    this.#failure = failure;
    this.#close();
    this.#controller?.abort(failure);
    this.#refuse(failure);
    this.#take()?.reject(failure);
  }

  #close(): void {
    clearTimeout(this.#timer);
    this.#signal.removeEventListener("abort", this);
    this.#closed?.();
    this.#closed = undefined;
  }
}

function giveUp(exchange: Exchange): void {
  exchange.onTimer();
}

function nothing(): void {
  // Stands in until the promise is made.
}
