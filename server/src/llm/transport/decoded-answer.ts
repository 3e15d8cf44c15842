import type { IncomingHttpHeaders } from "node:http";
import { type Duplex, PassThrough, pipeline } from "node:stream";
import { createBrotliDecompress, createGunzip, createInflate, createInflateRaw } from "node:zlib";
import { ProviderFailure } from "../failure.ts";
import { type CallTarget, targetName } from "./call-target.ts";
import { type Exchange, LARGEST_BODY } from "./exchange.ts";
import { bodyFailure, oversizeFailure } from "./transport-failure.ts";

/** zlib's complaint when the body ends before its data does. */
const CUT_CODES = new Set([
  "Z_BUF_ERROR",
  "ERR__ERROR_FORMAT_PADDING_1",
  "ERR_STREAM_PREMATURE_CLOSE",
]);
/** Low four bits of a zlib header (RFC 1950); raw deflate, which some servers send, has no header. */
const ZLIB_METHOD = 8;

/** An answer in a Content-Encoding. Sekha asks for none: these are servers that do it all the same. */
export class DecodedAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly #exchange: Exchange;
  readonly #target: CallTarget;

  constructor(exchange: Exchange, target: CallTarget) {
    this.status = exchange.status;
    this.headers = exchange.headers;
    this.#exchange = exchange;
    this.#target = target;
  }

  get bytes(): AsyncIterable<Uint8Array> {
    return this.#decode();
  }

  async text(): Promise<string> {
    const chunks: Uint8Array[] = [];
    let size = 0;
    for await (const chunk of this.#decode()) {
      size += chunk.length;
      if (size > LARGEST_BODY) throw oversizeFailure(LARGEST_BODY, this.#target);
      chunks.push(chunk);
    }
    return Buffer.concat(chunks, size).toString();
  }

  drain(): void {
    this.#exchange.drain();
  }

  async *#decode(): AsyncGenerator<Uint8Array, void, undefined> {
    const encodings = `${this.headers["content-encoding"] ?? ""}`.split(",").toReversed();
    let bytes: AsyncIterable<Uint8Array> = this.#exchange;
    try {
      for (const encoding of encodings) bytes = await this.#decoded(bytes, encoding.trim());
      yield* bytes;
    } catch (error) {
      throw this.#failure(error);
    } finally {
      // A pipeline tells its source only when the next bytes are there; who leaves must not wait for them.
      await this.#exchange.return();
    }
  }

  async #decoded(
    bytes: AsyncIterable<Uint8Array>,
    encoding: string,
  ): Promise<AsyncIterable<Uint8Array>> {
    switch (encoding.toLowerCase()) {
      case "":
      case "identity":
        return bytes;
      case "gzip":
      case "x-gzip":
        return through(bytes, createGunzip());
      case "br":
        return through(bytes, createBrotliDecompress());
      case "deflate":
        return await inflated(bytes);
      default:
        throw new ProviderFailure(
          "malformed",
          `The answer of ${targetName(this.#target)} is encoded in a way that was not asked for.`,
        );
    }
  }

  #failure(error: unknown): ProviderFailure {
    if (error instanceof ProviderFailure) return error;
    const code = error instanceof Error && "code" in error ? String(error.code) : "";
    if (CUT_CODES.has(code)) return bodyFailure(error, this.#target);
    return new ProviderFailure(
      "malformed",
      `The compressed answer of ${targetName(this.#target)} cannot be read.`,
      { cause: error },
    );
  }
}

/** Leaving the loop ends the source. */
function through(bytes: AsyncIterable<Uint8Array>, decoder: Duplex): AsyncIterable<Uint8Array> {
  // Errors reach the reader through the decoder.
  return pipeline(bytes, decoder, () => undefined);
}

async function inflated(bytes: AsyncIterable<Uint8Array>): Promise<AsyncIterable<Uint8Array>> {
  const iterator = bytes[Symbol.asyncIterator]();
  const first = await iterator.next();
  if (first.done) return new PassThrough().end();
  const isZlib = ((first.value[0] ?? 0) & 0x0f) === ZLIB_METHOD;
  return through(
    startingWith(first.value, iterator),
    isZlib ? createInflate() : createInflateRaw(),
  );
}

async function* startingWith(
  first: Uint8Array,
  rest: AsyncIterator<Uint8Array>,
): AsyncGenerator<Uint8Array, void, undefined> {
  yield first;
  yield* { [Symbol.asyncIterator]: () => rest };
}
