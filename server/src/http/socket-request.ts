import type { IncomingHttpHeaders, IncomingMessage } from "node:http";
import { SekhaError } from "../core/errors.ts";
import type { HttpHeaders, HttpRequest } from "./http-request.ts";

/** The WHATWG's parser reads a name whose last part is a number as an address, and checks what begins with xn--. */
const PLAIN_NAME = /(?!(?:.*\.)?xn--)(?:[a-z0-9._-]*\.)?[a-z_][a-z0-9_-]*/.source;
const BYTE = /(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)/.source;
/** Hosts and targets that the parser leaves as they are, so that it need not be asked. */
const PLAIN_HOST = new RegExp(
  `^(?:${PLAIN_NAME}|${BYTE}(?:\\.${BYTE}){3})(?::(?:[1-5]\\d{3,4}|[6-9]\\d{3}))?$`,
);
const PLAIN_TARGET = /^\/[!#$&-;=?-[\]_a-z~]*$/;
const DOT_SEGMENT = /\/\.\.?(?:[/?#]|$)/;
/** Left out by the parser. */
const USUAL_PORT = /:80$/;

/** A request as node:http read it from a socket, without the platform's `Request` around it. */
export class SocketRequest implements HttpRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: HttpHeaders;
  readonly #incoming: IncomingMessage;
  #controller: AbortController | undefined;
  #isGone = false;
  #body: ReadableStream<Uint8Array> | null | undefined;

  /** Throws TypeError for a target or a Host that is no URL's. `defaultHost` is for who names none (HTTP/1.0). */
  constructor(incoming: IncomingMessage, defaultHost: string) {
    this.method = incoming.method ?? "GET";
    this.url = urlOf(incoming.url ?? "", incoming.headers.host || defaultHost);
    this.headers = new SocketHeaders(incoming.headers);
    this.#incoming = incoming;
  }

  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    if (this.#isGone) this.#controller.abort(gone());
    return this.#controller.signal;
  }

  get body(): ReadableStream<Uint8Array> | null {
    this.#body ??=
      this.method === "GET" || this.method === "HEAD" ? null : streamOf(this.#incoming);
    return this.#body;
  }

  bytes(): Promise<Uint8Array> {
    const incoming = this.#incoming;
    return new Promise((resolve, reject) => {
      if (incoming.readableEnded) {
        reject(new TypeError("The body was read before"));
        return;
      }
      const chunks: Buffer[] = [];
      const broken = () => {
        if (!incoming.readableEnded) reject(incoming.errored ?? gone());
      };
      if (incoming.destroyed) {
        broken();
        return;
      }
      incoming.on("data", (chunk: Buffer) => void chunks.push(chunk));
      incoming.on("end", () => resolve(joined(chunks)));
      incoming.on("close", broken);
    });
  }

  /**
   * The same as the platform's own, for libraries that take nothing else. Whoever reads its body reads this one's.
   * Throws `method_not_allowed` for TRACE.
   */
  toRequest(): Request {
    // The platform's Request refuses the method.
    if (this.method === "TRACE")
      throw new SekhaError("method_not_allowed", "This route does not take TRACE.");
    const headers = new Headers();
    for (const [name, value] of Object.entries(this.#incoming.headersDistinct)) {
      for (const one of value ?? []) headers.append(name, one);
    }
    const { method, body, signal } = this;
    // What undici asks for where a body is a stream.
    const duplex = { duplex: "half" };
    return new Request(this.url, { method, headers, body, signal, ...duplex });
  }

  /** The connection was closed before the answer was sent. */
  abandon(): void {
    this.#isGone = true;
    this.#controller?.abort(gone());
  }
}

export function platformRequest(request: HttpRequest): Request {
  // There is no third kind.
  return request instanceof SocketRequest ? request.toRequest() : (request as Request);
}

class SocketHeaders implements HttpHeaders {
  readonly #values: IncomingHttpHeaders;

  constructor(values: IncomingHttpHeaders) {
    this.#values = values;
  }

  get(name: string): string | null {
    const value = this.#values[name.toLowerCase()];
    if (typeof value === "string") return value;
    return Array.isArray(value) ? value.join(", ") : null;
  }

  has(name: string): boolean {
    return this.get(name) !== null;
  }
}

function joined(chunks: readonly Buffer[]): Buffer {
  const [only] = chunks;
  return chunks.length === 1 && only !== undefined ? only : Buffer.concat(chunks);
}

/** A reader that has enough leaves the connection open: it still gets its answer (takeRest). */
function streamOf(incoming: IncomingMessage): ReadableStream<Uint8Array> {
  const chunks = incoming.iterator({ destroyOnReturn: false });
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { done, value } = await chunks.next();
        if (done) controller.close();
        else controller.enqueue(value);
      },
      async cancel() {
        await chunks.return?.();
      },
    },
    { highWaterMark: 0 },
  );
}

/** As fetch words it: who asks for the signal's reason sees that the caller left. */
function gone(): Error {
  return new DOMException("The caller closed the connection.", "AbortError");
}

/** Absolute targets are those of a proxy's client. */
function urlOf(target: string, host: string): string {
  if (isPlain(host, target)) return `http://${host}${target}`;
  // The parser would make slashes of them.
  if (/^[^?]*\\/.test(target)) throw new TypeError("The path has a backslash");
  if (!target.startsWith("/")) return absoluteUrlOf(target);
  const parsed = new URL(`http://${host}${target}`);
  // A host with a slash, a question mark or an at sign would move the path, or name another host than it seems to.
  if (parsed.host !== host.toLowerCase().replace(USUAL_PORT, "")) {
    throw new TypeError("The Host header is no host");
  }
  return parsed.href;
}

function absoluteUrlOf(target: string): string {
  if (!/^https?:\/\//.test(target)) throw new TypeError("The target of the request is no path");
  const { href, username, password } = new URL(target);
  // The platform's Request takes none.
  if (username !== "" || password !== "") throw new TypeError("The target has a user's name");
  return href;
}

function isPlain(host: string, target: string): boolean {
  return PLAIN_HOST.test(host) && PLAIN_TARGET.test(target) && !DOT_SEGMENT.test(target);
}
