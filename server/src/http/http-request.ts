/** What a service reads of a request's headers: values by name in any case, joined by ", " where there are several. */
export type HttpHeaders = Pick<Headers, "get" | "has">;

/**
 * What a service reads of a request. The platform's own `Request` is one; the one of a socket (socket-request.ts) is
 * another, since the platform's classes for the web cost a process 17 MB and a request a tenth of its time.
 */
export interface HttpRequest {
  readonly method: string;
  /** Absolute, as the WHATWG's parser writes it. */
  readonly url: string;
  readonly headers: HttpHeaders;
  /** Aborts when the caller is gone. */
  readonly signal: AbortSignal;
  /** null: the method has none. Reading it excludes `bytes`. */
  readonly body: ReadableStream<Uint8Array> | null;
  /** The whole body. Rejects when it breaks off. */
  bytes(): Promise<Uint8Array>;
}
