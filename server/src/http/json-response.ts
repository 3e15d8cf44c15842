import { Answer } from "./answer.ts";

interface JsonOptions {
  status?: number | undefined;
  headers?: Record<string, string>;
}

/** A JSON answer with its length, which the request log and clients read. */
export function jsonResponse(body: unknown, options: JsonOptions = {}): Answer {
  return jsonTextResponse(JSON.stringify(body), options);
}

/** The same for JSON that is text already. */
export function jsonTextResponse(text: string, { status, headers }: JsonOptions = {}): Answer {
  const answer = new Answer(text, { status });
  answer.headers.set("content-type", "application/json");
  answer.headers.set("content-length", String(Buffer.byteLength(text)));
  for (const name in headers) answer.headers.set(name, headers[name] ?? "");
  return answer;
}
