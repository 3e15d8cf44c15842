import type { ServerResponse } from "node:http";
import { ResponseHeaders } from "./response-headers.ts";

/** A body that comes in pieces. */
export interface PiecewiseBody {
  /** Writes all of it to a socket's answer, whose headers were given, and ends it. Must not throw. */
  pipe(outgoing: ServerResponse): void;
  /** The same for whoever has no socket. */
  stream(): ReadableStream<Uint8Array>;
}

interface AnswerOptions {
  status?: number | undefined;
  headers?: Readonly<Record<string, string>>;
}

/**
 * What a service answers with: the platform's `Response` without what makes it dear (streams of the web, classes that
 * are loaded with all of fetch). Whoever has no socket reads it as one.
 */
export class Answer {
  readonly status: number;
  readonly headers: ResponseHeaders;
  readonly body: string | PiecewiseBody | null;

  constructor(body: string | PiecewiseBody | null, { status = 200, headers }: AnswerOptions = {}) {
    this.body = body;
    this.status = status;
    this.headers = new ResponseHeaders(headers);
  }

  /** As the answer to HEAD is: with the headers that GET has. */
  withoutBody(): Answer {
    const bare = new Answer(null, { status: this.status });
    for (const [name, value] of this.headers) bare.headers.append(name, value);
    if (typeof this.body === "string" && !bare.headers.has("content-length")) {
      bare.headers.set("content-length", String(Buffer.byteLength(this.body)));
    }
    return bare;
  }

  toResponse(): Response {
    const { body, status } = this;
    const headers = new Headers();
    for (const [name, value] of this.headers) headers.append(name, value);
    const content = body === null || typeof body === "string" ? body : body.stream();
    return new Response(content, { status, headers });
  }
}

/** Of whoever answers with streams of the web also the platform's own. */
export type HttpAnswer = Answer | Response;

export function isAnswer(value: unknown): value is HttpAnswer {
  // The platform's class is loaded when it is named, with all of fetch: nobody has one of it who did not name it before.
  return value instanceof Answer || Object.prototype.toString.call(value) === "[object Response]";
}

export function responseOf(answer: HttpAnswer): Response {
  return answer instanceof Answer ? answer.toResponse() : answer;
}
